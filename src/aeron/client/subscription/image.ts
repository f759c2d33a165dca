/**
 * An image: one publisher's stream as one subscription sees it. Its position counter has no other writer.
 * Source: Aeron 1.53 `Image`.
 *
 * INV-AERON-IMAGE-01: nothing is stored in the position counter once the image is closed, or while the counter's
 * registration id is not the subscription's: the driver may have given it to somebody else.
 * INV-AERON-IMAGE-02: a handler that throws has had its fragment; the position is stored all the same.
 * INV-AERON-IMAGE-03: nothing outside its term is ever delivered, whatever a frame says of its length.
 */
import { RingwireError } from '../../../platform/index.js';
import { alignFrame, FRAME_ALIGNMENT, FRAME_HEADER_LENGTH, FrameType } from '../../layout/frame-layout.js';
import type { LogBuffers } from '../log-buffers.js';
import { type CounterSlot, loadPosition, storePosition } from '../monitoring/counter-value.js';
import {
  type BlockHandler,
  ControlledAction,
  type ControlledFragmentHandler,
  type FragmentHandler,
} from './fragment-handlers.js';
import { Header } from './header.js';
import { StreamEnd } from './stream-end.js';
import { wholeFrames } from './whole-frames.js';

/** Frames looked at before one ordered load makes them safe to read. */
const LONGEST_RUN = 64;
const NOTHING = -1;
/** The registration id of a counter stands behind its value: the low half, in 32-bit words from there. */
const OWNER_WORD = 2;

export interface ImageParts {
  readonly correlationId: bigint;
  readonly sessionId: number;
  readonly sourceIdentity: string;
  readonly log: LogBuffers;
  readonly counter: CounterSlot;
  /** Registration id of the subscription, which its position counters carry. */
  readonly counterRegistrationId: bigint;
  readonly subscriberPositionId: number;
}

export class Image {
  readonly correlationId: bigint;
  readonly sessionId: number;
  /** `aeron:ipc`, or address and port of the publisher. */
  readonly sourceIdentity: string;
  readonly joinPosition: number;
  readonly termBufferLength: number;
  readonly initialTermId: number;
  readonly subscriberPositionId: number;
  readonly #log: LogBuffers;
  readonly #counter: CounterSlot;
  readonly #header: Header;
  /** The low half of the registration id that the position counter must carry. */
  readonly #owner: number;
  #position: number;
  #closed = false;
  #polling = false;
  readonly #end: StreamEnd;

  /** @internal Images are made by the client's conductor. @throws RingwireError `CORRUPT_CHANNEL` */
  constructor(parts: ImageParts) {
    this.correlationId = parts.correlationId;
    this.sessionId = parts.sessionId;
    this.sourceIdentity = parts.sourceIdentity;
    this.subscriberPositionId = parts.subscriberPositionId;
    this.#log = parts.log;
    this.#end = new StreamEnd(parts.log);
    this.#counter = parts.counter;
    this.termBufferLength = parts.log.metadata.termLength;
    this.initialTermId = parts.log.metadata.initialTermId;
    this.#header = new Header(this.initialTermId, this.termBufferLength, parts.log.terms[0] as Buffer, this);
    this.#owner = Number(BigInt.asIntN(32, parts.counterRegistrationId));
    this.joinPosition = loadPosition(parts.counter.i32, parts.counter.index);
    if (this.joinPosition < 0 || this.joinPosition % FRAME_ALIGNMENT !== 0) {
      throw new RingwireError('CORRUPT_CHANNEL', `an image cannot begin at position ${this.joinPosition}`, {
        path: parts.log.path,
      });
    }
    this.#position = this.joinPosition;
  }

