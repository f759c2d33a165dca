/**
 * Reports the state of this process to the service manager that started it, by the protocol of sd_notify(3): datagrams
 * of text to the socket that `NOTIFY_SOCKET` names, a path or (`@name`) an abstract address. The npm packages for it
 * need a compiler and libsystemd.
 */
import {
  afterMs,
  DatagramSocket,
  errnoName,
  everyMs,
  type LongTimer,
  RingwireError,
  reasonOf,
} from '../../../../platform/index.js';
import { printNote } from '../../../print.js';

const RETRY_MILLIS = 100;

/** Notifies systemd, or does nothing where no service manager asks for it. */
export class ServiceNotifier implements Disposable {
  readonly #address: string | undefined;
  readonly #watchdog: LongTimer | undefined;
  /** What the service manager has not taken yet, because it has not read what it got before. */
  readonly #waiting: string[] = [];
  #retry: LongTimer | undefined;
  #status = '';
  #faulty = false;

  /** Takes the address out of the environment, so that no child reports in the name of this process. */
  static fromEnvironment(environment: NodeJS.ProcessEnv = process.env): ServiceNotifier {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
    const micros = WATCHDOG_PID === String(process.pid) ? Number(WATCHDOG_USEC) : 0;
    return new ServiceNotifier(NOTIFY_SOCKET || undefined, micros > 0 ? micros / 1000 : undefined);
  }

  /** @param watchdogMs the service counts as dead when it reports nothing for so long; half of it is the interval */
  private constructor(address: string | undefined, watchdogMs: number | undefined) {
    this.#address = address;
    if (address === undefined || watchdogMs === undefined) return;
    this.#watchdog = everyMs(Math.floor(watchdogMs / 2), () => this.#send('WATCHDOG=1')).unref();
  }

  /** The start is complete, or a reload has ended. */
  ready(): void {
    this.#report('READY=1');
  }

  /** A reload has begun; {@link ready} ends it. */
  reloading(): void {
    this.#report(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** A line for `systemctl status`; sent when it changed. */
  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#report(`STATUS=${text}`);
  }

  /** The end has begun. */
  stopping(): void {
    this.#report('STOPPING=1');
  }

  [Symbol.dispose](): void {
    this.#watchdog?.stop();
    this.#retry?.stop();
  }

  /** Sends messages in their order. */
  #report(message: string): void {
    this.#waiting.push(message);
    if (this.#waiting.length === 1) this.#drain();
  }

  #drain(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#send(first)) {
        this.#retry = afterMs(RETRY_MILLIS, () => this.#drain()).unref();
        return;
      }
      this.#waiting.shift();
    }
  }

  /**
   * Never throws: a service manager that cannot be reached must not end the service.
   * @returns false when the same message may be sent later
   */
  #send(message: string): boolean {
    if (this.#address === undefined) return true;
    try {
      const socket = DatagramSocket.connect(this.#address);
      const bytes = Buffer.from(message);
      const failed = socket.send(bytes, bytes.length);
      socket.close();
      return failed === 0 || errnoName(failed) !== 'EAGAIN';
    } catch (error) {
      if (!this.#faulty) printNote(`cannot notify the service manager at ${this.#address}: ${whyNot(error)}`);
      this.#faulty = true;
      return true;
    }
  }
}

function whyNot(error: unknown): string {
  if (error instanceof RingwireError && error.code === 'NO_OBSERVER') return 'no process listens there';
  return reasonOf(error);
}
