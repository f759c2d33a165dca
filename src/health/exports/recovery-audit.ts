/**
 * The audit file of recovery commands, one line for each event, separated by tabs:
 *
 *     sequence  unix-ms  observer-ns  action  pid  child  detail  duration-ns  stdout-bytes  stderr-bytes  truncated
 *
 * `-` is an unknown value. The sequence number starts at 1 in each observer. The first line of a new file names the
 * format, which differs from that of varta-watch.
 */
import type { RecoveryEvent } from '../observer/health-event.js';
import type { VlpObserver } from '../observer/observer.js';
import { AppendFile, type AppendFileOptions } from './append-file.js';

/** First line of a new file. */
export const AUDIT_HEADER = '# ringwire recovery audit v1\n';
const RETRY_MILLIS = 1000;

/**
 * Records the recovery commands of an observer in a file.
 *
 * @example
 * const audit = new RecoveryAudit(observer, '/var/log/app/recovery.tsv');
 */
export class RecoveryAudit {
  readonly #observer: VlpObserver;
  readonly #file: AppendFile;
  readonly #take = (event: RecoveryEvent) => this.#write(event);
  readonly #timer: NodeJS.Timeout;
  #sequence = 0;

  /**
   * Appends to `path`. A new file has mode 0600. Each line is written immediately and, by default, synced.
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
   */
  constructor(observer: VlpObserver, path: string, options: AppendFileOptions = {}) {
    this.#observer = observer;
    this.#file = new AppendFile(path, { syncEvery: 1, ...options });
    if (this.#file.isEmpty) this.#file.append(AUDIT_HEADER);
    this.#flush();
    this.#timer = setInterval(() => this.#flush(), RETRY_MILLIS);
    this.#timer.unref();
    observer.on('recovery', this.#take);
  }

  /** Writes the rest and closes the file. A second call does nothing. */
  close(): void {
    this.#observer.off('recovery', this.#take);
    clearInterval(this.#timer);
    this.#file.close();
  }

  #write(event: RecoveryEvent): void {
    const { nanos, action, pid, child = '-', detail = '-', durationMs } = event;
    const { stdoutBytes = '-', stderrBytes = '-', truncated = '-' } = event;
    const duration = durationMs === undefined ? '-' : Math.round(durationMs * 1e6);
    const safe = String(detail).replace(/[\t\n\r]/g, ' ');
    const cells = [++this.#sequence, Date.now(), nanos, action, pid, child, safe, duration];
    this.#file.append(`${[...cells, stdoutBytes, stderrBytes, truncated].join('\t')}\n`);
    this.#flush();
  }

  #flush(): void {
    this.#file.flush();
    this.#observer.counters.auditDropped = this.#file.lost;
  }
}
