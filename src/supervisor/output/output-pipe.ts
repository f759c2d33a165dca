/**
 * One output of a child: a FIFO with a name.
 *
 * The child's descriptor is open for reading and writing, so it holds both ends. When the manager dies the child
 * neither gets SIGPIPE nor loses a byte: what it writes waits in the pipe (256 KiB; then its writes wait), and the next
 * manager opens the FIFO by its name and goes on reading. The manager's end is open both ways too, so that a pause
 * between two runs of a process is no end of the file. What has left the pipe is in a file until the log has it
 * (output-spool.ts).
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { enlargePipe } from '../../platform/index.js';
import { SupervisorError } from '../supervisor-error.js';
import { LONGEST_PIECE, OutputSpool } from './output-spool.js';
import { PipeWatch } from './pipe-watch.js';

/**
 * Pieces taken before the event loop gets its turn. With more, a flood comes in faster than its followers are served,
 * and they skip most of it: 4 pieces gave them 171 MB/s and 349 of 512 MB skipped, 1 piece 224 and 130.
 */
const PIECES_PER_TURN = 1;
/** At a drain, the most that is taken from a pipe that somebody keeps filling. */
const MOST_DRAINED = 4 * 1024 * 1024;

const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = fs.constants;

export interface OutputSink {
  /** How many pieces it has taken, those from earlier managers included. */
  readonly appended: number;
  /** Bytes that a piece may have. */
  readonly longestPiece: number;
  /** Takes one piece; its bytes are valid during the call. */
  append(bytes: Buffer): void;
}

/** Makes the FIFOs that are not there yet, mode 0600. */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  const missing = paths.filter((path) => !isFifo(path));
  if (missing.length > 0) await promisify(execFile)('mkfifo', ['-m', '600', ...missing]);
}

export class OutputPipe {
  readonly path: string;
  readonly #sink: OutputSink;
  readonly #fd: number;
  readonly #watch: PipeWatch;
  /** null where there can be none: what is read and not yet in the log is lost with a manager that is killed. */
  #spool: OutputSpool | null;
  #closed = false;

  /** Hands on at once what an earlier manager had taken from the pipe and could not hand on. */
  constructor(path: string, sink: OutputSink) {
    this.path = path;
    this.#sink = sink;
    this.#fd = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    // Where the user's pipes hold too much already it stays at 64 KiB.
    enlargePipe(this.#fd, LONGEST_PIECE);
    this.#spool = this.#openSpool();
    this.#watch = new PipeWatch(path, () => this.#take(PIECES_PER_TURN * sink.longestPiece));
  }

  /** A descriptor for the child; the caller closes it once the child has it. */
  openForChild(): number {
    return fs.openSync(this.path, O_RDWR | O_NOFOLLOW);
  }

  /** Hands on what is in the pipe now. */
  drain(): void {
    if (!this.#closed) this.#take(MOST_DRAINED);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    this.#spool?.close();
    fs.closeSync(this.#fd);
  }

  #openSpool(): OutputSpool | null {
    let spool: OutputSpool;
    try {
      spool = new OutputSpool(`${this.path}.spool`, this.#sink.longestPiece);
    } catch {
      // A disk that takes nothing is no reason to stop supervising.
      return null;
    }
    const left = spool.leftOver(this.#sink.appended);
    if (left.length > 0) this.#sink.append(left);
    return this.#handedOn(spool);
  }

  #take(most: number): void {
    for (let taken = 0; taken < most; ) {
      const piece = this.#spool?.take(this.#fd) ?? this.#read();
      const bytes = typeof piece === 'number' ? this.#read() : piece;
      if (bytes.length === 0) return;
      this.#sink.append(bytes);
      if (this.#spool !== null) this.#spool = this.#handedOn(this.#spool);
      taken += bytes.length;
    }
  }

  #handedOn(spool: OutputSpool): OutputSpool | null {
    try {
      spool.handedOn(this.#sink.appended);
      return spool;
    } catch {
      spool.close();
      return null;
    }
  }

  /** Without a spool, or with one whose disk is full. */
  #read(): Buffer {
    const buffer = Buffer.allocUnsafe(this.#sink.longestPiece);
    try {
      return buffer.subarray(0, fs.readSync(this.#fd, buffer));
    } catch {
      return buffer.subarray(0, 0);
    }
  }
}

function isFifo(path: string): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFIFO()) return stats !== undefined;
  throw new SupervisorError('IN_USE', `${path} is no FIFO: another program keeps its files in this folder`);
}
