/** Samples one channel again and again: adds rates and the age of the last sign of life to what a look finds. */
import { RingwireError } from '../../platform/index.js';
import type { ChannelSample } from '../snapshot.js';
import type { ChannelLook, ChannelSource } from './channel-source.js';
import { openSource, unreadable } from './open-source.js';

/** Rates over a shorter time would be noise: until then the last ones are repeated. */
const SHORTEST_MILLIS = 40;

/** Counts of an earlier sample. */
interface Counts {
  readonly records: number;
  readonly payloadBytes: number;
  readonly caughtUp: boolean;
  readonly at: number;
}

/** Samples one channel. */
export class ChannelSampler implements Disposable {
  readonly #root: string;
  readonly #id: bigint;
  readonly #name: string;
  #source: ChannelSource | null = null;
  /** The state of a channel that cannot change any more. */
  #final: ChannelLook | null = null;
  #before: Counts | null = null;
  #recordsPerSecond: number | null = null;
  #payloadBytesPerSecond: number | null = null;
  #moved: { readonly position: number; readonly at: number } | null = null;

  constructor(root: string, channelId: bigint) {
    this.#root = root;
    this.#id = channelId;
    this.#name = String(channelId);
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
    // Written out: a spread of so many fields would be the largest part of a sampling.
    return {
      id: this.#name,
      root: this.#root,
      path: look.path,
      kind: look.kind,
      state: isLate ? 'late' : look.state,
      pid: look.pid,
      capacity: look.capacity,
      position: look.position,
      oldestPosition: look.oldestPosition,
      records: look.records,
      payloadBytes: look.payloadBytes,
      payloadExact: look.payloadExact,
      readableRecords: look.readableRecords,
      caughtUp: look.caughtUp,
      fill: look.fill,
      restarts: look.restarts,
      heartbeatAgeMs,
      timeoutMs: look.timeoutMs,
      recordsPerSecond: this.#recordsPerSecond,
      payloadBytesPerSecond: this.#payloadBytesPerSecond,
      readers: look.readers,
      error: look.error,
      errorCode: look.errorCode,
    };
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = null;
  }

  #measure(look: ChannelLook, now: number): void {
    const before = this.#before;
    if (before !== null && now - before.at < SHORTEST_MILLIS) return;
    const { records, payloadBytes, caughtUp } = look;
    this.#before = { records, payloadBytes, caughtUp, at: now };
    const isKnown = before?.caughtUp === true && caughtUp;
    const perSecond = (after: number, earlier: number) =>
      isKnown ? Math.max(0, ((after - earlier) * 1000) / (now - before.at)) : null;
    this.#recordsPerSecond = perSecond(records, before?.records ?? 0);
    this.#payloadBytesPerSecond = perSecond(payloadBytes, before?.payloadBytes ?? 0);
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
