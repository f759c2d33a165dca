/**
 * Events as lines of a file: time, kind, pid, nonce, status and payload, separated by tabs. Source: varta-watch
 * `--export-file`.
 */
import { statusLabel } from '../frame/status.js';
import type { HealthEvent } from '../observer/health-event.js';
import type { VlpObserver } from '../observer/observer.js';
import { AppendFile, type AppendFileOptions } from './append-file.js';

const FLUSH_MILLIS = 100;

/** Options of {@link TsvExport}: those of all append-only files. Five rotated files are kept. */
export type TsvExportOptions = AppendFileOptions;

/**
 * Writes the events of an observer to a file of tab-separated lines. Source of the format: varta-watch `--export-file`.
 *
 * @example
 * const events = new TsvExport(observer, '/var/log/app/events.tsv', { maxBytes: 2 ** 20 });
 */
export class TsvExport {
  /** The absolute path. */
  readonly path: string;
  readonly #observer: VlpObserver;
  readonly #file: AppendFile;
  readonly #take = (event: HealthEvent) => this.#write(event);
  readonly #timer: NodeJS.Timeout;

  /** Appends to `path`. A new file has mode 0600. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
  constructor(observer: VlpObserver, path: string, options: TsvExportOptions = {}) {
    this.#observer = observer;
    this.#file = new AppendFile(path, options);
    this.path = this.#file.path;
    this.#timer = setInterval(() => this.flush(), FLUSH_MILLIS);
    this.#timer.unref();
    observer.on('event', this.#take);
  }

  /** Number of lines lost because the file could not be written. */
  get lost(): number {
    return this.#file.lost;
  }

  /** Writes the accepted lines. Passes errors to `onError`. */
  flush(): void {
    this.#file.flush();
  }

  /** Writes the rest and closes the file. A second call does nothing. */
  close(): void {
    this.#observer.off('event', this.#take);
    clearInterval(this.#timer);
    this.#file.close();
  }

  #write(event: HealthEvent): void {
    const line = lineOf(event);
    if (line !== null) this.#file.append(line);
  }
}

/** The line of an event; null for a recovery, which varta-watch does not write. */
export function lineOf(event: HealthEvent): string | null {
  const columns = columnsOf(event);
  return columns === null ? null : `${[event.nanos, ...columns].join('\t')}\n`;
}

function columnsOf(event: HealthEvent): readonly unknown[] | null {
  switch (event.kind) {
    case 'beat':
      return ['beat', event.pid, event.nonce, statusLabel(event.status), event.payload];
    case 'stall':
      return ['stall', event.pid, event.lastNonce, 'stall', '-'];
    case 'decode':
      return ['decode', '-', '-', '-', event.error.exportName];
    case 'io':
      return ['io', '-', '-', '-', event.error.replace(/[\t\n\r]/g, ' ')];
    case 'auth':
      return ['mismatch', event.claimedPid, '-', '-', 'auth_failure'];
    case 'eviction':
      return ['eviction', event.pid, '-', '-', '-'];
    default:
      return null;
  }
}
