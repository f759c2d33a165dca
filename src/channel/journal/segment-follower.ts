/** The segments of a journal, as one reader follows them. */
import type { ShmReader } from '../log/log-reader.js';
import type { SegmentChain } from './segment-chain.js';
import type { OpenPlace } from './segment-finder.js';

/**
 * The current segment of a reader, and the segments that it left.
 *
 * INV-READ-04: a segment that a nested read leaves stays mapped until the outermost handler has returned.
 */
export class SegmentFollower {
  readonly #chain: SegmentChain;
  #segment: ShmReader;
  #ordinal: number;
  /** Heartbeats met in segments that were left. */
  #heartbeats = 0;
  /** Segments that were left while a handler may still look at a record of theirs. */
  readonly #left: ShmReader[] = [];

  /** `ordinal`: of the segment that `segment` reads, counted from 0 since the journal began. */
  constructor(chain: SegmentChain, segment: ShmReader, ordinal: number) {
    this.#chain = chain;
    this.#segment = segment;
    this.#ordinal = ordinal;
  }

  /** The reader of the current segment. */
  get segment(): ShmReader {
    return this.#segment;
  }

  /** Heartbeats met in all segments so far. */
  get heartbeats(): number {
    return this.#heartbeats + this.#segment.heartbeats;
  }

  /**
   * Opens the first segment after the current one that exists; null if there is none.
   * @throws RingwireError the errors of opening a segment
   */
  openNext(): Omit<OpenPlace, 'lapFrom'> | null {
    return this.#chain.openFirst(this.#ordinal + 1);
  }

  /** Continues in another segment. The one before stays mapped until {@link closeLeft}. */
  enter(segment: ShmReader, ordinal: number): void {
    this.#heartbeats += this.#segment.heartbeats;
    this.#segment.stop();
    this.#left.push(this.#segment);
    this.#segment = segment;
    this.#ordinal = ordinal;
  }

  /** Closes the segments that were left. No handler may run. */
  closeLeft(): void {
    for (const segment of this.#left.splice(0)) segment.close();
  }

  /** Closes all segments. */
  close(): void {
    this.#segment.close();
    this.closeLeft();
  }
}
