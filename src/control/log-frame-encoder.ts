/** The log messages of one stream: everything but the data is the same each time, and made once. */
import { HEADER_LENGTH, putHeader } from './frame-layout.js';
import { encodeBody } from './message-codec.js';
import { MessageType } from './message-layout.js';

/** The key `eof`; its value follows. */
const EOF_KEY = Buffer.from([0xa3, 0x65, 0x6f, 0x66]);
const FALSE = 0xc2;
const TRUE = 0xc3;
const NIL = 0xc0;
const WIDEST_BIN_HEAD = 5;

export class LogFrameEncoder {
  /** Map head, `id`, `s` and the key `d`; the value of `d` follows. */
  readonly #head: Buffer;

  constructor(id: string, stream: number) {
    const whole = encodeBody(MessageType.LogsStream, { id, s: stream, d: null, eof: false });
    this.#head = Buffer.from(whole.subarray(0, whole.length - EOF_KEY.length - 2));
  }

  /** Bytes a frame with this much data may need. */
  sizeFor(length: number): number {
    return HEADER_LENGTH + this.#head.length + WIDEST_BIN_HEAD + length + EOF_KEY.length + 1;
  }

  /** Writes a frame to the start of `target`; no data at all is nil. @returns its length */
  encode(data: Uint8Array | null, eof: boolean, target: Buffer): number {
    let at = HEADER_LENGTH;
    at += this.#head.copy(target, at);
    if (data === null) target[at++] = NIL;
    else {
      const { length } = data;
      const width = length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
      target[at++] = width === 1 ? 0xc4 : width === 2 ? 0xc5 : 0xc6;
      at = target.writeUIntBE(length, at, width);
      target.set(data, at);
      at += length;
    }
    at += EOF_KEY.copy(target, at);
    target[at++] = eof ? TRUE : FALSE;
    putHeader(target, MessageType.LogsStream, 0n, at - HEADER_LENGTH);
    return at;
  }

  /** A frame in a buffer of its own. */
  frame(data: Uint8Array | null, eof: boolean): Buffer {
    const buffer = Buffer.allocUnsafe(this.sizeFor(data?.length ?? 0));
    return buffer.subarray(0, this.encode(data, eof, buffer));
  }
}
