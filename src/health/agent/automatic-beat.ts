/**
 * Periodic beats on the event loop. Each carries the lag of the loop: the delay of a timer, which is the time that each
 * request of a Node service waits.
 */
import { performance } from 'node:perf_hooks';
import { RingwireError } from '../../platform/index.js';
import { Status } from '../frame/status.js';
import type { VlpAgent } from './agent.js';
import { BeatOutcome } from './outcome.js';

/** Options of {@link startAutomaticBeat}. */
export interface AutomaticBeatOptions {
  /** Milliseconds between beats, 10 to 2^53-1. */
  readonly intervalMs: number;
  /** Lag of the event loop in milliseconds, from 0, from which on the status is Degraded. Default: half of `intervalMs`. */
  readonly degradedLagMs?: number;
  /** Whether the beats keep the process alive. Default: false. */
  readonly keepAlive?: boolean;
}

/** Periodic beats; see {@link startAutomaticBeat}. */
export interface AutomaticBeat extends Disposable {
  /** Largest lag of the event loop between the last two beats, in milliseconds. */
  readonly lagMs: number;
  /** Number of sent beats. */
  readonly sent: number;
  /** Number of dropped and failed beats. */
  readonly lost: number;
  /** Stops the beats; a second call does nothing. */
  stop(): void;
}

/** Fewest measurements of the lag between two beats. */
const LOOKS_PER_BEAT = 10;
const LONGEST_LOOK_MILLIS = 50;

/**
 * Starts periodic beats. The payload is the largest lag since the last beat, in whole milliseconds. The status is Ok, or
 * Degraded from the threshold on.
 *
 * @example
 * using beats = startAutomaticBeat(agent, { intervalMs: 500 });
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function startAutomaticBeat(agent: VlpAgent, options: AutomaticBeatOptions): AutomaticBeat {
  const { intervalMs, degradedLagMs = intervalMs / 2, keepAlive = false } = options;
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 10) {
    throw new RingwireError('INVALID_ARGUMENT', `intervalMs must be from 10 to 2^53-1, not ${intervalMs}`);
  }
  if (!(degradedLagMs >= 0)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `degradedLagMs must be a number from 0, not ${degradedLagMs}`,
    );
  }
  return new LagBeat(agent, intervalMs, degradedLagMs, keepAlive);
}

class LagBeat implements AutomaticBeat {
  lagMs = 0;
  sent = 0;
  lost = 0;
  readonly #agent: VlpAgent;
  readonly #intervalMs: number;
  readonly #degradedLagMs: number;
  readonly #lookMillis: number;
  readonly #timer: NodeJS.Timeout;
  #expected: number;
  #nextBeat: number;
  #worst = 0;

  constructor(agent: VlpAgent, intervalMs: number, degradedLagMs: number, keepAlive: boolean) {
    this.#agent = agent;
    this.#intervalMs = intervalMs;
    this.#degradedLagMs = degradedLagMs;
    this.#lookMillis = Math.min(LONGEST_LOOK_MILLIS, Math.max(1, Math.floor(intervalMs / LOOKS_PER_BEAT)));
    const now = performance.now();
    this.#expected = now + this.#lookMillis;
    this.#nextBeat = now + intervalMs;
    this.#beat();
    this.#timer = setInterval(() => this.#look(), this.#lookMillis);
    if (!keepAlive) this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #look(): void {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#expected);
    this.#expected = now + this.#lookMillis;
    if (now < this.#nextBeat) return;
    this.#nextBeat = Math.max(this.#nextBeat + this.#intervalMs, now);
    this.#beat();
  }

  #beat(): void {
    this.lagMs = this.#worst;
    this.#worst = 0;
    const status = this.lagMs > this.#degradedLagMs ? Status.Degraded : Status.Ok;
    if (this.#agent.beat(status, Math.round(this.lagMs)) === BeatOutcome.Sent) this.sent++;
    else this.lost++;
  }
}
