/**
 * Standard output of a manager in the foreground. A reader that is too slow, or a terminal that is stopped with Ctrl-S,
 * never delays the manager: output that does not fit is skipped and counted.
 */
import fs from 'node:fs';
import { systemCode } from '../platform/index.js';
import { prefixedLines, printNote } from './print.js';
import { forTerminal } from './rendering/printable.js';

/** Bytes that wait at most. */
const LIMIT = 1024 * 1024;
const RETRY_MILLIS = 20;

/** Writes lines without waiting for the reader. */
export class LiveOutput implements Disposable {
  readonly #raw: boolean;
  /** Terminals are written through a descriptor that does not block: Node blocks on them. -1 for other outputs. */
  readonly #terminal: number;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #retry: NodeJS.Timeout | undefined;
  #skipped = 0;

  /** @param raw keeps control characters of processes on a terminal */
  constructor(raw: boolean) {
    this.#raw = raw;
    this.#terminal = process.stdout.isTTY ? reopenTerminal() : -1;
  }

  /** Writes lines of a process, each after a prefix of the command, or skips and counts them. */
  lines(prefix: string, lines: readonly Buffer[]): void {
    if (this.#pending > LIMIT) this.#skipped += lines.length;
    else this.#write(prefixedLines(process.stdout, prefix, lines, this.#raw));
  }

  /** Writes a text of the command; it is never skipped. */
  text(text: string): void {
    this.#write(Buffer.from(forTerminal(text)));
  }

  [Symbol.dispose](): void {
    this.#reportSkipped();
    if (this.#terminal >= 0) this.#send();
    clearTimeout(this.#retry);
    if (this.#terminal >= 0) fs.closeSync(this.#terminal);
  }

  get #pending(): number {
    return this.#terminal < 0 ? process.stdout.writableLength : this.#waitingBytes;
  }

  #write(bytes: Buffer): void {
    if (this.#pending <= LIMIT) this.#reportSkipped();
    if (this.#terminal < 0) {
      process.stdout.write(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#send();
  }

  #reportSkipped(): void {
    if (this.#skipped === 0) return;
    printNote(`${this.#skipped} lines of output skipped: the reader of the output is too slow`);
    this.#skipped = 0;
  }

  #send(): void {
    clearTimeout(this.#retry);
    try {
      for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
        const written = fs.writeSync(this.#terminal, first);
        this.#waitingBytes -= written;
        if (written < first.length) this.#waiting[0] = first.subarray(written);
        else this.#waiting.shift();
      }
    } catch (error) {
      if (systemCode(error) === 'EAGAIN') this.#retry = setTimeout(() => this.#send(), RETRY_MILLIS).unref();
      else this.#drop();
    }
  }

  /** The terminal is gone. */
  #drop(): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }
}

/** @returns -1 when this process may not open its terminal, for example after `su` */
function reopenTerminal(): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  try {
    return fs.openSync('/proc/self/fd/1', O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return -1;
  }
}
