// The record: its number, filling, and a last byte that follows from the number.
export const CHANNEL_ID = 1000;
export const RECORD_LENGTH = 71;
/** Bytes in the channel: a word of 8 bytes in front, and padding up to a multiple of 8. */
export const RECORD_SIZE = 80;

export const lastByte = (number) => (number * 31) & 0xff;
