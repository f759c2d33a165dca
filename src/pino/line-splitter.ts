/** Text in pieces of any length, back into lines. */
const NEWLINE = 0x0a;

export class LineSplitter {
  readonly #most: number;
  /** The beginning of a line whose end has not come yet. */
  #pending: Buffer[] = [];
  #pendingLength = 0;

  /** `most`: the longest record in bytes; a longer line becomes several. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The lines that end in this piece, without their newlines. The buffers are valid until the next call. */
  take(piece: Buffer): Buffer[] {
    const records: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#cut(this.#withPending(piece.subarray(start, end)), records);
      start = end + 1;
    }
    if (start < piece.length) {
      // A copy: the piece belongs to the stream.
      this.#pending.push(Buffer.from(piece.subarray(start)));
      this.#pendingLength += piece.length - start;
    }
    return records;
  }

  /** A last line without a newline. */
  end(): Buffer[] {
    const records: Buffer[] = [];
    this.#cut(this.#withPending(Buffer.alloc(0)), records);
    return records;
  }

  #withPending(rest: Buffer): Buffer {
    if (this.#pendingLength === 0) return rest;
    const line = Buffer.concat([...this.#pending, rest]);
    this.#pending = [];
    this.#pendingLength = 0;
    return line;
  }

  #cut(line: Buffer, records: Buffer[]): void {
    for (let at = 0; at < line.length; at += this.#most) records.push(line.subarray(at, at + this.#most));
  }
}
