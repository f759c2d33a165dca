/**
 * The time-out of a reader: the clock starts at the first empty poll and stops at any record or heartbeat. It runs on
 * the monotonic clock; only the value reported is Unix time. A time-out says the writer is *late*; whether it is dead
 * is told by its lock.
 */
import { type Clock, RingwireError } from '../../platform/index.js';
import type { TimeoutPolicy } from '../core/channel-options.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { nanosToTicks, ticksToMillis } from '../core/tick-unit.js';

const STOPPED = Number.NEGATIVE_INFINITY;

export class InactivityTimer {
  readonly #header: Pick<ChannelHeader, 'timeout' | 'tickUnit'>;
  readonly #clock: Clock;
  readonly #policy: TimeoutPolicy;
  readonly #millis: number;
  #deadline = STOPPED;
  #expired: RingwireError | null = null;

  readonly #writerAlive: () => boolean | null;

  constructor(
    header: Pick<ChannelHeader, 'timeout' | 'tickUnit'>,
    clock: Clock,
    policy: TimeoutPolicy,
    writerAlive: () => boolean | null,
  ) {
    this.#writerAlive = writerAlive;
    this.#header = header;
    this.#clock = clock;
    this.#policy = policy;
    this.#millis =
      policy === 'never' ? Number.POSITIVE_INFINITY : ticksToMillis(header.timeout, header.tickUnit);
  }

  /** The time-out that was met and not taken back, or null. */
  get expired(): RingwireError | null {
    return this.#expired;
  }

  /** Whether a time-out has ended the channel for good. */
  get isFinal(): boolean {
    return this.#expired !== null && this.#policy === 'final';
  }

  /** Something came. */
  reset(): void {
    if (this.#deadline !== STOPPED && !this.isFinal) this.restart();
  }

  /** The reader went elsewhere: even a final time-out is taken back. */
  restart(): void {
    this.#deadline = STOPPED;
    this.#expired = null;
  }

  /** Nothing came. Answers the time-out once its time is over; the writer's lock is looked at only then. */
  onEmptyPoll(path: string): RingwireError | null {
    if (this.#millis === Number.POSITIVE_INFINITY || this.isFinal) return this.#expired;
    const now = this.#clock.monotonicMillis();
    if (this.#deadline === STOPPED) {
      this.#deadline = now + this.#millis;
    } else if (now >= this.#deadline) this.#expired ??= this.#timedOut(path, now - this.#deadline);
    return this.#expired;
  }

  /** The wall clock is read only here: starting the clock happens once per record where two processes take turns. */
  #timedOut(path: string, overdueMillis: number): RingwireError {
    const expiredAt = this.#clock.unixNanos() - BigInt(Math.round(overdueMillis * 1e6));
    const alive = this.#writerAlive();
    const writer = alive === null ? 'unknown' : alive ? 'late' : 'dead';
    const what = {
      late: 'its writer lives but is late',
      dead: 'its writer is dead',
      unknown: 'whether its writer lives cannot be told',
    }[writer];
    return new RingwireError('TIMEOUT', `no record and no heartbeat in ${path} in time: ${what}`, {
      path,
      expiration: nanosToTicks(expiredAt, this.#header.tickUnit),
      writer,
    });
  }
}