  /** Bytes of the stream that were consumed. */
  get position(): number {
    return this.#position;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Where the stream ends; 2^63-1 until that is known. */
  get endOfStreamPosition(): bigint {
    return this.#end.position;
  }

  get isEndOfStream(): boolean {
    return BigInt(this.#position) >= this.endOfStreamPosition;
  }

  get isPublicationRevoked(): boolean {
    return this.#end.isRevoked;
  }

  get activeTransportCount(): number {
    return this.#end.activeTransportCount;
  }

  /**
   * Delivers at most `limit` fragments and returns how many.
   * @throws RingwireError `CORRUPT_CHANNEL` at a frame that cannot be, `INVALID_ARGUMENT` when called from a handler
   * of this image; and what the handler throws
   */
  poll(handler: FragmentHandler, limit: number): number {
    return this.boundedPoll(handler, Number.POSITIVE_INFINITY, limit);
  }

  /** The same, not beginning a fragment at or behind `limitPosition`. */
  boundedPoll(handler: FragmentHandler, limitPosition: number, limit: number): number {
    if (this.#closed || this.#position >= limitPosition) return 0;
    const { terms, i32 } = this.#log;
    const header = this.#header;
    const start = this.#position;
    const termLength = this.termBufferLength;
    const startOffset = start % termLength;
    const partition = this.#log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const baseWord = (partition * termLength) / 4;
    const end = Math.min(termLength, limitPosition - start + startOffset);
    let offset = startOffset;
    let fragments = 0;
    header.buffer = term;
    this.#enter();
    try {
      while (fragments < limit && offset < end && !this.#closed) {
        const runEnd = this.#acquireRun(baseWord, offset, end, limit - fragments);
        if (runEnd === offset) break;
        while (offset < runEnd && !this.#closed) {
          const word = baseWord + (offset >> 2);
          const length = i32[word] as number;
          // Whoever may write to the log may have changed it since: nothing unchecked is handed out.
          if (length < FRAME_HEADER_LENGTH || length > runEnd - offset) throw this.#damaged(offset, length);
          const at = offset;
          offset += (length + 31) & ~31;
          if ((i32[word + 1] as number) >>> 16 === FrameType.Padding) continue;
          fragments++;
          header.offset = at;
          handler(term, at + FRAME_HEADER_LENGTH, length - FRAME_HEADER_LENGTH, header);
        }
      }
    } finally {
      this.#polling = false;
      this.#moveTo(start + offset - startOffset);
    }
    return fragments;
  }

  /**
   * Walks over published frames with plain loads and then loads the length of the last one with acquire: each step
   * depends on the length before, so this one load orders all the payloads behind it.
   * @returns the offset behind the run, which ends inside the term
   */
  #acquireRun(baseWord: number, from: number, end: number, limit: number): number {
    const { i32 } = this.#log;
    const termLength = this.termBufferLength;
    let offset = from;
    let last = NOTHING;
    for (let n = Math.min(limit, LONGEST_RUN); n > 0 && offset < end; n--) {
      const word = baseWord + (offset >> 2);
      const length = i32[word] as number;
      if (length <= 0) break;
      if (length < FRAME_HEADER_LENGTH || length > termLength - offset) {
        // What is sound before it is delivered first.
        if (offset > from) break;
        throw this.#damaged(offset, length);
      }
      last = word;
      offset += (length + 31) & ~31;
    }
    if (last !== NOTHING) Atomics.load(i32, last);
    return offset;
  }

  /** Delivers fragments whose handler decides what becomes of each. */
  controlledPoll(handler: ControlledFragmentHandler, limit: number): number {
    return this.boundedControlledPoll(handler, Number.POSITIVE_INFINITY, limit);
  }

  boundedControlledPoll(handler: ControlledFragmentHandler, limitPosition: number, limit: number): number {
    if (this.#closed || this.#position >= limitPosition) return 0;
    const { terms, i32 } = this.#log;
    const header = this.#header;
    const termLength = this.termBufferLength;
    const start = this.#position;
    const partition = this.#log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const base = partition * termLength;
    const end = Math.min(termLength, limitPosition - start + (start % termLength));
    let offset = start % termLength;
    let fragments = 0;
    header.buffer = term;
    const position = () => start - (start % termLength) + offset;
    this.#enter();
    try {
      while (fragments < limit && offset < end && !this.#closed) {
        const word = (base + offset) / 4;
        const length = Atomics.load(i32, word);
        if (length <= 0) break;
        if (length < FRAME_HEADER_LENGTH || length > termLength - offset) throw this.#damaged(offset, length);
        const at = offset;
        offset += alignFrame(length);
        if ((i32[word + 1] as number) >>> 16 === FrameType.Padding) continue;
        fragments++;
        header.offset = at;
        const action = handler(term, at + FRAME_HEADER_LENGTH, length - FRAME_HEADER_LENGTH, header);
        if (action === ControlledAction.Abort) {
          fragments--;
          offset -= alignFrame(length);
          break;
        }
        if (action === ControlledAction.Break) break;
        if (action === ControlledAction.Commit) this.#moveTo(position());
      }
    } finally {
      this.#polling = false;
      this.#moveTo(position());
    }
    return fragments;
  }

  /** Hands whole frames, at most `maxBytes`, to the handler in one piece. @returns bytes consumed */
  blockPoll(handler: BlockHandler, maxBytes: number): number {
    if (this.#closed) return 0;
    const { terms, i32 } = this.#log;
    const termLength = this.termBufferLength;
    const start = this.#position;
    const startOffset = start % termLength;
    const partition = this.#log.partitionOf(start);
    const term = terms[partition] as Buffer;
    const length = wholeFrames(
      i32,
      partition * termLength,
      startOffset,
      Math.min(termLength, startOffset + maxBytes),
      termLength,
    );
    if (length < 0) throw this.#damaged(startOffset, term.readInt32LE(startOffset));
    if (length > 0) {
      this.#enter();
      try {
        handler(term, startOffset, length, this.sessionId, term.readInt32LE(startOffset + 20));
      } finally {
        this.#polling = false;
        this.#moveTo(start + length);
      }
    }
    return length;
  }

  /** @internal The stream, the subscription or the client is gone. */
  close(): void {
    if (this.#closed) return;
    this.#end.freeze();
    this.#closed = true;
  }

  #moveTo(position: number): void {
    const previous = this.#position;
    if (this.#closed || position === previous) return;
    this.#position = position;
    const { i32, index } = this.#counter;
    if (i32[index + OWNER_WORD] === this.#owner) storePosition(this.#counter, position, previous);
  }

  /** A poll inside a handler would deliver the same fragments again, and the outer one move the position back. */
  #enter(): void {
    if (this.#polling) {
      throw new RingwireError('INVALID_ARGUMENT', 'an image cannot be polled from a handler of its own poll');
    }
    this.#polling = true;
  }

  #damaged(offset: number, length: number): RingwireError {
    return new RingwireError(
      'CORRUPT_CHANNEL',
      `a frame of ${length} bytes cannot stand at offset ${offset} of a term of ${this.termBufferLength} bytes`,
      { path: this.#log.path, reason: 'frame length', length, position: this.#position },
    );
  }
}
