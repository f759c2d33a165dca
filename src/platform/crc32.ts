/** CRC-32 (ISO-HDLC, as in zlib and Ethernet). Uses the function of Node, or a table for Node 21.x, 22.0 and 22.1. */
import zlib from 'node:zlib';

/** Computes the checksum of `data`. `value`: the checksum of the bytes before `data`. Default: 0, no bytes before. */
export type Crc32 = (data: Uint8Array, value?: number) => number;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb8_8320 : 0);
  return remainder;
});

/** CRC-32 from a table, for a Node version without `zlib.crc32`. */
export const tableCrc32: Crc32 = (data, value = 0) => {
  let remainder = ~value;
  for (let i = 0; i < data.length; i++)
    remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ (data[i] as number)) & 0xff] as number);
  return ~remainder >>> 0;
};

const native: Crc32 | undefined = (zlib as { crc32?: Crc32 }).crc32;

/** CRC-32 by Node if it has one, otherwise from a table. */
export const crc32: Crc32 = native ?? tableCrc32;
