/** A publication that many writers in many processes share: space is taken by one fetch-and-add. Source: Aeron 1.53. */
import { alignFrame, FRAME_HEADER_LENGTH, PARTITION_COUNT, termCount } from './layout/frame-layout.js';
import { decodeRawTail, RAW_TAIL_OFFSET } from './layout/log-layout.js';
import { rotateLog } from './log-rotation.js';
import { OfferResult, PublicationBase } from './publication.js';

export class Publication extends PublicationBase {
  get position(): number {
    if (this.isClosed) return OfferResult.Closed;
    const { termId, termOffset } = decodeRawTail(
      this.log.rawTail((this.log.activeTermCount >>> 0) % PARTITION_COUNT),
    );
    const offset = Math.min(termOffset, this.termBufferLength);
    return termCount(termId, this.initialTermId) * this.termBufferLength + offset;
  }

  protected override claimSpace(required: number, length: number): number {
    if (this.isClosed) return OfferResult.Closed;
    const termLength = this.termBufferLength;
    const limit = this.positionLimit;
    const count = this.log.activeTermCount;
    const partition = (count >>> 0) % PARTITION_COUNT;
    const seen = decodeRawTail(this.log.rawTail(partition));
    if (count !== termCount(seen.termId, this.initialTermId)) return OfferResult.AdminAction;
    const position = count * termLength + Math.min(seen.termOffset, termLength);
    if (position >= limit) return this.refusal(position, alignFrame(length + FRAME_HEADER_LENGTH));

    const old = Atomics.add(this.log.page.i64, (RAW_TAIL_OFFSET + 8 * partition) / 8, BigInt(required));
    const { termId, termOffset } = decodeRawTail(old);
    const offset = Math.min(termOffset, termLength);
    const next = offset + required;
    const taken = termCount(termId, this.initialTermId);
    const result = taken * termLength + next;
    if (next <= termLength) {
      this.claimedAt = partition * termLength + offset;
      this.claimedTermId = termId;
      return result;
    }
    if (offset < termLength)
      this.writer.padding(partition * termLength + offset, termLength - offset, termId);
    if (result >= this.maxPossiblePosition) return OfferResult.MaxPositionExceeded;
    rotateLog(this.log.page, taken, termId);
    return OfferResult.AdminAction;
  }
}
