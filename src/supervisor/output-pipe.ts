/**
 * One output of a child: a FIFO with a name.
 *
 * The child's descriptor is open for reading and writing, so it holds both ends. When the manager dies the child
 * neither gets SIGPIPE nor loses a byte: what it writes waits in the pipe (64 KiB; then its writes wait), and the next
 * manager opens the FIFO by its name and goes on reading. The manager's end is open both ways too, so that a pause
 * between two runs of a process is no end of the file.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { promisify } from 'node:util';
import { SupervisorError } from './supervisor-error.js';

/** Bytes taken at a time: what a pipe holds. */
const CHUNK = 64 * 1024;
/** Chunks taken before the event loop gets its turn: followers of a flood are served in between. */
const CHUNKS_PER_TURN = 4;
/** At a drain, the most that is taken from a pipe that somebody keeps filling. */
const MOST_DRAINED = 4 * 1024 * 1024;

const { O_RDWR, O_NONBLOCK, O_NOFOLLOW } = fs.constants;

/** One for all pipes: each chunk is handed on before the next is read. */
const shared = Buffer.allocUnsafeSlow(CHUNK);

/** Called with bytes that are valid during the call. */
export type OutputHandler = (bytes: Buffer) => void;

/** Makes the FIFOs that are not there yet, mode 0600. */
export async function makeFifos(paths: readonly string[]): Promise<void> {
  const missing = paths.filter((path) => !isFifo(path));
  if (missing.length > 0) await promisify(execFile)('mkfifo', ['-m', '600', ...missing]);
}

export class OutputPipe {
  readonly path: string;
  readonly #handler: OutputHandler;
  readonly #fd: number;
  readonly #socket: net.Socket;
  #inThisTurn = 0;
  #closed = false;

  constructor(path: string, handler: OutputHandler) {
    this.path = path;
    this.#handler = handler;
    this.#fd = fs.openSync(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    const options: net.SocketConstructorOpts & { onread: net.OnReadOpts } = {
      fd: this.#fd,
      readable: true,
      writable: false,
      onread: { buffer: shared, callback: (length) => this.#take(length) },
    };
    this.#socket = new net.Socket(options);
    this.#socket.on('error', () => {});
    this.#socket.resume();
  }

  /** A descriptor for the child; the caller closes it once the child has it. */
  openForChild(): number {
    return fs.openSync(this.path, O_RDWR | O_NOFOLLOW);
  }

  /** Hands on what is in the pipe now. */
  drain(): void {
    if (this.#closed) return;
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let taken = 0; taken < MOST_DRAINED; ) {
      let length: number;
      try {
        length = fs.readSync(this.#fd, buffer);
      } catch {
        return;
      }
      if (length === 0) return;
      this.#handler(buffer.subarray(0, length));
      taken += length;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
  }

  #take(length: number): boolean {
    this.#handler(shared.subarray(0, length));
    if (++this.#inThisTurn < CHUNKS_PER_TURN) {
      if (this.#inThisTurn === 1) setImmediate(() => this.#nextTurn());
      return true;
    }
    return false;
  }

  #nextTurn(): void {
    const paused = this.#inThisTurn >= CHUNKS_PER_TURN;
    this.#inThisTurn = 0;
    if (paused && !this.#closed) this.#socket.resume().read(0);
  }
}

function isFifo(path: string): boolean {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFIFO()) return stats !== undefined;
  throw new SupervisorError('IN_USE', `${path} is no FIFO: another program keeps its files in this folder`);
}
