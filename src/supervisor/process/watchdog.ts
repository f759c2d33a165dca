/** Finds processes that use more memory or CPU than allowed, or send no health beats for too long. */
import { everyMs, type LongTimer } from '../../platform/index.js';
import type { NewEvent } from '../storage/event-feed.js';
import type { LivenessSource } from './liveness-source.js';
import type { ManagedProcess } from './managed-process.js';
import { USAGE_AGE_MILLIS } from './usage-sampler.js';

/** Checks all running processes at an interval. */
export class Watchdog {
  readonly #processes: () => Iterable<ManagedProcess>;
  readonly #emit: (event: NewEvent) => void;
  readonly #timer: LongTimer;
  /** By process id: the last beat, in monotonic milliseconds. */
  readonly #lastBeats = new Map<number, number>();
  readonly #beatListeners = new Set<(pid: number) => void>();
  readonly #warned = new Set<string>();
  #beats: LivenessSource | null = null;

  /** @param intervalMs milliseconds between checks */
  constructor(
    processes: () => Iterable<ManagedProcess>,
    emit: (event: NewEvent) => void,
    intervalMs: number,
  ) {
    this.#processes = processes;
    this.#emit = emit;
    this.#timer = everyMs(intervalMs, () => this.#watchOver());
  }

  /** Takes health beats from what `create` returns, and closes it at {@link close}. A second call does nothing. */
  listenTo(create: (() => LivenessSource) | undefined): void {
    if (this.#beats !== null || create === undefined) return;
    this.#beats = create();
    this.#beats.on('beat', (pid) => {
      this.#lastBeats.set(pid, performance.now());
      for (const listener of this.#beatListeners) listener(pid);
    });
  }

  /** Resolves at the next beat from `pid`. @throws the signal's reason when it aborts */
  nextBeat(pid: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.#beatListeners.delete(listener);
        signal.removeEventListener('abort', refuse);
      };
      const refuse = () => {
        finish();
        reject(signal.reason);
      };
      const listener = (from: number) => {
        if (from !== pid) return;
        finish();
        resolve();
      };
      this.#beatListeners.add(listener);
      signal.addEventListener('abort', refuse);
      if (signal.aborted) refuse();
    });
  }

  /** Stops enforcement. */
  pause(): void {
    this.#timer.stop();
  }

  /** Stops enforcement and closes the source of beats. */
  close(): void {
    this.pause();
    this.#beats?.close();
  }

  /** Checks limits and liveness. */
  #watchOver(): void {
    const pids = new Set<number>();
    for (const process of this.#processes()) {
      pids.add(process.pid);
      if (process.state !== 'running') continue;
      this.#checkLimits(process);
      this.#checkBeats(process);
    }
    // Any process may send beats; only those of supervised ones are kept.
    for (const pid of this.#lastBeats.keys()) if (!pids.has(pid)) this.#lastBeats.delete(pid);
  }

  #checkLimits(process: ManagedProcess): void {
    const { maxRss, maxCpuPercent, onExceed = 'warn' } = process.spec.resources;
    if (maxRss === undefined && maxCpuPercent === undefined) return;
    const { rss, cpuPercent } = process.usage?.sample(USAGE_AGE_MILLIS) ?? { rss: 0, cpuPercent: 0 };
    const reasons: string[] = [];
    if (maxRss !== undefined && rss > maxRss) reasons.push(`rss ${rss} of ${maxRss} bytes`);
    if (maxCpuPercent !== undefined && cpuPercent > maxCpuPercent) {
      reasons.push(`cpu ${cpuPercent.toFixed(0)} of ${maxCpuPercent} percent`);
    }
    this.#misbehaves(process, 'process.limit_exceeded', reasons.join(', '), onExceed === 'kill');
  }

  #checkBeats(process: ManagedProcess): void {
    const { liveness } = process.spec;
    const { run } = process;
    if (liveness === undefined || run === null) return;
    // An adopted child has the same time to find the new socket.
    const silentFor = performance.now() - (this.#lastBeats.get(run.pid) ?? run.ownedSince);
    const reason = silentFor > liveness.timeoutMs ? `no beat for ${Math.round(silentFor)} ms` : '';
    this.#misbehaves(process, 'process.stalled', reason, liveness.onStall !== 'warn');
  }

  /** Reports once for each time it begins; an empty reason means that the process is within its limits. */
  #misbehaves(process: ManagedProcess, type: string, reason: string, end: boolean): void {
    const key = `${process.spec.id} ${type}`;
    if (reason === '') {
      this.#warned.delete(key);
      return;
    }
    if (!this.#warned.has(key)) this.#emit({ id: process.spec.id, type, reason });
    this.#warned.add(key);
    if (!end) return;
    this.#warned.delete(key);
    process.terminate(reason);
  }
}
