/** Lines of a stream of bytes that arrives in pieces. */

const NEWLINE = 0x0a;
/** Bytes of a line without an end, after which it is delivered in parts. */
const LONGEST_LINE = 64 * 1024;

/** Splits one stream. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that the next bytes complete, without their newlines. */
  push(bytes: Uint8Array): Buffer[] {
    const whole = Buffer.concat([this.#rest, bytes]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = whole.indexOf(NEWLINE); end >= 0; end = whole.indexOf(NEWLINE, start)) {
      lines.push(whole.subarray(start, end));
      start = end + 1;
    }
    if (whole.length - start >= LONGEST_LINE) {
      lines.push(whole.subarray(start));
      start = whole.length;
    }
    this.#rest = whole.subarray(start);
    return lines;
  }

  /** The unfinished last line; null when there is none. */
  end(): Buffer | null {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? null : rest;
  }
}
