/** A publication with one writer: no read-modify-write, BigInt only at a rotation. Source: Aeron 1.53 `ExclusivePublication`. */
import { KEEPS_ORDER, publishI32, RingwireError } from '../../../platform/index.js';
import {
  FRAME_ALIGNMENT,
  FRAME_EXCESS,
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
  WHOLE_DATA,
} from '../../layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, decodeRawTail, RAW_TAIL_OFFSET } from '../../layout/log-layout.js';
import type { BufferClaim } from './buffer-claim.js';
import type { ReservedValueSupplier } from './frame-writer.js';
import { OfferResult } from './offer-result.js';
import { PublicationBase, type PublicationParts } from './publication.js';

/** A limit below every offset: the fast path refuses every claim. */
const NOTHING = -1;

/**
 * A publication with its own session and one writer.
 *
 * @example
 * const publication = await aeron.addExclusivePublication('aeron:ipc', 10);
 * const claim = new BufferClaim();
 * if (publication.tryClaim(8, claim) > 0) claim.commit();
 *
 * INV-AERON-LIMIT-02: the low half of the limit is loaded before every claim, because a limit can decrease. The whole
 * limit is loaded when the low half has changed: a limit never moves by 4 GiB at once.
 */
export class ExclusivePublication extends PublicationBase {
  #partition = 0;
  #termOffset = 0;
  /** First position of the active term. */
  #termBegin = 0;
  /** Index in the file of the active term's first 32-bit word. */
  #termWord = 0;
  /** Index of the low half of the active tail in the metadata page: the offset. */
  #tailWord = 0;
  /** The term itself. */
  #term: Buffer;
  /** What {@link offer} and {@link tryClaim} use of the base, which V8 loads from there as numbers of any size. */
  readonly #ownSessionId: number = 0;
  readonly #ownStreamId: number = 0;
  readonly #longestPayload: number = 0;
  readonly #termLength: number = 0;
  readonly #words: Int32Array;
  readonly #page: Int32Array;
  /** The limit: its location, its last loaded low half, and the offset in the active term that it allows. */
  readonly #limitWords: Int32Array;
  readonly #limitIndex: number = 0;
  #limitLow = 0;
  #limitPosition = 0;
  #limitOffset = NOTHING;
  /** The same where plain stores stay in order; elsewhere below every offset, so that the general path writes each frame. */
  #fastOffset = NOTHING;

