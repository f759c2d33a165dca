/** A frame that `tryClaim` claimed and the caller fills in place. Source: Aeron 1.53 `BufferClaim`. */
import { publishI32, RingwireError } from '../../../platform/index.js';
import {
  FRAME_FLAGS_OFFSET,
  FRAME_HEADER_LENGTH,
  FRAME_TYPE_OFFSET,
  RESERVED_VALUE_OFFSET,
} from '../../layout/frame-layout.js';
import { requireI64, requireWhole } from '../arguments.js';

const NO_BYTES = Buffer.alloc(0);
const NO_WORDS = new Int32Array(0);
const NOTHING = -1;

/**
 * A reusable claim. `tryClaim` opens it; `commit` or `abort` ends it. An open claim blocks all subscribers of the stream.
 *
 * @example
 * const claim = new BufferClaim();
 * if (publication.tryClaim(8, claim) > 0) {
 *   claim.buffer.writeDoubleLE(price, claim.offset);
 *   claim.commit();
 * }
 */
export class BufferClaim {
  /** The term that contains the frame. The payload is the {@link length} bytes at {@link offset}. */
  buffer: Buffer = NO_BYTES;
  /** Start of the payload in {@link buffer}. */
  offset = 0;
  /** Length of the payload in bytes. */
  length = 0;
  /** The log as 32-bit words. Empty when the log is unmapped. */
  #words: Int32Array = NO_WORDS;
  /** Index of the frame's first 32-bit word in the log, or {@link NOTHING}. */
  #word = NOTHING;

  /** Whether a frame is claimed and neither committed nor aborted. */
  get isOpen(): boolean {
    return this.#word !== NOTHING;
  }

  /** @internal Opens the claim. References are stored only when they change: such a store costs more than a comparison. */
  wrap(words: Int32Array, term: Buffer, word: number, offset: number, length: number): void {
    if (this.#words !== words) this.#words = words;
    if (this.buffer !== term) this.buffer = term;
    this.offset = offset;
    this.length = length;
    this.#word = word;
  }

  /** Flags of the frame, 0 to 255; default 0xC0: a whole message. Setting throws RingwireError `INVALID_ARGUMENT`. */
  get flags(): number {
    return this.buffer.readUInt8(this.#frame + FRAME_FLAGS_OFFSET);
  }

  set flags(flags: number) {
    this.buffer.writeUInt8(requireWhole('flags', flags, 0, 255), this.#frame + FRAME_FLAGS_OFFSET);
  }

  /** Type of the frame, 16 bits signed; default 1: data. Setting throws RingwireError `INVALID_ARGUMENT`. */
  get type(): number {
    return this.buffer.readInt16LE(this.#frame + FRAME_TYPE_OFFSET);
  }

  set type(type: number) {
    this.buffer.writeInt16LE(requireWhole('type', type, -32_768, 32_767), this.#frame + FRAME_TYPE_OFFSET);
  }

  /** 64 bits for applications; 0 by default. Setting throws RingwireError `INVALID_ARGUMENT`. */
  get reservedValue(): bigint {
    return this.buffer.readBigInt64LE(this.#frame + RESERVED_VALUE_OFFSET);
  }

  set reservedValue(value: bigint) {
    this.buffer.writeBigInt64LE(requireI64('reservedValue', value), this.#frame + RESERVED_VALUE_OFFSET);
  }

  /** Publishes the frame. @throws RingwireError `NO_CLAIM`; `CLOSED` when the log was unmapped */
  commit(): void {
    const word = this.#word;
    const words = this.#words;
    this.#word = NOTHING;
    if (word === NOTHING || words.length === 0) throw refusal(word);
    publishI32(words, word, this.length + FRAME_HEADER_LENGTH);
  }

  /** Turns the frame into padding, which subscribers skip. @throws RingwireError `NO_CLAIM`, `CLOSED` */
  abort(): void {
    if (this.#word !== NOTHING) (this.#words[this.#word + 1] as number) &= 0xffff;
    this.commit();
  }

  get #frame(): number {
    return this.offset - FRAME_HEADER_LENGTH;
  }
}

function refusal(word: number): RingwireError {
  return word === NOTHING
    ? new RingwireError('NO_CLAIM', 'no frame is claimed: call tryClaim() first')
    : new RingwireError('CLOSED', 'the publication was closed and its log unmapped');
}
