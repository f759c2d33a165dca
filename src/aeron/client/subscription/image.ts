/**
 * An image: the stream of one publisher in one subscription. It is the only writer of its position counter.
 * Source: Aeron 1.53 `Image`.
 *
 * INV-AERON-IMAGE-02: the position is stored also when a handler throws; its fragment counts as consumed.
 * INV-AERON-IMAGE-03: nothing outside its term is ever delivered, whatever length a frame claims.
 * INV-AERON-IMAGE-04: every load of a payload comes after an acquiring load of its frame's length, or of a later
 * frame's length whose address depends on it. On x64 loads stay in order.
 */
import { KEEPS_ORDER } from '../../../platform/index.js';
import { alignFrame, FRAME_HEADER_LENGTH, FrameFlag, FrameType } from '../../layout/frame-layout.js';
import { requireLimit } from '../arguments.js';
import {
  type BlockHandler,
  ControlledAction,
  type ControlledFragmentHandler,
  type FragmentHandler,
} from './fragment-handlers.js';
import { ImageState } from './image-state.js';
import { wholeFrames } from './whole-frames.js';

/** Most frames that one ordered load makes safe to read. */
const LONGEST_RUN = 64;
const NOTHING = -1;

/**
 * The stream of one publisher in one subscription.
 *
 * @example
 * for (const image of subscription.images) image.poll(handler, 10);
 */
export class Image extends ImageState {
  /**
   * Delivers fragments and moves the position. Does not block.
   * @param limit the most fragments to deliver: a whole number from 0, or infinity
   * @returns fragments delivered
   * @throws RingwireError `CORRUPT_CHANNEL` at a damaged frame, `INVALID_ARGUMENT` for an invalid limit or a call from
   * a handler of this image; what the handler throws
   */
  poll(handler: FragmentHandler, limit: number): number {
    return this.#poll(handler, Number.POSITIVE_INFINITY, limit);
  }

  /**
   * Like {@link poll}, up to a position.
   * @param limitPosition in bytes; a fragment that starts at or after it is not delivered
   * @throws like {@link poll}
   */
  boundedPoll(handler: FragmentHandler, limitPosition: number, limit: number): number {
    requireLimit('limitPosition', limitPosition);
    return this.#poll(handler, limitPosition, limit);
  }

