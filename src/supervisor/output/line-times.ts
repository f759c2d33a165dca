/** Begins each line of an output with the time at which its first byte arrived. */

const NEWLINE = 0x0a;

/** The lines of one output. */
export class LineTimes {
  #inLine: boolean;

  /** @param inLine whether the bytes so far end inside a line */
  constructor(inLine: boolean) {
    this.#inLine = inLine;
  }

  /** The bytes with a time and a blank before the first byte of each line. */
  add(bytes: Buffer, now: Date = new Date()): Buffer {
    const stamp = Buffer.from(`${now.toISOString()} `);
    const pieces: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (!this.#inLine) pieces.push(stamp);
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      pieces.push(bytes.subarray(at, end));
      this.#inLine = newline < 0;
      at = end;
    }
    return Buffer.concat(pieces);
  }
}
