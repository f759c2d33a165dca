/** Notifies systemd: ready, alive, stopping. Source: sd_notify(3). */
import { DatagramSocket, everyMs, type LongTimer, setting } from '../../platform/index.js';

/** Sends notifications to the socket of systemd. Source: sd_notify(3). */
export class SystemdNotifier {
  readonly #socket: DatagramSocket;
  readonly #timer: LongTimer | undefined;

  /** Connects; null without `NOTIFY_SOCKET` or when the connection fails. @param env default: the environment of this process */
  static fromEnvironment(env: NodeJS.ProcessEnv = process.env): SystemdNotifier | null {
    const socket = setting('NOTIFY_SOCKET', env);
    if (socket === undefined) return null;
    const watched = setting('WATCHDOG_PID', env);
    const forUs = watched === undefined || Number(watched) === process.pid;
    const micros = forUs ? Number(setting('WATCHDOG_USEC', env) ?? 0) : 0;
    try {
      return new SystemdNotifier(DatagramSocket.connect(socket), micros);
    } catch {
      return null;
    }
  }

  /** @param watchdogMicros watchdog timeout of systemd in microseconds, 0: none. Notifications are sent twice as often */
  private constructor(socket: DatagramSocket, watchdogMicros: number) {
    this.#socket = socket;
    this.#send('READY=1');
    if (watchdogMicros > 0) {
      this.#timer = everyMs(Math.max(1, watchdogMicros / 2000), () => this.#send('WATCHDOG=1')).unref();
    }
  }

  /** Notifies systemd of the end of the process and closes the socket. */
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
