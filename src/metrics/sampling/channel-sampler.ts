/** Samples one channel again and again: adds rates and the age of the last sign of life to what a look finds. */
import { RingwireError } from '../../platform/index.js';
import type { ChannelSample } from '../snapshot.js';
import type { ChannelLook, ChannelSource } from './channel-source.js';
import { openSource, unreadable } from './open-source.js';

/** Rates over a shorter time would be noise: until then the last ones are repeated. */
const SHORTEST_MILLIS = 40;

type Rates = Pick<ChannelSample, 'recordsPerSecond' | 'payloadBytesPerSecond'>;

const NO_RATES: Rates = { recordsPerSecond: null, payloadBytesPerSecond: null };

/** Samples one channel. */
export class ChannelSampler implements Disposable {
  readonly #root: string;
  readonly #id: bigint;
  #source: ChannelSource | null = null;
  /** The state of a channel that cannot change any more. */
  #final: ChannelLook | null = null;
  #before: { readonly look: ChannelLook; readonly at: number } | null = null;
  #rates: Rates = NO_RATES;
  #moved: { readonly position: number; readonly at: number } | null = null;

  constructor(root: string, channelId: bigint) {
    this.#root = root;
    this.#id = channelId;
  }

  /**
   * Takes a sample. An error of the channel becomes part of it.
   * @param now monotonic milliseconds
   * @param deadline monotonic milliseconds until which a log may be read
   */
  sample(now: number, deadline: number): ChannelSample {
    const look = this.#final ?? this.#look(deadline);
    if ((look.state === 'closed' || look.state === 'damaged') && look.caughtUp && look.kind !== 'journal') {
      this.#final = look;
      this[Symbol.dispose]();
    }
    this.#measure(look, now);
    const isOpen = look.state === 'alive';
    const heartbeatAgeMs = isOpen ? this.#age(look, now) : null;
    const isLate = heartbeatAgeMs !== null && look.timeoutMs !== null && heartbeatAgeMs >= look.timeoutMs;
    return {
      ...look,
      ...this.#rates,
      id: String(this.#id),
      root: this.#root,
      state: isLate ? 'late' : look.state,
      heartbeatAgeMs,
    };
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = null;
  }

  #measure(look: ChannelLook, now: number): void {
    const before = this.#before;
    if (before !== null && now - before.at < SHORTEST_MILLIS) return;
    this.#before = { look, at: now };
    if (before?.look.caughtUp !== true || !look.caughtUp) {
      this.#rates = NO_RATES;
      return;
    }
    const seconds = (now - before.at) / 1000;
    this.#rates = {
      recordsPerSecond: Math.max(0, (look.records - before.look.records) / seconds),
      payloadBytesPerSecond: Math.max(0, (look.payloadBytes - before.look.payloadBytes) / seconds),
    };
  }

  /** Milliseconds since the end of the channel last moved. */
  #age({ position }: ChannelLook, now: number): number {
    if (this.#moved?.position !== position) this.#moved = { position, at: now };
    return now - this.#moved.at;
  }

  #look(deadline: number): ChannelLook {
    try {
      this.#source ??= openSource(this.#root, this.#id);
      return this.#source.look(deadline);
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      this[Symbol.dispose]();
      return unreadable(this.#root, this.#id, error);
    }
  }
}
