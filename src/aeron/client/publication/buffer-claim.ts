/** A frame claimed by `tryClaim`: fill it in place, then commit or abort. Reusable. */
import { RingwireError } from '../../../platform/index.js';
import {
  FRAME_FLAGS_OFFSET,
  FRAME_HEADER_LENGTH,
  FRAME_TYPE_OFFSET,
  RESERVED_VALUE_OFFSET,
} from '../../layout/frame-layout.js';
import type { FrameWriter } from './frame-writer.js';

const NO_BYTES = Buffer.alloc(0);
const NOTHING = -1;

export class BufferClaim {
  /** The term; the payload may be written at {@link offset}, {@link length} bytes. */
  buffer: Buffer = NO_BYTES;
  offset = 0;
  length = 0;
  #writer: FrameWriter | null = null;
  /** Index of the frame's first 32-bit word in the log, or {@link NOTHING}. */
  #word = NOTHING;

  /** Whether a frame is claimed and neither committed nor aborted. */
  get isOpen(): boolean {
    return this.#word !== NOTHING;
  }

  /** @internal */
  wrap(writer: FrameWriter, word: number, length: number): void {
    this.#writer = writer;
    this.buffer = writer.termOf(word);
    this.offset = writer.offsetOf(word) + FRAME_HEADER_LENGTH;
    this.length = length;
    this.#word = word;
  }

  set flags(flags: number) {
    this.buffer.writeUInt8(flags, this.#frame + FRAME_FLAGS_OFFSET);
  }

  set type(type: number) {
    this.buffer.writeInt16LE(type, this.#frame + FRAME_TYPE_OFFSET);
  }

  set reservedValue(value: bigint) {
    this.buffer.writeBigInt64LE(value, this.#frame + RESERVED_VALUE_OFFSET);
  }

  /** Publishes the frame. @throws RingwireError `NO_CLAIM`, `CLOSED` when the log is gone */
  commit(): void {
    const word = this.#word;
    this.#mapped().commit(word, this.length + FRAME_HEADER_LENGTH);
  }

  /** Makes padding of the frame: subscribers skip it. @throws RingwireError `NO_CLAIM`, `CLOSED` */
  abort(): void {
    const word = this.#word;
    this.#mapped().abort(word, this.length + FRAME_HEADER_LENGTH);
  }

  get #frame(): number {
    return this.offset - FRAME_HEADER_LENGTH;
  }

  /** The writer of the claimed frame, which is not claimed any more. */
  #mapped(): FrameWriter {
    if (this.#word === NOTHING) {
      throw new RingwireError('NO_CLAIM', 'nothing is claimed: call tryClaim() first');
    }
    this.#word = NOTHING;
    const writer = this.#writer as FrameWriter;
    if (writer.isMapped) return writer;
    throw new RingwireError('CLOSED', 'the publication was closed and its log is gone');
  }
}
