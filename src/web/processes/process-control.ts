/** Requests to the manager of processes, each over a connection of its own. */
import { ControlClient, type LogStream } from '../../control/index.js';

/** Lines of the kept output that a followed log begins with. */
const FIRST_LINES = 500;

/** What can be done with a process. */
export const ACTIONS = ['start', 'stop', 'restart'] as const;
/** One of {@link ACTIONS}. */
export type Action = (typeof ACTIONS)[number];

/** A manager that is reached through its socket. */
export class ProcessControl {
  /** Path of the socket. */
  readonly socket: string;
  readonly #uids: readonly number[] | undefined;

  /** @param uids users that the manager may run as; default: this user and root */
  constructor(socket: string, uids?: readonly number[]) {
    this.socket = socket;
    this.#uids = uids;
  }

  /**
   * Starts, stops or restarts a process; resolves when the manager has done so.
   * @throws ControlError as {@link ControlClient}
   */
  async act(action: Action, id: string): Promise<void> {
    using client = await this.#dial();
    await client[action](id);
  }

  /** The last lines of the output of a process, and new output until the signal aborts. @throws ControlError */
  async *log(id: string, stream: LogStream, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    using client = await this.#dial();
    yield* client.logs(id, { stream, follow: true, lines: FIRST_LINES, signal });
  }

  #dial(): Promise<ControlClient> {
    // A stop takes as long as the manager gives the process.
    return ControlClient.dial(this.socket, {
      timeoutMs: 0,
      ...(this.#uids === undefined ? {} : { peerUids: this.#uids }),
    });
  }
}
