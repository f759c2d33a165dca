/** Bytes of the word in front of each record. */
export const WORD = 8;
