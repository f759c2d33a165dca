/**
 * The timeout of a reader. It starts at the first empty poll and stops at any record or heartbeat. It uses the
 * monotonic clock; only the reported expiration is Unix time.
 *
 * A timeout means that the writer is silent. The writer's lock decides between `late` (the lock is held), `dead` (the
 * lock is free) and `unknown` (no lock). During the silence the timer checks the lock repeatedly: a late writer may
 * die, and a dead one may be replaced.
 */
import { type Clock, RingwireError } from '../../platform/index.js';
import type { TimeoutPolicy } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { nanosToTicks, ticksToMillis } from '../core/tick-unit.js';

const STOPPED = Number.NEGATIVE_INFINITY;
/**
 * Minimum time in milliseconds between two checks of the lock of a silent writer. The interval is the timeout of the
 * channel, within bounds.
 */
const MIN_LOOK_MILLIS = 10;
const MAX_LOOK_MILLIS = 1000;

const WRITER_STATES = {
  late: 'its writer is alive but late',
  dead: 'its writer is dead',
  unknown: 'the state of its writer is unknown',
} as const;
type WriterState = keyof typeof WRITER_STATES;

/** Measures the silence of a writer for one reader. */
export class InactivityTimer {
  readonly #header: Pick<ChannelHeader, 'timeout' | 'tickUnit'>;
  readonly #clock: Clock;
  readonly #policy: TimeoutPolicy;
  readonly #writerAlive: () => boolean | null;
  readonly #millis: number;
  #deadline = STOPPED;
  /** Monotonic time of the next check of the lock in milliseconds, while a timeout is reported. */
  #nextLook = STOPPED;
  #expired: RingwireError | null = null;

  /** Creates the timer. `writerAlive`: checks the writer's lock; null if there is none. */
  constructor(
    header: Pick<ChannelHeader, 'timeout' | 'tickUnit'>,
    clock: Clock,
    policy: TimeoutPolicy,
    writerAlive: () => boolean | null,
  ) {
    this.#header = header;
    this.#clock = clock;
    this.#policy = policy;
    this.#writerAlive = writerAlive;
    this.#millis =
      policy === 'never' ? Number.POSITIVE_INFINITY : ticksToMillis(header.timeout, header.tickUnit);
  }

  /** The current timeout, or null. */
  get expired(): RingwireError | null {
    return this.#expired;
  }

  /** Whether a final timeout has ended the channel for this reader. */
  get isFinal(): boolean {
    return this.#expired !== null && this.#policy === 'final';
  }

  /** Withdraws the timeout after a record or heartbeat, unless it is final. */
  reset(): void {
    if (this.#deadline !== STOPPED && !this.isFinal) this.restart();
  }

  /** Withdraws any timeout, also a final one, because the reader moved to another position. */
  restart(): void {
    this.#deadline = STOPPED;
    this.#expired = null;
  }

  /**
   * Counts an empty poll. Checks the lock only after the timeout.
   * @returns the timeout, or null before it expires
   */
  onEmptyPoll(path: string): RingwireError | null {
    if (this.#millis === Number.POSITIVE_INFINITY || this.isFinal) return this.#expired;
    const now = this.#clock.monotonicMillis();
    if (this.#deadline === STOPPED) this.#deadline = now + this.#millis;
    else if (now >= this.#deadline) this.#report(path, now);
    return this.#expired;
  }

  #report(path: string, now: number): void {
    if (this.#expired !== null && now < this.#nextLook) return;
    this.#nextLook = now + Math.min(Math.max(this.#millis, MIN_LOOK_MILLIS), MAX_LOOK_MILLIS);
    const alive = this.#writerAlive();
    const writer = alive === null ? 'unknown' : alive ? 'late' : 'dead';
    if (this.#expired?.writer !== writer) this.#expired = this.#timedOut(path, now - this.#deadline, writer);
  }

  /** Reads the wall clock here only: the timer may start once for each record when two processes alternate. */
  #timedOut(path: string, overdueMillis: number, writer: WriterState): RingwireError {
    const expiredAt = this.#clock.unixNanos() - BigInt(Math.round(overdueMillis * 1e6));
    return new RingwireError(
      'TIMEOUT',
      `no record and no heartbeat in ${path} in time: ${WRITER_STATES[writer]}`,
      {
        path,
        expiration: nanosToTicks(expiredAt, this.#header.tickUnit),
        writer,
        ...(this.#policy === 'final' ? { final: true } : {}),
      },
    );
  }
}
