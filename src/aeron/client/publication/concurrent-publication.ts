/** A publication that writers in many processes share. One fetch-and-add claims space. Source: Aeron 1.53 `ConcurrentPublication`. */
import { KEEPS_ORDER } from '../../../platform/index.js';
import { alignFrame, FRAME_HEADER_LENGTH, PARTITION_COUNT, termCount } from '../../layout/frame-layout.js';
import { ACTIVE_TERM_COUNT_OFFSET, decodeRawTail, RAW_TAIL_OFFSET } from '../../layout/log-layout.js';
import { rotateLog } from './log-rotation.js';
import { OfferResult } from './offer-result.js';
import { PublicationBase, type PublicationParts } from './publication.js';

/**
 * Whether 32-bit and 64-bit read-modify-writes of the same word are ordered, as x64 guarantees for locked accesses. The
 * addition to the low half of a raw tail then needs no BigInt. The low half does not overflow: a term ends at 2^30.
 */
const MIXES_SIZES = process.arch === 'x64';

/**
 * A publication that all publishers of a channel and stream share.
 *
 * @example
 * const publication = await aeron.addPublication('aeron:ipc', 10);
 * while (publication.offer(Buffer.from('hello')) < 0) await setTimeout(1);
 */
export class Publication extends PublicationBase {
  readonly #page: Int32Array;
  #limit = 0;
  #limitLow = 0;
  #oldTermId = 0;
  #oldOffset = 0;

  /** @internal */
  constructor(parts: PublicationParts) {
    super(parts);
    this.#page = this.log.page.i32;
    this.#limit = this.positionLimit;
    this.#limitLow = this.#limit | 0;
  }

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
    const page = this.#page;
    const limit = this.#readLimit();
    const count = load(page, ACTIVE_TERM_COUNT_OFFSET / 4);
    const partition = (count >>> 0) % PARTITION_COUNT;
    const tail = RAW_TAIL_OFFSET / 4 + 2 * partition;
    const seenTermId = load(page, tail + 1);
    if (count !== termCount(seenTermId, this.initialTermId)) return OfferResult.AdminAction;
    const position = count * termLength + Math.min(load(page, tail) >>> 0, termLength);
    if (position >= limit) return this.refusal(position, alignFrame(length + FRAME_HEADER_LENGTH));

    this.#add(tail, seenTermId, required);
    const termId = this.#oldTermId;
    const offset = Math.min(this.#oldOffset, termLength);
    const next = offset + required;
    const taken = termCount(termId, this.initialTermId);
    const result = taken * termLength + next;
    const word = (partition * termLength + offset) / 4;
    if (next <= termLength) {
      this.claimedWord = word;
      this.claimedTermId = termId;
      return result;
    }
    if (offset < termLength) this.writer.padding(word, termLength - offset, termId);
    if (result >= this.maxPossiblePosition) return OfferResult.MaxPositionExceeded;
    rotateLog(this.log.page, taken, termId);
    return OfferResult.AdminAction;
  }

  /** Loads the whole limit only when its low half has changed: a limit never moves by 4 GiB at once. */
  #readLimit(): number {
    const low = load(this.limit.i32, this.limit.index);
    if (low !== this.#limitLow) {
      this.#limit = this.positionLimit;
      this.#limitLow = this.#limit | 0;
    }
    return this.#limit;
  }

  /** Fetches and adds to a raw tail: sets {@link #oldTermId} and {@link #oldOffset}. */
  #add(tail: number, seenTermId: number, required: number): void {
    if (!MIXES_SIZES) {
      const old = Atomics.add(this.log.page.i64, tail / 2, BigInt(required));
      const { termId, termOffset } = decodeRawTail(old);
      this.#oldTermId = termId;
      this.#oldOffset = termOffset;
      return;
    }
    const page = this.#page;
    const offset = Atomics.add(page, tail, required) >>> 0;
    const termId = load(page, tail + 1);
    this.#oldOffset = offset;
    // A rotation may occur between the two accesses: an offset beyond the term belongs to the old term, any other to the new one.
    this.#oldTermId = termId !== seenTermId && offset >= this.termBufferLength ? seenTermId : termId;
  }
}

/** A load that later loads follow. On x64 the processor keeps the order of loads. */
function load(words: Int32Array, at: number): number {
  return KEEPS_ORDER ? (words[at] as number) : Atomics.load(words, at);
}
