/** The log messages of one stream: all bytes except the data are equal each time, and encoded once. */
import { HEADER_LENGTH, putHeader } from './frame-layout.js';
import { encodeBody } from './message-codec.js';
import { MessageType } from './message-layout.js';

/** The key `eof`; its value follows. */
const EOF_KEY = Buffer.from([0xa3, 0x65, 0x6f, 0x66]);
const FALSE = 0xc2;
const TRUE = 0xc3;
const NIL = 0xc0;
const WIDEST_BIN_HEAD = 5;
const TAIL_LENGTH = EOF_KEY.length + 1;

/** Encodes log frames for one id and stream. */
export class LogFrameEncoder {
  /** Map head, `id`, `s` and the key `d`; the value of `d` follows. */
  readonly #head: Buffer;

  /** Bytes of a frame without its data. */
  readonly #overhead: number;

  constructor(id: string, stream: number) {
    const whole = encodeBody(MessageType.LogsStream, { id, s: stream, d: null, eof: false });
    this.#head = Buffer.from(whole.subarray(0, whole.length - TAIL_LENGTH - 1));
    this.#overhead = HEADER_LENGTH + this.#head.length + WIDEST_BIN_HEAD + TAIL_LENGTH;
  }

  /** Bytes a frame with this much data may need. */
  sizeFor(length: number): number {
    return this.#overhead + length;
  }

  /** Writes a frame to the start of `target`. @returns its length */
  encode(data: Uint8Array, target: Buffer): number {
    let at = this.#putHead(data, target);
    target.set(data, at);
    at += data.length;
    return at + this.#putTail(target, at, false);
  }

  /** A frame in pieces, with the data as it is; no data at all is nil. */
  pieces(data: Uint8Array | null, eof: boolean): readonly Uint8Array[] {
    const edges = Buffer.allocUnsafe(this.#overhead);
    const at = this.#putHead(data, edges);
    const end = at + this.#putTail(edges, at, eof);
    if (data === null) return [edges.subarray(0, end)];
    return [edges.subarray(0, at), data, edges.subarray(at, end)];
  }

  /** Everything before the data. */
  #putHead(data: Uint8Array | null, target: Buffer): number {
    let at = HEADER_LENGTH;
    at += this.#head.copy(target, at);
    const length = data === null ? 0 : data.length;
    if (data === null) target[at++] = NIL;
    else {
      const width = length <= 0xff ? 1 : length <= 0xffff ? 2 : 4;
      target[at++] = width === 1 ? 0xc4 : width === 2 ? 0xc5 : 0xc6;
      at = target.writeUIntBE(length, at, width);
    }
    putHeader(target, MessageType.LogsStream, 0n, at + length + TAIL_LENGTH - HEADER_LENGTH);
    return at;
  }

  #putTail(target: Buffer, at: number, eof: boolean): number {
    EOF_KEY.copy(target, at);
    target[at + EOF_KEY.length] = eof ? TRUE : FALSE;
    return TAIL_LENGTH;
  }
}
