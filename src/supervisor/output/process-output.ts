/** The two outputs of one process: from the pipes to the logs, to files if wanted, and to searches for a line. */
import path from 'node:path';
import type { LogStream, SnapshotOptions, Watch } from '../../control/index.js';
import { reasonOf, systemClock } from '../../platform/index.js';
import type { OutputLog, Storage } from '../storage/storage.js';
import { LineFinder } from './line-finder.js';
import { OutputFile, type OutputFileOptions } from './output-file.js';
import { makeFifos, OutputPipe, type OutputSink } from './output-pipe.js';

/** What an output consists of. */
export interface ProcessOutputParts {
  readonly id: string;
  readonly storage: Storage;
  /** Channel of stdout; stderr has the one two after it. */
  readonly channel: number;
  /** Where the FIFOs lie. */
  readonly pipeFolder: string;
  readonly files: OutputFileOptions | undefined;
  /** Whether each line of the files begins with its time. */
  readonly timestamps: boolean;
}

const NAMES = ['stdout', 'stderr'] as const;

/** Stdout and stderr of one process. */
export class ProcessOutput {
  readonly #parts: ProcessOutputParts;
  readonly #logs: (OutputLog | undefined)[] = [];
  #pipes: OutputPipe[] = [];
  #files: OutputFile[] = [];
  /** Searches in progress: one buffer for each stream. */
  readonly #finders = new Set<readonly [LineFinder, LineFinder]>();

  constructor(parts: ProcessOutputParts) {
    this.#parts = parts;
  }

  /** Creates everything that a running child needs. A second call does nothing. After an error it may be repeated. */
  async prepare(): Promise<void> {
    if (this.#pipes.length > 0) return;
    const { id, pipeFolder, files, timestamps } = this.#parts;
    const paths = NAMES.map((name) => path.join(pipeFolder, `${id}.${name}`));
    await makeFifos(paths);
    const opened: { close(): void }[] = [];
    const kept = <T extends { close(): void }>(part: T): T => {
      opened.push(part);
      return part;
    };
    try {
      if (files !== undefined) {
        this.#files = NAMES.map((name) => kept(new OutputFile(files, id, name, timestamps)));
      }
      this.#pipes = paths.map((fifo, i) => kept(new OutputPipe(fifo, this.#sink(i as LogStream))));
    } catch (error) {
      for (const part of opened) part.close();
      this.#files = [];
      throw error;
    }
  }

  /** Descriptors for the child's stdout and stderr. */
  openForChild(): [number, number] {
    const [out, err] = this.#pipes as [OutputPipe, OutputPipe];
    return [out.openForChild(), err.openForChild()];
  }

  /** Takes what has been written so far. Never throws: an error here must not stop a change of state. */
  drain(): void {
    for (const pipe of this.#pipes) {
      try {
        pipe.drain();
      } catch (error) {
        process.emitWarning(`output of '${this.#parts.id}' is not taken: ${reasonOf(error)}`);
      }
    }
  }

  /** The kept bytes; null when nothing was ever written. */
  snapshot(stream: LogStream, options: SnapshotOptions): Buffer | null {
    this.drain();
    return this.#log(stream).snapshot(options);
  }

  /** Output from now on. */
  watch(stream: LogStream): Watch<Uint8Array> {
    return this.#log(stream).watch();
  }

  /** Resolves when a line of one output contains the text. @throws the signal's reason when it aborts */
  contains(text: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.#finders.delete(finders);
        signal.removeEventListener('abort', refuse);
      };
      const refuse = () => {
        finish();
        reject(signal.reason);
      };
      const found = () => {
        finish();
        resolve();
      };
      const finders = [new LineFinder(text, found), new LineFinder(text, found)] as const;
      this.#finders.add(finders);
      signal.addEventListener('abort', refuse);
      if (signal.aborted) refuse();
    });
  }

  /** Takes what is in the pipes, and closes everything. */
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

  #sink(stream: LogStream): OutputSink {
    const log = this.#log(stream);
    return {
      get appended() {
        return log.appended;
      },
      longestPiece: log.longestPiece,
      append: (bytes) => {
        log.append(bytes, systemClock.unixNanos());
        this.#files[stream]?.append(bytes);
        for (const finders of this.#finders) finders[stream].push(bytes);
      },
    };
  }
}