  #poll(handler: FragmentHandler, limitPosition: number, limit: number): number {
    if (limit >>> 0 !== limit) requireLimit('limit', limit);
    if (this.closed || this.consumed >= limitPosition) return 0;
    const { terms, i32 } = this.log;
    const header = this.header;
    const start = this.consumed;
    const termLength = this.termBufferLength;
    const startOffset = (start % termLength) | 0;
    const partition = this.log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const baseWord = (partition * termLength) / 4;
    const end = Math.min(termLength, limitPosition - start + startOffset) | 0;
    let offset = startOffset;
    let fragments = 0;
    header.buffer = term;
    this.enter();
    try {
      let runEnd = KEEPS_ORDER ? end : this.#acquireRun(baseWord, offset, end, limit);
      while (fragments < limit && offset < runEnd && !this.closed) {
        const word = baseWord + (offset >> 2);
        const length = i32[word] as number;
        if (length <= 0) break;
        if (length < FRAME_HEADER_LENGTH || length > termLength - offset) {
          // The valid frames before the damaged one are delivered first.
          if (offset > startOffset) break;
          throw this.damaged(offset, length);
        }
        const at = offset;
        offset += (length + 31) & ~31;
        if ((i32[word + 1] as number) >>> 16 !== FrameType.Padding) {
          fragments++;
          header.offset = at;
          handler(term, at + FRAME_HEADER_LENGTH, length - FRAME_HEADER_LENGTH, header);
        }
        if (!KEEPS_ORDER && offset >= runEnd) {
          runEnd = this.#acquireRun(baseWord, offset, end, limit - fragments);
        }
      }
    } finally {
      this.polling = false;
      this.moveTo(start + offset - startOffset);
    }
    return fragments;
  }

  /**
   * Where plain loads have no order: finds a run of published frames with plain loads, then loads the length of the last
   * one with acquire. The address of each load depends on the length before it, so the acquire orders all payloads of the
   * run after it (INV-AERON-IMAGE-04).
   * @returns the offset after the run, which ends inside the term
   */
  #acquireRun(baseWord: number, from: number, end: number, limit: number): number {
    const { i32 } = this.log;
    const termLength = this.termBufferLength;
    let offset = from;
    let last = NOTHING;
    for (let n = Math.min(limit, LONGEST_RUN); n > 0 && offset < end; n--) {
      const word = baseWord + (offset >> 2);
      const length = i32[word] as number;
      if (length < FRAME_HEADER_LENGTH || length > termLength - offset) {
        if (length <= 0 || offset > from) break;
        // The caller examines a damaged length.
        Atomics.load(i32, word);
        return from + 1;
      }
      last = word;
      offset += (length + 31) & ~31;
    }
    if (last !== NOTHING) Atomics.load(i32, last);
    return offset;
  }

  /** Like {@link poll}, with a handler that accepts or aborts each fragment. @throws like {@link poll} */
  controlledPoll(handler: ControlledFragmentHandler, limit: number): number {
    return this.boundedControlledPoll(handler, Number.POSITIVE_INFINITY, limit);
  }

  /**
   * Like {@link controlledPoll}, up to a position.
   * @param limitPosition in bytes; a fragment that starts at or after it is not delivered
   * @throws like {@link poll}
   */
  boundedControlledPoll(handler: ControlledFragmentHandler, limitPosition: number, limit: number): number {
    requireLimit('limitPosition', limitPosition);
    if (limit >>> 0 !== limit) requireLimit('limit', limit);
    if (this.closed || this.consumed >= limitPosition) return 0;
    const { terms, i32 } = this.log;
    const header = this.header;
    const termLength = this.termBufferLength;
    const start = this.consumed;
    const partition = this.log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const baseWord = (partition * termLength) / 4;
    const startOffset = (start % termLength) | 0;
    const end = Math.min(termLength, limitPosition - start + startOffset) | 0;
    let offset = startOffset;
    let fragments = 0;
    header.buffer = term;
    this.enter();
    try {
      while (fragments < limit && offset < end && !this.closed) {
        const word = baseWord + (offset >> 2);
        const length = KEEPS_ORDER ? (i32[word] as number) : Atomics.load(i32, word);
        if (length <= 0) break;
        if (length < FRAME_HEADER_LENGTH || length > termLength - offset) throw this.damaged(offset, length);
        const at = offset;
        offset += (length + 31) & ~31;
        if ((i32[word + 1] as number) >>> 16 === FrameType.Padding) continue;
        fragments++;
        header.offset = at;
        const action = handler(term, at + FRAME_HEADER_LENGTH, length - FRAME_HEADER_LENGTH, header);
        if (action === ControlledAction.Abort) {
          fragments--;
          offset = at;
          break;
        }
        if (action === ControlledAction.Break) break;
        if (action === ControlledAction.Commit) this.moveTo(start + offset - startOffset);
      }
    } finally {
      this.polling = false;
      this.moveTo(start + offset - startOffset);
    }
    return fragments;
  }

  /**
   * Delivers fragments and leaves the position unchanged.
   * @param from first position in bytes: a multiple of 32 from the position to the end of its term
   * @param limitPosition in bytes; a fragment that starts at or after it is not delivered
   * @returns the position after the last whole message that was delivered and not aborted
   * @throws like {@link poll}
   */
  controlledPeek(from: number, handler: ControlledFragmentHandler, limitPosition: number): number {
    requireLimit('limitPosition', limitPosition);
    if (this.closed) return from;
    this.checkPosition('from', from);
    if (from >= limitPosition) return from;
    const { terms, i32 } = this.log;
    const { header, termBufferLength: termLength } = this;
    const partition = this.log.partitionOf(from);
    const term = terms[partition] as Buffer;
    const begin = from - (from % termLength);
    const end = Math.min(termLength, limitPosition - begin);
    let offset = from % termLength;
    let result = from;
    header.buffer = term;
    this.enter();
    try {
      while (offset < end && !this.closed) {
        const word = (partition * termLength + offset) / 4;
        const length = Atomics.load(i32, word);
        if (length <= 0) break;
        if (length < FRAME_HEADER_LENGTH || length > termLength - offset) throw this.damaged(offset, length);
        const at = offset;
        offset += alignFrame(length);
        if ((i32[word + 1] as number) >>> 16 === FrameType.Padding) {
          result = begin + offset;
          continue;
        }
        header.offset = at;
        const action = handler(term, at + FRAME_HEADER_LENGTH, length - FRAME_HEADER_LENGTH, header);
        if (action === ControlledAction.Abort) break;
        if (header.flags & FrameFlag.End) result = begin + offset;
        if (action === ControlledAction.Break) break;
      }
    } finally {
      this.polling = false;
    }
    return result;
  }

  /**
   * Passes whole frames with their headers to the handler as one block.
   * @param maxBytes the longest block: a whole number from 0, or infinity
   * @returns bytes consumed
   * @throws like {@link poll}
   */
  blockPoll(handler: BlockHandler, maxBytes: number): number {
    requireLimit('maxBytes', maxBytes);
    if (this.closed) return 0;
    const { terms, i32 } = this.log;
    const termLength = this.termBufferLength;
    const start = this.consumed;
    const startOffset = (start % termLength) | 0;
    const partition = this.log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const length = wholeFrames(
      i32,
      partition * termLength,
      startOffset,
      Math.min(termLength, startOffset + maxBytes),
      termLength,
    );
    if (length < 0) throw this.damaged(startOffset, term.readInt32LE(startOffset));
    if (length > 0) {
      this.enter();
      try {
        handler(term, startOffset, length, this.sessionId, term.readInt32LE(startOffset + 20));
      } finally {
        this.polling = false;
        this.moveTo(start + length);
      }
    }
    return length;
  }
}
