// Records of a length and content that follow from their sequence number, so that any torn, stale, lost or doubled
// record is seen.

/** 4 to `most` bytes. */
export function lengthOf(sequence, most) {
  return 4 + ((Math.imul(sequence + 1, 0x9e37_79b1) >>> 8) % (most - 3));
}

/** Fills a record at byte `offset` of the memory that both views cover. */
export function fill(words, bytes, offset, length, sequence) {
  const first = offset >> 2;
  const whole = length >> 2;
  words[first] = sequence;
  for (let i = 1; i < whole; i++) words[first + i] = Math.imul(sequence, 31) + i;
  for (let i = whole << 2; i < length; i++) bytes[offset + i] = sequence;
}

/** What is wrong with a record, or null. */
export function check(words, bytes, offset, length, sequence, most) {
  if (length !== lengthOf(sequence, most)) return `length ${length}`;
  const first = offset >> 2;
  const whole = length >> 2;
  if (words[first] !== (sequence | 0)) return `sequence ${words[first]}`;
  const base = Math.imul(sequence, 31);
  for (let i = 1; i < whole; i++) if (words[first + i] !== ((base + i) | 0)) return `word ${i}`;
  for (let i = whole << 2; i < length; i++) if (bytes[offset + i] !== (sequence & 0xff)) return `byte ${i}`;
  return null;
}
