/**
 * The timeout of a reader. The clock starts at the first empty poll and stops at any record or heartbeat. It runs on
 * the monotonic clock; only the reported expiration is Unix time.
 *
 * A timeout says that the writer is silent. The writer's lock says whether it is `late` (the lock is held), `dead` (the
 * lock is free) or `unknown` (no lock to ask). While the silence lasts, the lock is asked again and again: a late writer
 * may die, and a dead one may be replaced.
 */
import { type Clock, RingwireError } from '../../platform/index.js';
import type { TimeoutPolicy } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { nanosToTicks, ticksToMillis } from '../core/tick-unit.js';

const STOPPED = Number.NEGATIVE_INFINITY;
/** Milliseconds between two looks at the lock of a silent writer: its timeout, within these bounds. */
const MIN_LOOK_MILLIS = 10;
const MAX_LOOK_MILLIS = 1000;

const WRITER_STATES = {
  late: 'its writer lives but is late',
  dead: 'its writer is dead',
  unknown: 'whether its writer lives is unknown',
} as const;
type WriterState = keyof typeof WRITER_STATES;

export class InactivityTimer {
  readonly #header: Pick<ChannelHeader, 'timeout' | 'tickUnit'>;
  readonly #clock: Clock;
  readonly #policy: TimeoutPolicy;
  readonly #writerAlive: () => boolean | null;
  readonly #millis: number;
  #deadline = STOPPED;
  /** Monotonic milliseconds of the next look at the lock, while a timeout is reported. */
  #nextLook = STOPPED;
  #expired: RingwireError | null = null;

  /** `writerAlive`: what the writer's lock says; null when it cannot be asked. */
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

  /** The timeout that was reported and not withdrawn, or null. */
  get expired(): RingwireError | null {
    return this.#expired;
  }

  /** Whether a timeout has ended the channel for good. */
  get isFinal(): boolean {
    return this.#expired !== null && this.#policy === 'final';
  }

  /** Withdraws the timeout after a record or heartbeat, unless it is final. */
  reset(): void {
    if (this.#deadline !== STOPPED && !this.isFinal) this.restart();
  }

  /** Withdraws even a final timeout: the reader moved to another position. */
  restart(): void {
    this.#deadline = STOPPED;
    this.#expired = null;
  }

  /** Counts an empty poll. @returns the timeout, once its time is over; the lock is asked only then */
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

  /** The wall clock is read only here: starting the clock happens once per record where two processes take turns. */
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
