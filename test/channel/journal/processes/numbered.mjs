// Records that say which they are, of a length and content that depend on their number alone.
const NOISE = Buffer.alloc(1 << 17);
for (let i = 0, x = 1; i < NOISE.length; i++) {
  x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
  NOISE[i] = x >>> 24;
}

/** From 8 bytes to `most`. */
export function lengthOf(number, most) {
  return 8 + ((Math.imul(number + 1, 0x9e37_79b1) >>> 8) % (most - 7));
}

const scratch = Buffer.alloc(1 << 16);

/** In a buffer of its own only until the third next call. */
let turn = 0;
export function recordOf(number, length) {
  turn = (turn + 1) % 4;
  const record = scratch.subarray(turn << 14, (turn << 14) + length);
  NOISE.copy(record, 0, number & 0xffff, (number & 0xffff) + length);
  record.writeUInt32LE(number >>> 0, 0);
  record.writeUInt32LE(length, 4);
  return record;
}

/** The number of a record, or -1 where it is not what was written. */
export function numberOf(buffer, offset, length) {
  const number = buffer.readUInt32LE(offset);
  if (buffer.readUInt32LE(offset + 4) !== length) return -1;
  const from = number & 0xffff;
  return buffer.compare(NOISE, from + 8, from + length, offset + 8, offset + length) === 0 ? number : -1;
}
