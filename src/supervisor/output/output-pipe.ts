/**
 * One output of a child: a FIFO with a name.
 *
 * The child's descriptor is open for reading and writing, so it holds both ends. When the manager dies, the child
 * neither gets SIGPIPE nor loses a byte: its output waits in the pipe (256 KiB; then its writes block), and the next
 * manager opens the FIFO by its name and continues to read. The manager's end is also open both ways, so that a pause
 * between two runs of a process is not the end of the file. Bytes that left the pipe are in a file until the log has
 * them (output-spool.ts).
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { enlargePipe } from '../../platform/index.js';
import { SupervisorError } from '../supervisor-error.js';
import { LONGEST_PIECE, OutputSpool } from './output-spool.js';
import { PipeWatch } from './pipe-watch.js';

/**
 * Pieces taken in one turn of the event loop. With more, a flood arrives faster than its followers are served, and they
 * skip most of it: with 4 pieces they received 171 MB/s and skipped 349 of 512 MB, with 1 piece 224 MB/s and 130 MB.
 */
const PIECES_PER_TURN = 1;
/** Bytes that a drain takes at most from a pipe that a process keeps filling. */
const MOST_DRAINED = 4 * 1024 * 1024;

const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = fs.constants;

/** Where output goes. */
export interface OutputSink {
  /** Pieces taken, those of earlier managers included. */
  readonly appended: number;
  /** Largest number of bytes of a piece. */
  readonly longestPiece: number;
  /** Takes one piece; its bytes are valid during the call. */
  append(bytes: Buffer): void;
}

/** Creates the missing FIFOs with mode 0600. @throws SupervisorError `IN_USE` when a path holds something else */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  const missing = paths.filter((path) => !isFifo(path));
  if (missing.length > 0) await promisify(execFile)('mkfifo', ['-m', '600', ...missing]);
}

/** Takes the output of a child from its FIFO. */
export class OutputPipe {
  readonly path: string;
  readonly #sink: OutputSink;
  readonly #fd: number;
  readonly #watch: PipeWatch;
  /** null when the file cannot be written: a killed manager then loses the bytes that it has read and not yet appended. */
  #spool: OutputSpool | null;
  #closed = false;

  /** Appends first the bytes that an earlier manager had taken from the pipe and not appended. */
  constructor(path: string, sink: OutputSink) {
    this.path = path;
    this.#sink = sink;
    this.#fd = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    // Stays at 64 KiB where the user's pipes hold too much already.
    enlargePipe(this.#fd, LONGEST_PIECE);
    this.#spool = this.#openSpool();
    this.#watch = new PipeWatch(path, () => this.#take(PIECES_PER_TURN * sink.longestPiece));
  }

  /** A descriptor for the child; the caller closes it once the child has it. */
  openForChild(): number {
    return fs.openSync(this.path, O_RDWR | O_NOFOLLOW);
  }

  /** Takes what is in the pipe now. */
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
      // A full disk does not stop supervision.
      return null;
    }
    try {
      for (let left = spool.leftOver(this.#sink.appended); left.length > 0; ) {
        this.#sink.append(left);
        left = spool.leftOver(this.#sink.appended);
      }
    } catch (error) {
      // Without these bytes the output would have a gap: the process is not started.
      spool.close();
      throw error;
    }
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

  /** Without a spool, or with a full disk. */
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
  throw new SupervisorError(
    'IN_USE',
    `${path} is not a FIFO: another program keeps files in this folder; choose another runtime folder`,
  );
}
