/** Output of a process in a file, beside the ring: `<folder>/<id>.<stream>.log`, rotated to `.1`, `.2`, … */
import fs from 'node:fs';
import path from 'node:path';
import { makeOwnFolder } from '../../platform/index.js';

/** Where output goes to files, and how much is kept. */
export interface OutputFileOptions {
  /** Created with mode 0700 when it is missing; no other user may write to it. */
  readonly folder: string;
  /** Bytes at which a file is rotated. Default 64 MiB. */
  readonly maxSize?: number;
  /** Files kept, the current one included. Default 7. */
  readonly maxFiles?: number;
}

const MIB = 1024 * 1024;

/** The files of one output. A failing disk loses bytes here, which the ring still has; it stops nothing. */
export class OutputFile {
  /** Absolute path of the current file. */
  readonly path: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  #fd: number;
  #size: number;
  /** Bytes that could not be written. */
  lost = 0;

  /** @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, or the error of the operating system */
  constructor(options: OutputFileOptions, id: string, stream: 'stdout' | 'stderr') {
    const folder = path.resolve(options.folder);
    makeOwnFolder(folder);
    this.path = path.join(folder, `${id}.${stream}.log`);
    this.#maxSize = options.maxSize ?? 64 * MIB;
    this.#maxFiles = Math.max(1, options.maxFiles ?? 7);
    this.#fd = this.#open();
    this.#size = fs.fstatSync(this.#fd).size;
  }

  append(bytes: Buffer): void {
    if (this.#size > 0 && this.#size + bytes.length > this.#maxSize) this.#rotate();
    let at = 0;
    try {
      while (at < bytes.length) at += fs.writeSync(this.#fd, bytes, at);
    } catch {
      this.lost += bytes.length - at;
    }
    this.#size += at;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #open(): number {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
    return fs.openSync(this.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  }

  /** When a step fails, output continues in the open file, and the next append tries again. */
  #rotate(): void {
    try {
      // Missing after an attempt that failed between the last rename and the open: the others have moved already.
      if (fs.existsSync(this.path)) this.#shift();
      const fd = this.#open();
      fs.closeSync(this.#fd);
      this.#fd = fd;
      this.#size = 0;
    } catch {
      // The file grows beyond its size.
    }
  }

  #shift(): void {
    for (let number = this.#maxFiles - 1; number >= 1; number--) {
      const from = number === 1 ? this.path : `${this.path}.${number - 1}`;
      if (fs.existsSync(from)) fs.renameSync(from, `${this.path}.${number}`);
    }
    if (this.#maxFiles === 1) fs.rmSync(this.path, { force: true });
  }
}
