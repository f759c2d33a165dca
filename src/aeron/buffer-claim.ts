/** A frame claimed by `tryClaim`: fill it in place, then commit or abort. Reusable. */
import { RingwireError } from '../memory/index.js';
import type { FrameWriter } from './frame-writer.js';
import {
  FRAME_FLAGS_OFFSET,
  FRAME_HEADER_LENGTH,
  FRAME_TYPE_OFFSET,
  RESERVED_VALUE_OFFSET,
} from './layout/frame-layout.js';

const NOTHING = Buffer.alloc(0);

export class BufferClaim {
  /** The log; the payload may be written at {@link offset}, {@link length} bytes. */
  buffer: Buffer = NOTHING;
  offset = 0;
  length = 0;
  #writer: FrameWriter | null = null;

  /** Whether a frame is claimed and neither committed nor aborted. */
  get isOpen(): boolean {
    return this.#writer !== null;
  }

  /** @internal */
  wrap(buffer: Buffer, frame: number, length: number, writer: FrameWriter): void {
    this.buffer = buffer;
    this.offset = frame + FRAME_HEADER_LENGTH;
    this.length = length;
    this.#writer = writer;
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
    this.#take().commit(this.#frame, this.length + FRAME_HEADER_LENGTH);
  }

  /** Makes padding of the frame: subscribers skip it. @throws RingwireError `NO_CLAIM` */
  abort(): void {
    this.#take().abort(this.#frame, this.length + FRAME_HEADER_LENGTH);
  }

  get #frame(): number {
    return this.offset - FRAME_HEADER_LENGTH;
  }

  #take(): FrameWriter {
    const writer = this.#writer;
    if (writer === null) throw new RingwireError('NO_CLAIM', 'nothing is claimed: call tryClaim() first');
    this.#writer = null;
    if (this.buffer.length > 0) return writer;
    throw new RingwireError('CLOSED', 'the publication was closed and its log is gone');
  }
}
