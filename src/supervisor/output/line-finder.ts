/** Looks for a text in one stream of output that comes in pieces. */
export class LineFinder {
  readonly #text: Buffer;
  readonly #found: () => void;
  #tail: Buffer = Buffer.alloc(0);

  constructor(text: string, found: () => void) {
    this.#text = Buffer.from(text);
    this.#found = found;
  }

  /** `bytes` are valid during the call. */
  push(bytes: Buffer): void {
    const joined = Buffer.concat([this.#tail, bytes]);
    if (joined.includes(this.#text)) this.#found();
    // A text may lie across two pieces.
    this.#tail = Buffer.from(joined.subarray(Math.max(0, joined.length - this.#text.length + 1)));
  }
}
