/**
 * Output of a process in a file, beside the ring: `<folder>/<id>.<stream>.log`, rotated to `.1`, `.2`, … When another
 * program such as logrotate has moved or removed the file, the next output goes to a new one.
 */
import fs from 'node:fs';
import path from 'node:path';
import { makeOwnFolder } from '../../platform/index.js';
import { LineTimes } from './line-times.js';

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
  readonly #times: LineTimes | null;
  #fd: number;
  #size: number;
  /** Bytes that could not be written. */
  lost = 0;

  /** @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, or the error of the operating system */
  constructor(options: OutputFileOptions, id: string, stream: 'stdout' | 'stderr', timestamps: boolean) {
    const folder = path.resolve(options.folder);
    makeOwnFolder(folder);
    this.path = path.join(folder, `${id}.${stream}.log`);
    this.#maxSize = options.maxSize ?? 64 * MIB;
    this.#maxFiles = Math.max(1, options.maxFiles ?? 7);
    this.#fd = this.#open();
    this.#size = fs.fstatSync(this.#fd).size;
    this.#times = timestamps ? new LineTimes(this.#size > 0 && !this.#endsWithLine()) : null;
  }

  append(output: Buffer): void {
    const bytes = this.#times?.add(output) ?? output;
    if (!this.#isInPlace()) this.#reopen();
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

  /** Whether the path still leads to the open file. */
  #isInPlace(): boolean {
    try {
      const now = fs.statSync(this.path, { throwIfNoEntry: false });
      const own = fs.fstatSync(this.#fd);
      return now !== undefined && now.ino === own.ino && now.dev === own.dev;
    } catch {
      return true;
    }
  }

  #reopen(): void {
    try {
      this.#use(this.#open());
    } catch {
      // Output continues in the open file.
    }
  }

  #use(fd: number): void {
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#size = fs.fstatSync(fd).size;
  }

  #endsWithLine(): boolean {
    const last = Buffer.alloc(1);
    fs.readSync(this.#fd, last, 0, 1, this.#size - 1);
    return last.toString() === '\n';
  }

  #open(): number {
    const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = fs.constants;
    return fs.openSync(this.path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  }

  /** When a step fails, output continues in the open file, and the next append tries again. */
  #rotate(): void {
    try {
      // Missing after an attempt that failed between the last rename and the open: the others have moved already.
      if (fs.existsSync(this.path)) this.#shift();
      this.#use(this.#open());
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
