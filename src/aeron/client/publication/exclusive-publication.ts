/** A publication with one writer: no read-modify-write, no BigInt but at a rotation. Source: Aeron 1.53. */
import { RingwireError } from '../../../platform/index.js';
import {
  FRAME_ALIGNMENT,
  FRAME_HEADER_LENGTH,
  FRAME_TYPE_OFFSET,
  FrameType,
  framedLength,
  PARTITION_COUNT,
  SESSION_ID_OFFSET,
  STREAM_ID_OFFSET,
  TERM_ID_OFFSET,
  TERM_OFFSET_OFFSET,
  termCount,
} from '../../layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, decodeRawTail, RAW_TAIL_OFFSET } from '../../layout/log-layout.js';
import { OfferResult, PublicationBase, type PublicationParts } from './publication.js';

/** On x64 a plain store is ordered before the commit that follows it. */
const KEEPS_ORDER = process.arch === 'x64';

/** No offset is below it: refuses everything. */
const NOTHING = -1;

/**
 * INV-AERON-LIMIT-02: the limit is looked at before every claim, also when it is not reached: it can go down. As long
 * as its low half is what it was, it is the limit that was read last, since it never moves by 4 GiB at once.
 */
export class ExclusivePublication extends PublicationBase {
  #partition: number;
  #termOffset: number;
  /** Position at which the active term begins. */
  #termBegin: number;
  /** Index in the file of the active term's first 32-bit word. */
  #termWord: number;
  /** The tail of the active term in the metadata page: its low half, the offset. */
  #tailWord: number;
  readonly #page: Int32Array;
  /** The limit: where it stands, its low half when it was read last, and what it allows in the active term. */
  readonly #limitWords: Int32Array;
  readonly #limitIndex: number;
  #limitLow = 0;
  #limitPosition = 0;
  #limitOffset = NOTHING;

