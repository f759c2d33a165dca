/** Tells systemd how we are: ready, alive, stopping. Source: sd_notify(3). */
import { DatagramSocket } from '../../platform/index.js';

export class SystemdNotifier {
  readonly #socket: DatagramSocket;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Null where nobody asked to be told (no `NOTIFY_SOCKET`), or cannot be reached. */
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

  /** `watchdogMicros`: a sign of life is expected within this time, 0 for none; it is given twice as often. */
  private constructor(socket: DatagramSocket, watchdogMicros: number) {
    this.#socket = socket;
    this.#send('READY=1');
    if (watchdogMicros > 0) {
      this.#timer = setInterval(() => this.#send('WATCHDOG=1'), Math.max(1, watchdogMicros / 2000));
      this.#timer.unref();
    }
  }

  /** We are about to end. */
  stopping(): void {
    clearInterval(this.#timer);
    this.#send('STOPPING=1');
    this.#socket.close();
  }

  #send(state: string): void {
    const bytes = Buffer.from(state);
    this.#socket.send(bytes, bytes.length);
  }
}
