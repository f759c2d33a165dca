/** A driver on a thread of its own: a busy main thread does not starve it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, RingwireError } from '../../platform/index.js';
import { type DriverOptions, resolveDriverOptions } from './driver-options.js';

/** What the thread says: once, when it runs or cannot. */
export type ThreadMessage =
  | { readonly directory: string }
  | { readonly failure: { readonly message: string; readonly code: ErrorCode | null } };

export type DriverWorkerOptions = Omit<DriverOptions, 'useInvoker' | 'terminationValidator'>;

export class DriverWorker implements AsyncDisposable {
  /** Where clients find this driver. */
  readonly directory: string;
  /** Resolves when the driver has ended. */
  readonly ended: Promise<void>;
  readonly #stop: Int32Array;

  /**
   * @throws what `IpcMediaDriver.start` throws; `INVALID_ARGUMENT` for options that a thread cannot have
   */
  static async start(options: DriverWorkerOptions = {}): Promise<DriverWorker> {
    for (const name of ['useInvoker', 'terminationValidator']) {
      if (name in options) {
        throw new RingwireError(
          'INVALID_ARGUMENT',
          `a driver on a thread of its own has no option '${name}'`,
        );
      }
    }
    resolveDriverOptions(options);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./driver-thread.js', import.meta.url), {
      workerData: { options, stop },
      name: 'ringwire media driver',
    });
    const ended = once(worker, 'exit').then(() => {});
    const [message] = (await once(worker, 'message')) as [ThreadMessage];
    if ('directory' in message) return new DriverWorker(message.directory, stop, ended);
    await ended;
    const { code, message: text } = message.failure;
    throw code === null ? new Error(text) : new RingwireError(code, text);
  }

  private constructor(directory: string, stop: Int32Array, ended: Promise<void>) {
    this.directory = directory;
    this.ended = ended;
    this.#stop = stop;
  }

  /** Deletes the logs and tells the clients; resolves when that is done. */
  async close(): Promise<void> {
    Atomics.store(this.#stop, 0, 1);
    Atomics.notify(this.#stop, 0);
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
