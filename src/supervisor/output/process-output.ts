/** The two outputs of one process: from the pipes to the rings, to files if wanted, and to whoever looks for a line. */
import path from 'node:path';
import type { LogStream, SnapshotOptions, Watch } from '../../control/index.js';
import type { OutputLog, Storage } from '../storage/storage.js';
import { LineFinder } from './line-finder.js';
import { OutputFile, type OutputFileOptions } from './output-file.js';
import { makeFifos, OutputPipe } from './output-pipe.js';

export interface ProcessOutputParts {
  readonly id: string;
  readonly storage: Storage;
  /** Channel of stdout; stderr has the one two behind. */
  readonly channel: number;
  /** Where the FIFOs lie. */
  readonly pipeFolder: string;
  readonly files: OutputFileOptions | undefined;
  /** Unix nanoseconds. */
  readonly now: () => bigint;
}

const NAMES = ['stdout', 'stderr'] as const;

export class ProcessOutput {
  readonly #parts: ProcessOutputParts;
  readonly #logs: (OutputLog | undefined)[] = [];
  #pipes: OutputPipe[] = [];
  #files: OutputFile[] = [];
  readonly #finders = new Set<LineFinder>();

  constructor(parts: ProcessOutputParts) {
    this.#parts = parts;
  }

  /** Makes everything that a running child needs. Asked again it does nothing. */
  async prepare(): Promise<void> {
    if (this.#pipes.length > 0) return;
    const { id, pipeFolder, files } = this.#parts;
    const paths = NAMES.map((name) => path.join(pipeFolder, `${id}.${name}`));
    await makeFifos(paths);
    if (files !== undefined) this.#files = NAMES.map((name) => new OutputFile(files, id, name));
    this.#pipes = paths.map((fifo, i) => {
      const log = this.#log(i as LogStream);
      return new OutputPipe(fifo, {
        get appended() {
          return log.appended;
        },
        longestPiece: log.longestPiece,
        append: (bytes) => this.#take(log, i, bytes),
      });
    });
  }

  /** Descriptors for the child's stdout and stderr. */
  openForChild(): [number, number] {
    const [out, err] = this.#pipes as [OutputPipe, OutputPipe];
    return [out.openForChild(), err.openForChild()];
  }

  /** Takes in what has been written so far. */
  drain(): void {
    for (const pipe of this.#pipes) pipe.drain();
  }

  snapshot(stream: LogStream, options: SnapshotOptions): Buffer | null {
    this.drain();
    return this.#log(stream).snapshot(options);
  }

  watch(stream: LogStream): Watch<Uint8Array> {
    return this.#log(stream).watch();
  }

  /** Resolves when the output contains the text. @throws the signal's reason when it aborts */
  contains(text: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finder = new LineFinder(text, () => {
        this.#finders.delete(finder);
        resolve();
      });
      this.#finders.add(finder);
      signal.addEventListener('abort', () => {
        this.#finders.delete(finder);
        reject(signal.reason);
      });
    });
  }

  close(): void {
    this.drain();
    for (const pipe of this.#pipes) pipe.close();
    for (const file of this.#files) file.close();
    for (const log of this.#logs) log?.close();
    this.#pipes = [];
    this.#files = [];
    this.#logs.length = 0;
  }

  #log(stream: LogStream): OutputLog {
    const open = this.#logs[stream];
    if (open !== undefined) return open;
    const log = this.#parts.storage.outputLog(this.#parts.channel + 2 * stream);
    this.#logs[stream] = log;
    return log;
  }

  #take(log: OutputLog, stream: number, bytes: Buffer): void {
    log.append(bytes, this.#parts.now());
    this.#files[stream]?.append(bytes);
    for (const finder of this.#finders) finder.push(bytes);
  }
}
