/** Mapped logs by their path: publications and images of the same log share one mapping. */
import { LogBuffers, type LogOpening } from '../log-buffers.js';

/**
 * Counts the users of every log.
 *
 * INV-AERON-MAP-01: a log is unmapped only when no object references it and its linger time is over.
 */
export class LogPool {
  readonly #logs = new Map<string, { readonly log: LogBuffers; references: number }>();
  readonly #lingering: { readonly log: LogBuffers; readonly until: number }[] = [];
  readonly #lingerMs: number;
  readonly #opening: LogOpening;

  constructor(lingerMs: number, opening: LogOpening = {}) {
    this.#lingerMs = lingerMs;
    this.#opening = opening;
  }

  /** Number of mapped logs, in use or lingering. */
  get size(): number {
    return this.#logs.size + this.#lingering.length;
  }

  /** Maps a log, or adds a user to it. @throws what {@link LogBuffers.open} throws */
  acquire(file: string): LogBuffers {
    let entry = this.#logs.get(file);
    if (entry === undefined) {
      entry = { log: LogBuffers.open(file, this.#opening), references: 0 };
      this.#logs.set(file, entry);
    }
    entry.references++;
    return entry.log;
  }

  /** Creates an object that uses a log; releases the log when `make` fails. @throws what `make` and {@link acquire} throw */
  use<T>(logFile: string, onFailure: () => void, make: (log: LogBuffers) => T): T {
    let log: LogBuffers | null = null;
    try {
      log = this.acquire(logFile);
      return make(log);
    } catch (error) {
      if (log !== null) this.release(log, performance.now());
      onFailure();
      throw error;
    }
  }

  /** Removes a user. @param nowMs monotonic milliseconds */
  release(log: LogBuffers, nowMs: number): void {
    const entry = this.#logs.get(log.path);
    if (entry === undefined || --entry.references > 0) return;
    this.#logs.delete(log.path);
    this.#lingering.push({ log, until: nowMs + this.#lingerMs });
  }

  /** Unmaps the logs whose linger time is over. @param nowMs monotonic milliseconds */
  sweep(nowMs: number): void {
    while (this.#lingering.length > 0 && (this.#lingering[0] as { until: number }).until <= nowMs) {
      this.#lingering.shift()?.log.close();
    }
  }

  /** Unmaps all logs. The caller has closed all objects that use them. */
  close(): void {
    for (const { log } of this.#logs.values()) log.close();
    this.#logs.clear();
    this.sweep(Number.POSITIVE_INFINITY);
  }
}
