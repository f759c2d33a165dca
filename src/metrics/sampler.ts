/** Samples channels, processes, agents, a media driver and relays into a {@link Snapshot}, once or at an interval. */
import path from 'node:path';
import { runtimeDirectory, SOCKET_NAME } from '../control/index.js';
import { VlpObserver } from '../health/index.js';
import { everyMs, type LongTimer, RingwireError, reasonOf } from '../platform/index.js';
import type { RelayRegistry } from './relay-registry.js';
import { AeronSource } from './sampling/aeron-source.js';
import { sampleAgents } from './sampling/agent-source.js';
import { ProcessSource } from './sampling/process-source.js';
import { RootSampler } from './sampling/root-sampler.js';
import type { Snapshot, SourceFault } from './snapshot.js';

/** Options of {@link Sampler}. Without any it samples nothing. */
export interface SamplerOptions {
  /** Root folders whose channels are sampled; a missing one counts as empty. Default: none. */
  readonly roots?: readonly string[];
  /** One more root folder. Default: none. */
  readonly root?: string;
  /** Control socket of a supervisor. Default: that of `runtimeDir`. */
  readonly controlSocket?: string;
  /** Runtime directory of a supervisor; an empty text: the default one. Default: no supervisor. */
  readonly runtimeDir?: string;
  /** Health observer of this process. Its owner closes it. Default: none. */
  readonly observer?: VlpObserver;
  /** Unix socket at which the sampler itself observes agents; it is removed at the end. Default: none. */
  readonly healthSocket?: string;
  /** Milliseconds of silence after which an agent at `healthSocket` is stalled, 10 to 2^53-1. Default: 5000. */
  readonly healthThresholdMs?: number;
  /** Folder of an Aeron media driver. Default: none. */
  readonly aeronDir?: string;
  /** Relays of this process. Default: none. */
  readonly relays?: RelayRegistry;
  /** Milliseconds between two samples for subscribers, from 50. Default: 1000. */
  readonly intervalMs?: number;
  /** Most milliseconds of one sampling for reading logs and journals, over all channels. Default: 50. */
  readonly readBudgetMs?: number;
}

/** Receives each snapshot. */
export type SnapshotListener = (snapshot: Snapshot) => void;

const SHORTEST_INTERVAL_MILLIS = 50;
const DEFAULT_THRESHOLD_MILLIS = 5000;

/**
 * Samples from outside: writers, readers and processes do not notice it.
 *
 * @example
 * using sampler = new Sampler({ root: '/dev/shm/app' });
 * const { channels } = await sampler.sample();
 * const stop = sampler.subscribe(({ channels }) => console.log(channels.length));
 */
export class Sampler implements Disposable {
  /** Milliseconds between two samples for subscribers. */
  readonly intervalMs: number;
  readonly #readBudgetMs: number;
  readonly #roots: readonly RootSampler[];
  readonly #processes: ProcessSource | null;
  readonly #observer: VlpObserver | null;
  readonly #ownsObserver: boolean;
  readonly #aeron: AeronSource | null;
  readonly #relays: RelayRegistry | null;
  readonly #listeners = new Set<SnapshotListener>();
  #timer: LongTimer | null = null;
  #running: Promise<Snapshot> | null = null;
  #latest: Snapshot | null = null;
  #closed = false;

  /**
   * @throws RingwireError `INVALID_ARGUMENT`; for `healthSocket` what `VlpObserver.bind` throws
   * @throws ControlError `ACCESS_DENIED` for a default runtime directory that other users may write to
   */
  constructor(options: SamplerOptions) {
    const { intervalMs = 1000, readBudgetMs = 50, aeronDir, relays, healthSocket, observer } = options;
    this.intervalMs = atLeast('intervalMs', intervalMs, SHORTEST_INTERVAL_MILLIS);
    this.#readBudgetMs = atLeast('readBudgetMs', readBudgetMs, 0);
    if (observer !== undefined && healthSocket !== undefined) {
      throw new RingwireError('INVALID_ARGUMENT', 'give observer or healthSocket, not both');
    }
    const socket = controlSocketOf(options);
    this.#processes = socket === null ? null : new ProcessSource(socket);
    this.#aeron = aeronDir === undefined ? null : new AeronSource(aeronDir);
    this.#relays = relays ?? null;
    const roots = [...(options.roots ?? []), ...(options.root === undefined ? [] : [options.root])];
    this.#roots = [...new Set(roots)].map((root) => new RootSampler(root, true));
    this.#ownsObserver = healthSocket !== undefined;
    this.#observer =
      healthSocket === undefined
        ? (observer ?? null)
        : VlpObserver.bind({
            socket: healthSocket,
            thresholdMs: options.healthThresholdMs ?? DEFAULT_THRESHOLD_MILLIS,
          });
  }