  /** @internal */
  constructor(parts: PublicationParts) {
    super(parts);
    const count = this.log.activeTermCount;
    this.#partition = (count >>> 0) % PARTITION_COUNT;
    const { termId, termOffset } = decodeRawTail(this.log.rawTail(this.#partition));
    const sound =
      count === termCount(termId, this.initialTermId) && count >= 0 && termOffset % FRAME_ALIGNMENT === 0;
    if (!sound) {
      throw new RingwireError('CORRUPT_CHANNEL', `${this.log.path}: the tail of the log cannot be`, {
        path: this.log.path,
        reason: 'tail',
      });
    }
    this.#page = this.log.page.i32;
    this.#limitWords = this.limit.i32;
    this.#limitIndex = this.limit.index;
    this.claimedTermId = termId;
    this.#termOffset = termOffset;
    this.#termBegin = termCount(termId, this.initialTermId) * this.termBufferLength;
    this.#termWord = (this.#partition * this.termBufferLength) / 4;
    this.#tailWord = RAW_TAIL_OFFSET / 4 + 2 * this.#partition;
  }

  get position(): number {
    return this.isClosed ? OfferResult.Closed : this.#termBegin + this.#termOffset;
  }

  /**
   * One padding frame for `length` bytes of payload: subscribers skip it.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxMessageLength}, `INVALID_ARGUMENT`
   */
  appendPadding(length: number): number {
    this.checkLength(length, this.maxMessageLength);
    const result = this.claimSpace(framedLength(length, this.maxMessageLength), length);
    if (result > 0) this.writer.padding(this.claimedWord, length + FRAME_HEADER_LENGTH, this.claimedTermId);
    return result;
  }

  /**
   * Publishes whole frames that were made for exactly this place of this stream, as `blockPoll` of another image of
   * it hands them out: replication and replay. The first frame becomes visible last.
   * @throws RingwireError `INVALID_ARGUMENT` when the frames do not belong here
   */
  offerBlock(block: Buffer): number {
    if (this.isClosed) return OfferResult.Closed;
    if (this.#termOffset >= this.termBufferLength) return this.#trip(this.#termOffset);
    this.#checkBlock(block);
    const result = this.claimSpace(block.length, block.length - FRAME_HEADER_LENGTH);
    if (result > 0) this.writer.block(this.claimedWord, block);
    return result;
  }

  #checkBlock(block: Buffer): void {
    const refuse = (reason: string) => {
      throw new RingwireError('INVALID_ARGUMENT', `offerBlock: ${reason}`);
    };
    const { length } = block;
    if (length === 0 || length % FRAME_ALIGNMENT !== 0) refuse(`a block of ${length} bytes`);
    if (length > this.termBufferLength - this.#termOffset) refuse('the block does not fit in the term');
    for (let at = 0; at < length; ) {
      const frame = block.readInt32LE(at);
      if (frame < FRAME_HEADER_LENGTH || frame > length - at) refuse(`a frame of ${frame} bytes at ${at}`);
      const belongs =
        block.readInt32LE(at + TERM_OFFSET_OFFSET) === this.#termOffset + at &&
        block.readInt32LE(at + SESSION_ID_OFFSET) === this.sessionId &&
        block.readInt32LE(at + STREAM_ID_OFFSET) === this.streamId &&
        block.readInt32LE(at + TERM_ID_OFFSET) === this.claimedTermId;
      if (!belongs) refuse(`the frame at ${at} is of another place or stream`);
      at += framedLength(frame - FRAME_HEADER_LENGTH, this.termBufferLength);
    }
    if (block.readInt16LE(FRAME_TYPE_OFFSET) !== FrameType.Data) refuse('the first frame is no data');
  }

  /** Three comparisons of 32-bit numbers, and the tail: everything else is done with care. */
  protected override claimSpace(required: number, length: number): number {
    const limitWords = this.#limitWords;
    const index = this.#limitIndex;
    const low = KEEPS_ORDER ? limitWords[index] : Atomics.load(limitWords, index);
    const offset = this.#termOffset;
    const next = offset + required;
    if (low !== this.#limitLow || offset >= this.#limitOffset || next > this.termBufferLength) {
      return this.#claimWithCare(required, length);
    }
    this.#take(offset, next);
    return this.#termBegin + next;
  }

  protected override onClosed(): void {
    this.#limitOffset = NOTHING;
  }

  #take(offset: number, next: number): void {
    this.#storeTail(next);
    this.#termOffset = next;
    this.claimedWord = this.#termWord + (offset >> 2);
  }

  /** The low half is the offset; the high half, the term id, changes at a rotation only. */
  #storeTail(next: number): void {
    if (KEEPS_ORDER) this.#page[this.#tailWord] = next;
    else Atomics.store(this.#page, this.#tailWord, next);
  }

  /** A limit that moved or is reached, the end of a term, a closed publication. */
  #claimWithCare(required: number, length: number): number {
    if (this.isClosed) return OfferResult.Closed;
    this.#readLimit();
    const offset = this.#termOffset;
    const position = this.#termBegin + offset;
    if (position >= this.#limitPosition) return this.refusal(position, length);
    const next = offset + required;
    if (next > this.termBufferLength) {
      this.#storeTail(next);
      return this.#trip(offset);
    }
    this.#take(offset, next);
    return this.#termBegin + next;
  }

  #readLimit(): void {
    const limit = this.positionLimit;
    this.#limitPosition = limit;
    this.#limitLow = limit | 0;
    this.#limitOffset = Math.max(0, Math.min(limit - this.#termBegin, this.termBufferLength));
  }

  #trip(offset: number): OfferResult {
    const termLength = this.termBufferLength;
    if (offset < termLength) {
      this.writer.padding(this.#termWord + (offset >> 2), termLength - offset, this.claimedTermId);
    }
    if (this.#termBegin + termLength >= this.maxPossiblePosition) return OfferResult.MaxPositionExceeded;
    this.claimedTermId = (this.claimedTermId + 1) | 0;
    const count = termCount(this.claimedTermId, this.initialTermId);
    this.#partition = count % PARTITION_COUNT;
    this.#termOffset = 0;
    this.#termBegin += termLength;
    this.#termWord = (this.#partition * termLength) / 4;
    this.#tailWord = RAW_TAIL_OFFSET / 4 + 2 * this.#partition;
    this.#readLimit();
    this.log.page.store64(RAW_TAIL_OFFSET + 8 * this.#partition, BigInt(this.claimedTermId) << 32n);
    this.log.page.store32(ACTIVE_TERM_COUNT_OFFSET, count);
    return OfferResult.AdminAction;
  }
}
