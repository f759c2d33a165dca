/** Splits a stream of text pieces into lines. */
const NEWLINE = 0x0a;

/** Splits pieces of text of any length into lines. */
export class LineSplitter {
  readonly #most: number;
  /** The incomplete line at the end of the last piece. */
  #pending: Buffer[] = [];
  #pendingLength = 0;

  /** Creates the splitter. `most`: maximum length of a record in bytes; a longer line becomes several. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the lines that end in this piece, without their newlines. The buffers are valid until the next call. */
  take(piece: Buffer): Buffer[] {
    const records: Buffer[] = [];
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#cut(this.#withPending(piece.subarray(start, end)), records);
      start = end + 1;
    }
    if (start < piece.length) {
      // Copies the rest: the stream owns the piece.
      this.#pending.push(Buffer.from(piece.subarray(start)));
      this.#pendingLength += piece.length - start;
    }
    return records;
  }

  /** Returns a last line without a newline. */
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
