/**
 * CRC-32C (Castagnoli): reflected polynomial 0x82F63B78, initial value and final xor 0xFFFFFFFF. Four tables take
 * four bytes in each step. The zlib module of Node supports only another polynomial.
 */
const POLYNOMIAL = 0x82f6_3b78;
const TABLE = new Int32Array(4 * 256);

for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  TABLE[byte] = crc;
}
for (let i = 256; i < TABLE.length; i++) {
  const shorter = TABLE[i - 256] as number;
  TABLE[i] = (shorter >>> 8) ^ (TABLE[shorter & 0xff] as number);
}

/** The checksum of `length` bytes from `offset`, 0 to 2^32-1. */
export function crc32c(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
  let crc = -1;
  let at = offset;
  const end = offset + length;
  for (const whole = end - 3; at < whole; at += 4) {
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc = fourBytes(crc ^ word);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

/**
 * The checksum of `count` little-endian words from word `at`, as a signed number: an unsigned number above 2^31 would
 * allocate.
 */
export function signedCrc32cOfWords(words: Int32Array, at: number, count: number): number {
  let crc = -1;
  for (let i = 0; i < count; i++) crc = fourBytes(crc ^ (words[at + i] as number));
  return ~crc;
}

function fourBytes(crc: number): number {
  return (
    (TABLE[768 + (crc & 0xff)] as number) ^
    (TABLE[512 + ((crc >>> 8) & 0xff)] as number) ^
    (TABLE[256 + ((crc >>> 16) & 0xff)] as number) ^
    (TABLE[crc >>> 24] as number)
  );
}