  /** The last snapshot; null before the first. */
  get latest(): Snapshot | null {
    return this.#latest;
  }

  /**
   * Takes a snapshot. Calls during a sampling share its result. A source that fails becomes a fault of the snapshot.
   * @throws RingwireError `CLOSED` after {@link close}
   */
  sample(): Promise<Snapshot> {
    if (this.#closed) return Promise.reject(new RingwireError('CLOSED', 'the sampler is closed'));
    this.#running ??= this.#sample().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Returns the last snapshot if it is younger than `maxAgeMs` milliseconds, otherwise a new one. @throws as {@link sample} */
  async recent(maxAgeMs: number): Promise<Snapshot> {
    const latest = this.#latest;
    return latest !== null && Date.now() - latest.takenAtMs < maxAgeMs ? latest : this.sample();
  }

  /**
   * Calls `listener` with a snapshot now and at each interval. Without listeners nothing is sampled.
   * @returns a function that ends the subscription
   */
  subscribe(listener: SnapshotListener): () => void {
    // A listener may be subscribed twice.
    const own: SnapshotListener = (snapshot) => listener(snapshot);
    this.#listeners.add(own);
    if (this.#timer === null && !this.#closed) {
      this.#timer = everyMs(this.intervalMs, () => this.#tick());
      this.#tick();
    } else if (this.#latest !== null) own(this.#latest);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#stop();
    };
  }

  /** Ends all subscriptions and closes what it opened. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#listeners.clear();
    for (const root of this.#roots) root[Symbol.dispose]();
    this.#processes?.[Symbol.dispose]();
    this.#aeron?.[Symbol.dispose]();
    if (this.#ownsObserver) void this.#observer?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #stop(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  #tick(): void {
    // A sampling that takes longer than the interval is not repeated meanwhile.
    if (this.#running !== null) return;
    void this.sample().then(
      (snapshot) => {
        for (const listener of this.#listeners) listener(snapshot);
      },
      () => {},
    );
  }

  async #sample(): Promise<Snapshot> {
    const began = performance.now();
    const takenAtMs = Date.now();
    const faults: SourceFault[] = [];
    const attempt = <T>(source: SourceFault['source'], take: () => T, without: T): T => {
      try {
        return take();
      } catch (error) {
        faults.push({ source, message: reasonOf(error) });
        return without;
      }
    };
    const channels = this.#roots.flatMap((root) =>
      attempt('channels', () => root.sample(this.#readBudgetMs / this.#roots.length), []),
    );
    const agents = attempt('agents', () => (this.#observer === null ? [] : sampleAgents(this.#observer)), []);
    const aeron = attempt('aeron', () => this.#aeron?.sample() ?? null, null);
    const relays = this.#relays?.samples() ?? [];
    const listed = this.#processes?.sample() ?? Promise.resolve([]);
    const processes = await listed.catch((error: unknown) => {
      faults.push({ source: 'processes', message: reasonOf(error) });
      return [];
    });
    const durationMs = performance.now() - began;
    this.#latest = { takenAtMs, durationMs, channels, processes, agents, aeron, relays, faults };
    return this.#latest;
  }
}

function controlSocketOf({ controlSocket, runtimeDir }: SamplerOptions): string | null {
  if (controlSocket !== undefined) return controlSocket;
  return runtimeDir === undefined ? null : path.join(runtimeDirectory(runtimeDir), SOCKET_NAME);
}

function atLeast(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be a number from ${least}, not ${value}`);
}
