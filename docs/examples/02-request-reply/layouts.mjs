// The records of both channels. All fields are unsigned 64-bit integers, little endian.

export const REQUESTS = 1n;
export const REPLIES = 2n;

/** @typedef {{ id: bigint, a: bigint, b: bigint }} Request */
/** @typedef {{ id: bigint, sum: bigint }} Reply */

export const REQUEST_LENGTH = 24;
export const REPLY_LENGTH = 16;

/** @param {Request} request @param {Buffer} buffer @param {number} offset */
export function encodeRequest({ id, a, b }, buffer, offset) {
  buffer.writeBigUInt64LE(id, offset);
  buffer.writeBigUInt64LE(a, offset + 8);
  buffer.writeBigUInt64LE(b, offset + 16);
}

/** @param {Buffer} buffer @param {number} offset @returns {Request} */
export function decodeRequest(buffer, offset) {
  return {
    id: buffer.readBigUInt64LE(offset),
    a: buffer.readBigUInt64LE(offset + 8),
    b: buffer.readBigUInt64LE(offset + 16),
  };
}

/** @param {Reply} reply @param {Buffer} buffer @param {number} offset */
export function encodeReply({ id, sum }, buffer, offset) {
  buffer.writeBigUInt64LE(id, offset);
  buffer.writeBigUInt64LE(sum, offset + 8);
}

/** @param {Buffer} record @returns {Reply} */
export function decodeReply(record) {
  return { id: record.readBigUInt64LE(0), sum: record.readBigUInt64LE(8) };
}
