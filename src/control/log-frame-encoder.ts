/** The log messages of one stream: everything but the data is the same each time, and made once. */
import { HEADER_LENGTH, putHeader } from './frame-layout.js';
import { MessageType } from './message-layout.js';

/** `eof` false, as in every message of a followed log. */
const TAIL = Buffer.from([0xa3, 0x65, 0x6f, 0x66, 0xc2]);
const WIDEST_BIN_HEAD = 5;

export class LogFrameEncoder {
  /** Map head, `id`, `s` and the key `d`. */
  readonly #head: Buffer;

  /** @param head a whole body with `d` nil and `eof` false */
  constructor(head: Buffer) {
    this.#head = Buffer.from(head.subarray(0, head.length - TAIL.length - 1));
  }

  /** Bytes a frame with this much data may need. */
  sizeFor(length: number): number {
    return HEADER_LENGTH + this.#head.length + WIDEST_BIN_HEAD + length + TAIL.length;
  }

  /** Writes a frame to the start of `target`. @returns its length */
  encode(data: Uint8Array, target: Buffer): number {
    const { length } = data;
    let at = HEADER_LENGTH;
    at += this.#head.copy(target, at);
    const width = length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
    target[at++] = width === 1 ? 0xc4 : width === 2 ? 0xc5 : 0xc6;
    at = target.writeUIntBE(length, at, width);
    target.set(data, at);
    at += length;
    at += TAIL.copy(target, at);
    putHeader(target, MessageType.LogsStream, 0n, at - HEADER_LENGTH);
    return at;
  }
}
