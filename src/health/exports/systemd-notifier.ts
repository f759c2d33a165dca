/** Notifies systemd: ready, alive, stopping. Source: sd_notify(3). */
import { DatagramSocket, everyMs, type LongTimer } from '../../platform/index.js';

/** Sends notifications to the socket of systemd. */
export class SystemdNotifier {
  readonly #socket: DatagramSocket;
  readonly #timer: LongTimer | undefined;

  /** Null without `NOTIFY_SOCKET`, or when it cannot be reached. @param env default that of this process */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): SystemdNotifier | null {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env;
    if (NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === '') return null;
    const forUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
    const micros = forUs ? Number(WATCHDOG_USEC ?? 0) : 0;
    try {
      return new SystemdNotifier(DatagramSocket.connect(NOTIFY_SOCKET), micros);
    } catch {
      return null;
    }
  }

  /** @param watchdogMicros systemd expects a notification within this time, 0 for none; it is sent twice as often */
  private constructor(socket: DatagramSocket, watchdogMicros: number) {
    this.#socket = socket;
    this.#send('READY=1');
    if (watchdogMicros > 0) {
      this.#timer = everyMs(Math.max(1, watchdogMicros / 2000), () => this.#send('WATCHDOG=1')).unref();
    }
  }

  /** Notifies that the process is about to end, and closes the socket. */
  stopping(): void {
    this.#timer?.stop();
    this.#send('STOPPING=1');
    this.#socket.close();
  }

  #send(state: string): void {
    const bytes = Buffer.from(state);
    this.#socket.send(bytes, bytes.length);
  }
}
