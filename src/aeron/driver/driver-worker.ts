/** A driver in a worker thread, independent of the load of the main thread. */
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, RingwireError } from '../../platform/index.js';
import type { DriverOptions } from './driver-options.js';
import { resolveDriverOptions } from './resolve-driver-options.js';

/** A message of the thread: the driver runs, or it has failed. */
export type ThreadMessage = { readonly directory: string } | { readonly failure: ThreadFailure };

/** An error of the thread. Errors lose their class between threads. */
interface ThreadFailure {
  readonly message: string;
  readonly code: ErrorCode | null;
}

/** Options of a driver in a worker thread: {@link DriverOptions} without functions and `useInvoker`. */
export type DriverWorkerOptions = Omit<DriverOptions, 'useInvoker' | 'terminationValidator'>;

/** The program of the thread: driver-thread.js beside the file, or beside the bundle, that contains this code. */
function threadProgram(): URL {
  // A bundle in CommonJS has no import.meta.url.
  const own: string | undefined = import.meta.url;
  return new URL('./driver-thread.js', own ?? pathToFileURL(__filename));
}

/**
 * A media driver for `aeron:ipc` in a worker thread.
 *
 * @example
 * await using driver = await DriverWorker.start();
 * const aeron = await Aeron.connect({ directory: driver.directory });
 */
export class DriverWorker implements AsyncDisposable {
  /** Absolute path of the driver's folder. */
  readonly directory: string;
  /** Resolves when the driver has ended. */
  readonly ended: Promise<void>;
  readonly #stop: Int32Array;
  #failure: Error | null = null;

  /**
   * Starts a driver; resolves when clients can connect.
   * @throws RingwireError like `IpcMediaDriver.start`, `INVALID_ARGUMENT` for `useInvoker` and `terminationValidator`
   */
  static async start(options: DriverWorkerOptions = {}): Promise<DriverWorker> {
    for (const name of ['useInvoker', 'terminationValidator']) {
      if (name in options) {
        throw new RingwireError(
          'INVALID_ARGUMENT',
          `a driver in a worker thread has no option '${name}': use IpcMediaDriver`,
        );
      }
    }
    resolveDriverOptions(options);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(threadProgram(), {
      workerData: { options, stop },
      name: 'ringwire media driver',
    });
    const ended = once(worker, 'exit').then(() => {});
    const [message] = (await once(worker, 'message')) as [ThreadMessage];
    if ('directory' in message) {
      const driver = new DriverWorker(message.directory, stop, ended);
      worker.on('message', (later: ThreadMessage) => {
        if ('failure' in later) driver.#failure = errorOf(later.failure);
      });
      return driver;
    }
    await ended;
    throw errorOf(message.failure);
  }

  private constructor(directory: string, stop: Int32Array, ended: Promise<void>) {
    this.directory = directory;
    this.ended = ended;
    this.#stop = stop;
  }

  /** The error that ended the driver, or null. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Deletes the logs and marks the driver as shut down for its clients. Resolves when the thread has ended. */
  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function errorOf({ code, message }: ThreadFailure): Error {
  return code === null ? new Error(message) : new RingwireError(code, message);
}
