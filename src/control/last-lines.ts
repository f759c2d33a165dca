const NEWLINE = 0x0a;

/** The last `count` lines of `data`; an unterminated tail counts as a line. */
export function lastLines(data: Buffer, count: number): Buffer {
  let at = data.length;
  // The newline at the very end closes the last line, it does not begin another.
  if (data[at - 1] === NEWLINE) at--;
  for (let left = count; left > 0 && at >= 0; left--) {
    at = at === 0 ? -1 : data.lastIndexOf(NEWLINE, at - 1);
  }
  return at < 0 ? data : data.subarray(at + 1);
}
