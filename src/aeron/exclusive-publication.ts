/** A publication with one writer: no read-modify-write, no BigInt but at a rotation. Source: Aeron 1.53. */
import { RingwireError } from '../memory/index.js';
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
} from './layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, decodeRawTail, RAW_TAIL_OFFSET } from './layout/log-layout.js';
import { OfferResult, PublicationBase, type PublicationParts } from './publication.js';

/** On x64 a plain store is ordered before the commit that follows it. */
const KEEPS_ORDER = process.arch === 'x64';

export class ExclusivePublication extends PublicationBase {
  #partition: number;
  #termId: number;
  #termOffset: number;
  /** Position at which the active term begins. */
  #termBegin: number;

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
    this.#termId = termId;
    this.#termOffset = termOffset;
    this.#termBegin = termCount(termId, this.initialTermId) * this.termBufferLength;
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
    if (result > 0) this.writer.padding(this.claimedAt, length + FRAME_HEADER_LENGTH, this.claimedTermId);
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
    if (result > 0) this.writer.block(this.claimedAt, block);
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
        block.readInt32LE(at + TERM_ID_OFFSET) === this.#termId;
      if (!belongs) refuse(`the frame at ${at} is of another place or stream`);
      at += framedLength(frame - FRAME_HEADER_LENGTH, this.termBufferLength);
    }
    if (block.readInt16LE(FRAME_TYPE_OFFSET) !== FrameType.Data) refuse('the first frame is no data');
  }

  protected override claimSpace(required: number, length: number): number {
    if (this.isClosed) return OfferResult.Closed;
    const offset = this.#termOffset;
    const position = this.#termBegin + offset;
    if (position >= this.positionLimit) return this.refusal(position, length);
    const next = offset + required;
    // The low half is the offset; the high half, the term id, changes at a rotation only.
    if (KEEPS_ORDER) this.log.page.i32[(RAW_TAIL_OFFSET >> 2) + 2 * this.#partition] = next;
    else this.log.page.store32(RAW_TAIL_OFFSET + 8 * this.#partition, next);
    if (next > this.termBufferLength) return this.#trip(offset);
    this.claimedAt = this.#partition * this.termBufferLength + offset;
    this.claimedTermId = this.#termId;
    this.#termOffset = next;
    return this.#termBegin + next;
  }

  #trip(offset: number): OfferResult {
    const termLength = this.termBufferLength;
    const base = this.#partition * termLength;
    if (offset < termLength) this.writer.padding(base + offset, termLength - offset, this.#termId);
    if (this.#termBegin + termLength >= this.maxPossiblePosition) return OfferResult.MaxPositionExceeded;
    this.#termId = (this.#termId + 1) | 0;
    const count = termCount(this.#termId, this.initialTermId);
    this.#partition = count % PARTITION_COUNT;
    this.#termOffset = 0;
    this.#termBegin += termLength;
    this.log.page.store64(RAW_TAIL_OFFSET + 8 * this.#partition, BigInt(this.#termId) << 32n);
    this.log.page.store32(ACTIVE_TERM_COUNT_OFFSET, count);
    return OfferResult.AdminAction;
  }
}
