/** An embedded media driver for `aeron:ipc`. UDP requires a media driver of Aeron. */
import { DriverConductor } from './driver-conductor.js';
import { DriverDirectory } from './driver-directory.js';
import type { DriverOptions, ResolvedDriverOptions } from './driver-options.js';
import type { Pace } from './pace.js';
import { resolveDriverOptions } from './resolve-driver-options.js';

/** Most consecutive cycles with work, and their longest time in milliseconds, before the event loop runs. */
const BURST = 200;
const BURST_MS = 5;
/** Idle cycles before the driver sleeps for a millisecond at a time. */
const IDLE_CYCLES = 20;
/** The driver runs a cycle in each turn of the event loop while a publisher is this close to its limit, in milliseconds. */
const CLOSE_TO_LIMIT_MS = 4;

/**
 * A media driver for `aeron:ipc` on the event loop of its process, for clients in any language on this machine.
 *
 * @example
 * using driver = IpcMediaDriver.start({ directory: '/dev/shm/prices', deleteDirectoryOnClose: true });
 * const aeron = await Aeron.connect({ directory: driver.directory });
 */
export class IpcMediaDriver implements Disposable {
  readonly #directory: DriverDirectory;
  readonly #conductor: DriverConductor;
  readonly #options: ResolvedDriverOptions;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #idle = 0;
  #closed = false;

  /**
   * Starts a driver. Without `useInvoker` it runs on this event loop until `close()`.
   * @throws RingwireError `WRITER_EXISTS` when a driver is active in the directory, `COULD_NOT_ACCESS_STORAGE`,
   * `NO_SPACE`, `INVALID_ARGUMENT`
   */
  static start(options: DriverOptions = {}): IpcMediaDriver {
    return new IpcMediaDriver(resolveDriverOptions(options));
  }

  private constructor(options: ResolvedDriverOptions) {
    this.#options = options;
    this.#directory = DriverDirectory.create(options);
    this.#conductor = new DriverConductor(this.#directory, options);
    this.#directory.publish();
    if (!options.useInvoker) this.#run();
  }

  /** Absolute path of the driver's folder. */
  get directory(): string {
    return this.#directory.path;
  }

  /** Whether the driver was closed or terminated. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** @internal Milliseconds to sleep after the last duty cycle. */
  nextSleepMs(pace: Pace): number {
    const { commands, limitMoved, msToLimit } = this.#conductor;
    return pace.next(commands, limitMoved, msToLimit);
  }

  /** Runs one duty cycle. With `useInvoker` call it at least every millisecond during traffic. @returns commands served and limits moved */
  doWork(): number {
    if (this.#closed) return 0;
    const work = this.#conductor.doWork();
    if (this.#conductor.terminated) this.close();
    return work;
  }

  /** Deletes the logs and marks the driver as shut down for its clients. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#conductor.close();
    this.#directory.close(this.#options.deleteDirectoryOnClose);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #run(): void {
    const started = performance.now();
    for (let cycle = 0; cycle < BURST && !this.#closed; cycle++) {
      const work = this.doWork();
      const busy = this.#conductor.commands > 0 || this.#conductor.msToLimit < CLOSE_TO_LIMIT_MS;
      this.#idle = busy ? 0 : this.#idle + 1;
      if (work === 0 || performance.now() - started > BURST_MS) break;
    }
    if (this.#closed) return;
    const next = () => this.#run();
    this.#timer = this.#idle < IDLE_CYCLES ? setImmediate(next) : setTimeout(next, 1);
  }
}
