/**
 * Actions of a back-pressured writer for the readers that block it. A dead reader, whose lock is free, loses its slot
 * at once. A live one that does not move is treated by the policy of the ring.
 */
import type { Clock } from '../../platform/index.js';
import { WriteResult } from '../core/writer.js';
import type { ReaderSlots } from './reader-slots.js';
import { type RingHeader, SLOT_COUNT } from './ring-header-layout.js';

/** Milliseconds between two checks of the locks of blocking readers. */
const PROBE_MILLIS = 2;

/** Applies the policy of the ring to readers that do not move. */
export class StuckReaders {
  readonly #slots: ReaderSlots;
  readonly #clock: Clock;
  readonly #policy: RingHeader['stuckReader'];
  readonly #afterMillis: number;
  /** Position at which each reader first blocked the writer, in words. */
  readonly #positions = new Float64Array(SLOT_COUNT).fill(-1);
  readonly #since = new Float64Array(SLOT_COUNT);
  #nextProbe = Number.NEGATIVE_INFINITY;

  constructor(header: Pick<RingHeader, 'stuckReader' | 'stuckAfterMs'>, slots: ReaderSlots, clock: Clock) {
    this.#slots = slots;
    this.#clock = clock;
    this.#policy = header.stuckReader;
    this.#afterMillis = header.stuckAfterMs;
  }

  /**
   * Examines the readers before position `needed`, in 8-byte words, at most once per {@link PROBE_MILLIS}.
   * @returns `ReaderStuck`, or 0
   */
  examine(needed: number): number {
    const now = this.#clock.monotonicMillis();
    if (now < this.#nextProbe) return 0;
    this.#nextProbe = now + PROBE_MILLIS;
    let verdict = 0;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const position = this.#slots.positionOf(slot);
      if (position >= needed || this.#slots.evictDead(slot)) continue;
      if (this.#positions[slot] !== position) {
        this.#positions[slot] = position;
        this.#since[slot] = now;
      } else if (now - (this.#since[slot] as number) >= this.#afterMillis) {
        if (this.#policy === 'evict') this.#slots.evict(slot);
        else if (this.#policy === 'fail') verdict = WriteResult.ReaderStuck;
      }
    }
    return verdict;
  }
}
