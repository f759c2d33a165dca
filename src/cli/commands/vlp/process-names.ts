/** The ids of supervised processes by pid, as managers of this user report them. */
import { ControlClient } from '../../../control/index.js';
import { isAlive } from '../../rendering/ctl/process-list.js';

/** Longest wait for a manager, in milliseconds: events are not printed meanwhile. */
const TIMEOUT_MILLIS = 1000;
/** Milliseconds for which a pid that no manager knows stays unknown. */
const UNKNOWN_MILLIS = 30_000;
/** Most pids that are remembered as unknown. */
const MOST_UNKNOWN = 4096;

/** Looks up pids. Without a manager every pid is unknown. */
export class ProcessNames {
  readonly #sockets: readonly string[];
  #ids: ReadonlyMap<number, string> = new Map();
  /** Pids that no manager knew, and when they were asked. */
  readonly #unknown = new Map<number, number>();
  #asking: Promise<void> | null = null;

  /** @param sockets control sockets of managers */
  constructor(sockets: readonly string[]) {
    this.#sockets = sockets;
  }

  /** The id of the process; undefined when the managers have to be asked first, null when they do not know the pid. */
  known(pid: number): string | null | undefined {
    const id = this.#ids.get(pid);
    if (id !== undefined) return id;
    if (this.#sockets.length === 0) return null;
    const askedAt = this.#unknown.get(pid);
    return askedAt !== undefined && performance.now() - askedAt < UNKNOWN_MILLIS ? null : undefined;
  }

  /** Asks the managers for the pids that they were not asked for. {@link known} has the answer then. */
  async find(pids: readonly number[]): Promise<void> {
    // An answer that is on its way may be older than a process.
    await this.#asking;
    const wanted = pids.filter((pid) => this.known(pid) === undefined);
    if (wanted.length === 0) return;
    this.#asking = this.#ask(wanted);
    await this.#asking;
  }

  async #ask(wanted: readonly number[]): Promise<void> {
    const ids = await Promise.all(this.#sockets.map(idsOf));
    this.#ids = new Map(ids.flat());
    if (this.#unknown.size + wanted.length > MOST_UNKNOWN) this.#unknown.clear();
    for (const pid of wanted) if (!this.#ids.has(pid)) this.#unknown.set(pid, performance.now());
  }
}

/** The processes of a manager; none when it does not run, is busy, or belongs to another user: names are an addition. */
async function idsOf(socket: string): Promise<[pid: number, id: string][]> {
  const uid = process.getuid?.();
  const peers = uid === undefined ? {} : { peerUids: [uid] };
  try {
    const client = await ControlClient.dial(socket, { timeoutMs: TIMEOUT_MILLIS, ...peers });
    try {
      const entries = await client.list();
      return entries.filter(isAlive).map(({ pid, id }) => [pid, id]);
    } finally {
      client.close();
    }
  } catch {
    return [];
  }
}
