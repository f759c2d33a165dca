/**
 * A file that proves that the observer runs: its pid, a tab, Unix time in milliseconds. It is replaced atomically every
 * half second while the event loop turns.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess } from '../../platform/index.js';

const WRITE_MILLIS = 500;

/** Replaces a file while this process runs. */
export class HeartbeatFile {
  /** The absolute path. */
  readonly path: string;
  readonly #timer: NodeJS.Timeout;

  /** Later failures to write are tried again. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` for the first one */
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

  /** Stops writing; the file stays. */
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
