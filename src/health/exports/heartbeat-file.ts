/**
 * A file that shows that the observer runs: its pid, a tab, Unix time in milliseconds. The observer replaces it atomically
 * every half second.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess } from '../../platform/index.js';

const WRITE_MILLIS = 500;

/**
 * Replaces a file every half second while the event loop of this process runs. Format: pid, a tab, Unix time in
 * milliseconds, a newline.
 *
 * @example
 * const heartbeat = new HeartbeatFile('/run/app/observer.heartbeat');
 */
export class HeartbeatFile {
  /** The absolute path. */
  readonly path: string;
  readonly #timer: NodeJS.Timeout;

  /** Writes the file. Later writes are retried after an error. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
  constructor(file: string) {
    this.path = path.resolve(file);
    try {
      this.#write();
    } catch (error) {
      throw couldNotAccess(this.path, error);
    }
    this.#timer = setInterval(() => {
      try {
        this.#write();
      } catch {}
    }, WRITE_MILLIS);
    this.#timer.unref();
  }

  /** Stops writing. The file remains. */
  close(): void {
    clearInterval(this.#timer);
  }

  #write(): void {
    const temporary = `${this.path}.${process.pid}.tmp`;
    fs.rmSync(temporary, { force: true });
    try {
      fs.writeFileSync(temporary, `${process.pid}\t${Date.now()}\n`, { flag: 'wx', mode: 0o644 });
      fs.renameSync(temporary, this.path);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
  }
}
