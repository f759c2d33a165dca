/** The ids of supervised processes by pid, as the manager of this user reports them. */
import { ControlClient } from '../../../control/index.js';

/** Longest wait for the manager, in milliseconds: events are not printed meanwhile. */
const TIMEOUT_MILLIS = 1000;
/** Milliseconds for which a pid that the manager does not know stays unknown. */
const UNKNOWN_MILLIS = 30_000;
/** Most pids that are remembered as unknown. */
const MOST_UNKNOWN = 4096;

/** Looks up pids. Without a manager, or when it does not answer, every pid is unknown. */
export class ProcessNames {
  readonly #socket: string | null;
  #ids: ReadonlyMap<number, string> = new Map();
  /** Pids that the manager did not know, and when it was asked. */
  readonly #unknown = new Map<number, number>();
  #asking: Promise<void> | null = null;

  /** @param socket control socket of a manager; null for none */
  constructor(socket: string | null) {
    this.#socket = socket;
  }

  /** The id of the process; undefined when the manager has to be asked first, null when it does not know the pid. */
  known(pid: number): string | null | undefined {
    const id = this.#ids.get(pid);
    if (id !== undefined) return id;
    if (this.#socket === null) return null;
    const askedAt = this.#unknown.get(pid);
    return askedAt !== undefined && performance.now() - askedAt < UNKNOWN_MILLIS ? null : undefined;
  }

  /** Asks the manager for the pids that it was not asked for. {@link known} has the answer then. */
  async find(pids: readonly number[]): Promise<void> {
    // An answer that is on its way may be older than a process.
    await this.#asking;
    const wanted = pids.filter((pid) => this.known(pid) === undefined);
    if (wanted.length === 0) return;
    this.#asking = this.#ask(this.#socket as string, wanted);
    await this.#asking;
  }

  async #ask(socket: string, wanted: readonly number[]): Promise<void> {
    try {
      const uid = process.getuid?.();
      const peers = uid === undefined ? {} : { peerUids: [uid] };
      const client = await ControlClient.dial(socket, { timeoutMs: TIMEOUT_MILLIS, ...peers });
      try {
        const entries = await client.list();
        this.#ids = new Map(entries.filter(({ pid }) => pid > 0).map(({ pid, id }) => [pid, id]));
      } finally {
        client.close();
      }
    } catch {
      // No manager runs, it is busy, or it belongs to another user: names are an addition.
      this.#ids = new Map();
    }
    if (this.#unknown.size + wanted.length > MOST_UNKNOWN) this.#unknown.clear();
    for (const pid of wanted) if (!this.#ids.has(pid)) this.#unknown.set(pid, performance.now());
  }
}
