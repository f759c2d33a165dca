/** Memory and CPU of a process and its descendants, from /proc. */
import { readRss, readStat, withDescendants } from './proc-files.js';

/** Usage younger than this is not measured again, in milliseconds. */
export const USAGE_AGE_MILLIS = 250;

/** Memory and CPU at one moment. */
export interface Usage {
  /** Resident bytes. */
  readonly rss: number;
  /** Percent of one core since the sample before; 0 for the first. */
  readonly cpuPercent: number;
}

/** Samples one process and its descendants. */
export class UsageSampler {
  readonly #pid: number;
  /** CPU milliseconds by pid at the last sample. */
  #before = new Map<number, number>();
  #at = 0;
  #last: Usage = { rss: 0, cpuPercent: 0 };

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** A sample, or the last one if it is younger than `maxAgeMs` or /proc cannot be read. */
  sample(maxAgeMs: number): Usage {
    const now = performance.now();
    if (this.#at > 0 && now - this.#at < maxAgeMs) return this.#last;
    try {
      this.#measure(now);
    } catch {
      // No descriptor was free: the last sample stays.
    }
    return this.#last;
  }

  #measure(now: number): void {
    const elapsed = now - this.#at;
    const cpu = new Map<number, number>();
    let rss = 0;
    let spent = 0;
    for (const pid of withDescendants(this.#pid)) {
      const stat = readStat(pid);
      if (stat === null) continue;
      rss += readRss(pid);
      cpu.set(pid, stat.cpuMillis);
      spent += stat.cpuMillis - (this.#before.get(pid) ?? (this.#at > 0 ? 0 : stat.cpuMillis));
    }
    this.#before = cpu;
    this.#last = { rss, cpuPercent: this.#at > 0 ? (spent * 100) / elapsed : 0 };
    this.#at = now;
  }
}
