/** A client of a media driver for one command: ends with a signal, and with an error when the driver ends. */
import { Aeron, AeronError, AeronErrorCode, type RequestOptions } from '../../../aeron/index.js';
import { onAbort, RingwireError } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printNote } from '../../print.js';
import type { DirectoryOptions } from './options.js';
import { pause } from './turns.js';

/** Looks, a millisecond apart, at a driver that has deleted a log and is expected to end. */
const LOOKS = 2000;

/** The client of one command, and why it ended. */
export class AeronSession implements Disposable {
  readonly aeron: Aeron;
  /** Options of every request of the command: a signal ends the wait for the driver. */
  readonly request: RequestOptions;
  readonly #signal: AbortSignal;
  #failure: RingwireError | null = null;
  readonly #onEnd: (() => void)[] = [];

  constructor(aeron: Aeron, signal: AbortSignal) {
    this.aeron = aeron;
    this.#signal = signal;
    this.request = { signal };
    // An image whose log the ending driver has deleted, for instance. What ended the client is thrown by `check`.
    aeron.on('error', (error: Error) => {
      if (!aeron.isClosed) printNote(error.message);
    });
    aeron.on('close', (error: Error | null) => {
      if (error !== null) this.#failure = new RingwireError('TIMEOUT', error.message, { cause: error });
      for (const act of this.#onEnd) act();
    });
    onAbort(signal, () => {
      for (const act of this.#onEnd) act();
    });
  }

  /** Whether neither a signal nor the driver has ended the command. */
  get isRunning(): boolean {
    return !this.#signal.aborted && !this.aeron.isClosed;
  }

  /** Calls `act` when the session ends, at once if it has ended. */
  onEnd(act: () => void): void {
    if (this.isRunning) this.#onEnd.push(act);
    else act();
  }

  /** Reports the end of the driver. @throws RingwireError `TIMEOUT` after the driver has ended this client */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Explains an error of the command. The log of a new resource is missing when the driver is ending: it deletes the
   * logs before it says so.
   * @throws RingwireError like {@link check}, else the error
   */
  async explain(error: unknown): Promise<never> {
    if (error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND') {
      for (let look = 0; look < LOOKS && this.isRunning; look++) await pause();
      this.check();
    }
    throw error;
  }

  [Symbol.dispose](): void {
    this.aeron.close();
  }
}

/**
 * Runs a command as a client of the driver. The exit code is that of the signal, if one came.
 * @throws RingwireError `TIMEOUT` without a driver, or when it ends
 */
export async function withSession(
  { directory, allowForeignDirectory = false }: DirectoryOptions,
  command: (session: AeronSession) => Promise<void>,
): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  try {
    const aeron = await Aeron.connect({ directory, allowForeignDirectory, signal });
    using session = new AeronSession(aeron, signal);
    await command(session).catch((error: unknown) => session.explain(error));
    if (!signal.aborted) session.check();
  } catch (error) {
    if (!(signal.aborted && error === signal.reason)) throw timeoutOf(error);
  }
  process.exitCode = interruption.exitCode;
}

function timeoutOf(error: unknown): unknown {
  const isTimeout = error instanceof AeronError && error.errorCode === AeronErrorCode.DriverTimeout;
  return isTimeout ? new RingwireError('TIMEOUT', error.message, { cause: error }) : error;
}
