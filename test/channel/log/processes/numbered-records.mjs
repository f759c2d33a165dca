// Records that can be checked by themselves: number, length and content follow from each other.
const SIZES = [12, 16, 21, 64, 100, 13, 120, 40];

/** Length in bytes of record `number`. */
export function lengthOf(number) {
  return SIZES[(number * 7) % SIZES.length];
}

export function fillRecord(buffer, offset, number) {
  const length = lengthOf(number);
  buffer.writeUInt32LE(number, offset);
  for (let i = 4; i < length; i++) buffer[offset + i] = (number + i * 31) & 0xff;
  return length;
}

/** Why these bytes are not record `number`, or null. */
export function problemWith(buffer, offset, length, number) {
  if (length !== lengthOf(number)) return `record ${number} has ${length} bytes, not ${lengthOf(number)}`;
  if (buffer.readUInt32LE(offset) !== number)
    return `record ${buffer.readUInt32LE(offset)} stands where ${number} belongs`;
  for (let i = 4; i < length; i++) {
    if (buffer[offset + i] !== ((number + i * 31) & 0xff)) return `record ${number} is torn at byte ${i}`;
  }
  return null;
}
