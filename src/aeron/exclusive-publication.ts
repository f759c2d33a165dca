/** A publication with one writer: no read-modify-write, no BigInt but at a rotation. Source: Aeron 1.53. */
import { FRAME_HEADER_LENGTH, framedLength, PARTITION_COUNT, termCount } from './layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, decodeRawTail, RAW_TAIL_OFFSET } from './layout/log-layout.js';
import { OfferResult, PublicationBase, type PublicationParts } from './publication.js';

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
    this.#partition = count % PARTITION_COUNT;
    const { termId, termOffset } = decodeRawTail(this.log.rawTail(this.#partition));
    this.#termId = termId;
    this.#termOffset = termOffset;
    this.#termBegin = termCount(termId, this.initialTermId) * this.termBufferLength;
  }

  get position(): number {
    return this.isClosed ? OfferResult.Closed : this.#termBegin + this.#termOffset;
  }

  /** One padding frame for `length` bytes of payload: subscribers skip it. */
  appendPadding(length: number): number {
    const result = this.claimSpace(framedLength(length, this.maxMessageLength), length);
    if (result > 0) this.writer.padding(this.claimedAt, length + FRAME_HEADER_LENGTH, this.claimedTermId);
    return result;
  }

  protected override claimSpace(required: number, length: number): number {
    if (this.isClosed) return OfferResult.Closed;
    const offset = this.#termOffset;
    const position = this.#termBegin + offset;
    if (position >= this.positionLimit) return this.refusal(position, length);
    const next = offset + required;
    // The low half is the offset; the high half, the term id, changes at a rotation only.
    this.log.page.store32(RAW_TAIL_OFFSET + 8 * this.#partition, next);
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
