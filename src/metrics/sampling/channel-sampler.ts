/** Samples one channel again and again: adds rates and the age of the last sign of life to what a look finds. */
import { perSecond } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import type { ChannelSample } from '../snapshot.js';
import type { ChannelLook, ChannelSource, Reused } from './channel-source.js';
import { openSource, unreadable } from './open-source.js';

/** Rates over a shorter time would be noise: until then the last ones are repeated. */
const SHORTEST_MILLIS = 40;

/** Samples one channel. */
export class ChannelSampler implements Disposable {
  readonly #root: string;
  readonly #id: bigint;
  readonly #idText: string;
  /** Name of the channel; null if it has none. */
  name: string | null = null;
  #source: ChannelSource | null = null;
  /** The state of a channel that cannot change any more. */
  #final: ChannelLook | null = null;
  /** Counts of an earlier sample, and its time; no time before the first. */
  #records = 0;
  #payloadBytes = 0;
  #caughtUp = false;
  #countedAt: number | null = null;
  #recordsPerSecond: number | null = null;
  #payloadBytesPerSecond: number | null = null;
  /** The samples of the last two samplings: a new one for each sampling would be garbage that lives for a while. */
  #latest: Reused<ChannelSample> | null = null;
  #earlier: Reused<ChannelSample> | null = null;
  /** Where the end of the channel was seen first, and when. */
  #position = -1;
  #movedAt = 0;

  constructor(root: string, channelId: bigint) {
    this.#root = root;
    this.#id = channelId;
    this.#idText = String(channelId);
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
    const sample = this.#earlier ?? this.#newSample();
    this.#earlier = this.#latest;
    this.#latest = sample;
    sample.name = this.name;
    sample.path = look.path;
    sample.kind = look.kind;
    sample.state = isLate ? 'late' : look.state;
    sample.pid = look.pid;
    sample.capacity = look.capacity;
    sample.position = look.position;
    sample.oldestPosition = look.oldestPosition;
    sample.records = look.records;
    sample.payloadBytes = look.payloadBytes;
    sample.payloadExact = look.payloadExact;
    sample.readableRecords = look.readableRecords;
    sample.caughtUp = look.caughtUp;
    sample.fill = look.fill;
    sample.restarts = look.restarts;
    sample.heartbeatAgeMs = heartbeatAgeMs;
    sample.timeoutMs = look.timeoutMs;
    sample.recordsPerSecond = this.#recordsPerSecond;
    sample.payloadBytesPerSecond = this.#payloadBytesPerSecond;
    sample.readers = look.readers;
    sample.error = look.error;
    sample.errorCode = look.errorCode;
    return sample;
  }

  /** Written out: each object that a spread fills has a hidden class of its own. */
  #newSample(): Reused<ChannelSample> {
    return {
      id: this.#idText,
      name: this.name,
      root: this.#root,
      path: '',
      kind: null,
      state: 'missing',
      pid: null,
      capacity: 0,
      position: 0,
      oldestPosition: 0,
      records: 0,
      payloadBytes: 0,
      payloadExact: false,
      readableRecords: null,
      caughtUp: false,
      fill: 0,
      restarts: null,
      heartbeatAgeMs: null,
      timeoutMs: null,
      recordsPerSecond: null,
      payloadBytesPerSecond: null,
      readers: [],
      error: null,
      errorCode: null,
    };
  }

  [Symbol.dispose](): void {
    this.#source?.[Symbol.dispose]();
    this.#source = null;
  }

  #measure({ records, payloadBytes, caughtUp }: ChannelLook, now: number): void {
    const seconds = this.#countedAt === null ? 0 : (now - this.#countedAt) / 1000;
    if (this.#countedAt !== null && seconds < SHORTEST_MILLIS / 1000) return;
    const isKnown = this.#countedAt !== null && this.#caughtUp && caughtUp;
    this.#recordsPerSecond = isKnown ? perSecond(records - this.#records, seconds) : null;
    this.#payloadBytesPerSecond = isKnown ? perSecond(payloadBytes - this.#payloadBytes, seconds) : null;
    this.#records = records;
    this.#payloadBytes = payloadBytes;
    this.#caughtUp = caughtUp;
    this.#countedAt = now;
  }

  /** Milliseconds since the end of the channel last moved. */
  #age({ position }: ChannelLook, now: number): number {
    if (this.#position !== position) {
      this.#position = position;
      this.#movedAt = now;
    }
    return now - this.#movedAt;
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
