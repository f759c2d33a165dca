/** The payload rule of the captures: byte i of a message is (i * 7 + seed * 31 + 3) & 255. */
const LONGEST = 65_536;
/** 7 * 183 = 1 modulo 256: another seed is another beginning of the same table. */
const INVERSE_OF_7 = 183;
const table = Buffer.from(Array.from({ length: LONGEST + 256 }, (_, i) => (i * 7 + 3) & 255));

export function payload(length: number, seed: number): Buffer {
  const from = (seed * 31 * INVERSE_OF_7) & 255;
  return table.subarray(from, from + length);
}

/** The hash the captures give for a payload. */
export function hash31(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => (Math.imul(hash, 31) + byte) >>> 0, 0);
}
