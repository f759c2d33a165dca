/**
 * A file that says that the observer itself lives: its pid, a tab, Unix time in milliseconds. Rewritten every half
 * second as long as the loop turns, each time as a whole.
 */
import fs from 'node:fs';
import { couldNotAccess } from '../../platform/index.js';

const WRITE_MILLIS = 500;

export class HeartbeatFile {
  readonly path: string;
  readonly #timer: NodeJS.Timeout;

  /** @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, for the first time it is written; later ones are tried again */
  constructor(path: string) {
    this.path = path;
    try {
      this.#write();
    } catch (error) {
      throw couldNotAccess(path, error);
    }
    this.#timer = setInterval(() => {
      try {
        this.#write();
      } catch {}
    }, WRITE_MILLIS);
    this.#timer.unref();
  }

  /** Stops writing; the file stays, and grows old. */
  close(): void {
    clearInterval(this.#timer);
  }

  #write(): void {
    const temporary = `${this.path}.${process.pid}.tmp`;
    fs.rmSync(temporary, { force: true });
    fs.writeFileSync(temporary, `${process.pid}\t${Date.now()}\n`, { flag: 'wx', mode: 0o644 });
    fs.renameSync(temporary, this.path);
  }
}
