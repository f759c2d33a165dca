/** Output of a process in a file, beside the ring: `<folder>/<id>.<stream>.log`, with rotation to `.1`, `.2`, … */
import fs from 'node:fs';
import path from 'node:path';

export interface OutputFileOptions {
  readonly folder: string;
  /** Bytes at which a file is put away. Default 64 MiB. */
  readonly maxSize?: number;
  /** Files kept in all, the current one included. Default 7. */
  readonly maxFiles?: number;
}

const MIB = 1024 * 1024;

export class OutputFile {
  readonly path: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  #fd: number;
  #size: number;
  /** Bytes that the disk did not take. */
  lost = 0;

  constructor(options: OutputFileOptions, id: string, stream: 'stdout' | 'stderr') {
    fs.mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.path = path.join(options.folder, `${id}.${stream}.log`);
    this.#maxSize = options.maxSize ?? 64 * MIB;
    this.#maxFiles = Math.max(1, options.maxFiles ?? 7);
    this.#fd = this.#open();
    this.#size = fs.fstatSync(this.#fd).size;
  }

  append(bytes: Buffer): void {
    if (this.#size > 0 && this.#size + bytes.length > this.#maxSize) this.#rotate();
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#fd, bytes, at);
      this.#size += bytes.length;
    } catch {
      // A full disk must not stop the process: the ring has the bytes, and the loss is counted.
      this.lost += bytes.length;
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #open(): number {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
    return fs.openSync(this.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  }

  #rotate(): void {
    fs.closeSync(this.#fd);
    for (let number = this.#maxFiles - 1; number >= 1; number--) {
      const from = number === 1 ? this.path : `${this.path}.${number - 1}`;
      if (fs.existsSync(from)) fs.renameSync(from, `${this.path}.${number}`);
    }
    if (this.#maxFiles === 1) fs.rmSync(this.path, { force: true });
    this.#fd = this.#open();
    this.#size = 0;
  }
}