  /** @internal */
  constructor(parts: PublicationParts) {
    super(parts);
    const count = this.log.activeTermCount;
    this.#partition = (count >>> 0) % PARTITION_COUNT;
    const { termId, termOffset } = decodeRawTail(this.log.rawTail(this.#partition));
    const sound =
      count === termCount(termId, this.initialTermId) && count >= 0 && termOffset % FRAME_ALIGNMENT === 0;
    if (!sound) {
      throw new RingwireError('CORRUPT_CHANNEL', `invalid log tail in ${this.log.path}`, {
        path: this.log.path,
        reason: 'tail',
      });
    }
    this.#ownSessionId = this.sessionId;
    this.#ownStreamId = this.streamId;
    this.#longestPayload = this.maxPayloadLength;
    this.#termLength = this.termBufferLength;
    this.#words = this.log.i32;
    this.#page = this.log.page.i32;
    this.#limitWords = this.limit.i32;
    this.#limitIndex = this.limit.index;
    this.claimedTermId = termId;
    this.#termOffset = termOffset;
    this.#termBegin = termCount(termId, this.initialTermId) * this.termBufferLength;
    this.#termWord = (this.#partition * this.termBufferLength) / 4;
    this.#term = this.log.terms[this.#partition] as Buffer;
    this.#tailWord = RAW_TAIL_OFFSET / 4 + 2 * this.#partition;
  }

  /** Id of the active term; -4 when closed. */
  get termId(): number {
    return this.isClosed ? OfferResult.Closed : this.claimedTermId;
  }

  /** Offset after the last message in the active term, in bytes; -4 when closed. */
  get termOffset(): number {
    return this.isClosed ? OfferResult.Closed : this.#termOffset;
  }

  get position(): number {
    return this.isClosed ? OfferResult.Closed : this.#termBegin + this.#termOffset;
  }

  /** Written out for a message that is known to the writer: with a call for each step it takes a third longer. */
  override offer(message: Uint8Array | readonly Uint8Array[], reservedValue?: ReservedValueSupplier): number {
    const { writer } = this;
    const length = writer.knownLength(message);
    const offset = this.#termOffset;
    const next = offset + ((length + FRAME_EXCESS) & -FRAME_ALIGNMENT);
    if (
      length < 0 ||
      reservedValue !== undefined ||
      length > this.#longestPayload ||
      this.#limitWords[this.#limitIndex] !== this.#limitLow ||
      offset >= this.#fastOffset ||
      next > this.#termLength
    ) {
      return super.offer(message, reservedValue);
    }
    this.#page[this.#tailWord] = next;
    this.#termOffset = next;
    const words = this.#words;
    const word = this.#termWord + (offset >> 2);
    words[word] = -length - FRAME_HEADER_LENGTH;
    words[word + 1] = WHOLE_DATA;
    words[word + 2] = offset;
    words[word + 3] = this.#ownSessionId;
    words[word + 4] = this.#ownStreamId;
    words[word + 5] = this.claimedTermId;
    writer.copyKnown(word, length);
    publishI32(words, word, length + FRAME_HEADER_LENGTH);
    return this.#termBegin + next;
  }

  /** Written out like {@link offer}. */
  override tryClaim(length: number, claim: BufferClaim): number {
    const offset = this.#termOffset;
    const next = offset + ((length + FRAME_EXCESS) & -FRAME_ALIGNMENT);
    if (
      claim.isOpen ||
      length >>> 0 !== length ||
      length > this.#longestPayload ||
      this.#limitWords[this.#limitIndex] !== this.#limitLow ||
      offset >= this.#fastOffset ||
      next > this.#termLength
    ) {
      return super.tryClaim(length, claim);
    }
    this.#page[this.#tailWord] = next;
    this.#termOffset = next;
    const words = this.#words;
    const word = this.#termWord + (offset >> 2);
    words[word] = -length - FRAME_HEADER_LENGTH;
    words[word + 1] = WHOLE_DATA;
    words[word + 2] = offset;
    words[word + 3] = this.#ownSessionId;
    words[word + 4] = this.#ownStreamId;
    words[word + 5] = this.claimedTermId;
    claim.wrap(words, this.#term, word, offset + FRAME_HEADER_LENGTH, length);
    return this.#termBegin + next;
  }

  /**
   * Appends a padding frame, which subscribers skip.
   * @param length payload in bytes, 0 to {@link maxMessageLength}
   * @returns the new position, or an {@link OfferResult}
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxMessageLength}, `INVALID_ARGUMENT`
   */
  appendPadding(length: number): number {
    this.checkLength(length, this.maxMessageLength);
    const result = this.claimSpace(framedLength(length, this.maxMessageLength), length);
    if (result > 0) this.writer.padding(this.claimedWord, length + FRAME_HEADER_LENGTH, this.claimedTermId);
    return result;
  }

  /**
   * Publishes whole frames of this position and stream, as `blockPoll` of another image of the stream delivers them. Use
   * it for replication and replay. The first frame becomes visible last.
   * @param block whole frames, headers included: a multiple of 32 bytes
   * @returns the new position, or an {@link OfferResult}
   * @throws RingwireError `INVALID_ARGUMENT` for frames of another position or stream
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
    if (length === 0 || length % FRAME_ALIGNMENT !== 0)
      refuse(`the length must be a multiple of 32 above 0, not ${length}`);
    if (length > this.termBufferLength - this.#termOffset)
      refuse(
        `the block of ${length} bytes exceeds the ${this.termBufferLength - this.#termOffset} bytes left in the term`,
      );
    for (let at = 0; at < length; ) {
      const frame = block.readInt32LE(at);
      if (frame < FRAME_HEADER_LENGTH || frame > length - at)
        refuse(`invalid frame length ${frame} at ${at}`);
      const belongs =
        block.readInt32LE(at + TERM_OFFSET_OFFSET) === this.#termOffset + at &&
        block.readInt32LE(at + SESSION_ID_OFFSET) === this.sessionId &&
        block.readInt32LE(at + STREAM_ID_OFFSET) === this.streamId &&
        block.readInt32LE(at + TERM_ID_OFFSET) === this.claimedTermId;
      if (!belongs) refuse(`the frame at ${at} belongs to another position or stream`);
      at += framedLength(frame - FRAME_HEADER_LENGTH, this.termBufferLength);
    }
    if (block.readInt16LE(FRAME_TYPE_OFFSET) !== FrameType.Data)
      refuse('the first frame must be a data frame');
  }

  protected override claimSpace(required: number, length: number): number {
    const offset = this.#termOffset;
    const next = offset + required;
    const words = this.#limitWords;
    const index = this.#limitIndex;
    const low = KEEPS_ORDER ? words[index] : Atomics.load(words, index);
    if (low !== this.#limitLow || offset >= this.#limitOffset || next > this.termBufferLength) {
      return this.#claimChecked(required, length);
    }
    this.claimedWord = this.#take(offset, next);
    return this.#termBegin + next;
  }

  protected override onClosed(): void {
    this.#limitOffset = NOTHING;
    this.#fastOffset = NOTHING;
  }

  /** Claims the range. @returns index in the file of its first 32-bit word */
  #take(offset: number, next: number): number {
    this.#storeTail(next);
    this.#termOffset = next;
    return this.#termWord + (offset >> 2);
  }

  /** Stores the low half, the offset; the high half, the term id, changes only at a rotation. */
  #storeTail(next: number): void {
    if (KEEPS_ORDER) this.#page[this.#tailWord] = next;
    else Atomics.store(this.#page, this.#tailWord, next);
  }

  /** Slow path: the limit has moved or is reached, the term ends, or the publication is closed. */
  #claimChecked(required: number, length: number): number {
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
    this.claimedWord = this.#take(offset, next);
    return this.#termBegin + next;
  }

  #readLimit(): void {
    const limit = this.positionLimit;
    this.#limitPosition = limit;
    this.#limitLow = limit | 0;
    this.#limitOffset = Math.max(0, Math.min(limit - this.#termBegin, this.termBufferLength));
    if (KEEPS_ORDER) this.#fastOffset = this.#limitOffset;
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
    this.#term = this.log.terms[this.#partition] as Buffer;
    this.#tailWord = RAW_TAIL_OFFSET / 4 + 2 * this.#partition;
    this.#readLimit();
    this.log.page.store64(RAW_TAIL_OFFSET + 8 * this.#partition, BigInt(this.claimedTermId) << 32n);
    this.log.page.store32(ACTIVE_TERM_COUNT_OFFSET, count);
    return OfferResult.AdminAction;
  }
}
