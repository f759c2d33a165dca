/**
 * Events as lines of a file: time, kind, pid, nonce, status, payload, separated by tabs. Source: varta-watch
 * `--export-file`; the `eviction` line is ours.
 */
import fs from 'node:fs';
import { couldNotAccess, reasonOf } from '../../platform/index.js';
import { statusLabel } from '../frame/status.js';
import type { HealthEvent } from '../observer/health-event.js';
import type { VlpObserver } from '../observer/observer.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
const FLUSH_MILLIS = 100;
/** Rotated files that are kept: PATH.1 (the newest) to PATH.5. */
const KEPT_FILES = 5;

export interface TsvExportOptions {
  /** Begin a new file when this one has so many bytes; default never. */
  readonly maxBytes?: number;
  /** Called once when a line could not be written; observing goes on. */
  readonly onError?: (message: string) => void;
}

export class TsvExport {
  readonly path: string;
  readonly #observer: VlpObserver;
  readonly #maxBytes: number;
  readonly #onError: (message: string) => void;
  readonly #take = (event: HealthEvent) => this.#write(event);
  readonly #timer: NodeJS.Timeout;
  #fd: number;
  #size: number;
  #lines: string[] = [];
  #failed = false;

  /** Appends to `path`, made with 0600 where there is none. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
  constructor(observer: VlpObserver, path: string, options: TsvExportOptions = {}) {
    this.path = path;
    this.#observer = observer;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#onError = options.onError ?? (() => {});
    this.#fd = openForAppending(path);
    this.#size = fs.fstatSync(this.#fd).size;
    this.#timer = setInterval(() => this.flush(), FLUSH_MILLIS);
    this.#timer.unref();
    observer.on('event', this.#take);
  }

  /** Writes what is not written yet. */
  flush(): void {
    if (this.#lines.length === 0 || this.#fd < 0) return;
    const text = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    try {
      if (this.#size > 0 && this.#size + text.length > this.#maxBytes) this.#rotate();
      for (let at = 0; at < text.length; ) at += fs.writeSync(this.#fd, text, at);
      this.#size += text.length;
    } catch (error) {
      if (!this.#failed) this.#onError(`cannot write ${this.path}: ${reasonOf(error)}`);
      this.#failed = true;
    }
  }

  /** Writes the rest and lets go of the file. */
  close(): void {
    if (this.#fd < 0) return;
    this.#observer.off('event', this.#take);
    clearInterval(this.#timer);
    this.flush();
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #write(event: HealthEvent): void {
    const line = lineOf(event);
    if (line !== null) this.#lines.push(line);
  }

  #rotate(): void {
    for (let i = KEPT_FILES; i > 1; i--) {
      const older = `${this.path}.${i - 1}`;
      if (fs.existsSync(older)) fs.renameSync(older, `${this.path}.${i}`);
    }
    fs.renameSync(this.path, `${this.path}.1`);
    const fd = openForAppending(this.path);
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#size = 0;
  }
}

/** The line of an event; null for a recovery, which the original does not write there. */
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

function openForAppending(path: string): number {
  try {
    return fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw couldNotAccess(path, error);
  }
}
