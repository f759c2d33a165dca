/** The start of a text, at most `maxLength` bytes of UTF-8, cut between two characters. */
export function cutText(text: string, maxLength: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxLength) return bytes;
  let end = maxLength;
  // A byte 10xxxxxx continues the character before it.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
