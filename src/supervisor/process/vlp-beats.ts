/** Health beats of supervised processes through a VLP socket; the kernel reports the sender of each. */
import { EventEmitter } from 'node:events';
import path from 'node:path';
import { Status, VlpObserver } from '../../health/index.js';
import type { LivenessSource } from './liveness-source.js';

/** The supervisor measures silence by its own limits. */
const LONGEST_SILENCE = 2 ** 31 - 1;

/**
 * Emits `beat` with a pid for each health beat that is not critical.
 * @example
 * await Manager.open({ runtimeDir, storage, beats: () => new VlpBeats(path.join(runtimeDir, 'health.sock')) });
 */
export class VlpBeats extends EventEmitter<{ beat: [pid: number] }> implements LivenessSource {
  /** Absolute path of the socket. */
  readonly socket: string;
  readonly #observer: VlpObserver;
  readonly #abort = new AbortController();

  /** @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET` when the socket cannot be bound */
  constructor(socket: string) {
    super();
    this.socket = path.resolve(socket);
    this.#observer = VlpObserver.bind({ socket: this.socket, thresholdMs: LONGEST_SILENCE });
    void this.#listen();
  }

  /** Closes the socket. */
  close(): void {
    this.#abort.abort();
    void this.#observer.close();
  }

  async #listen(): Promise<void> {
    for await (const event of this.#observer.events({ signal: this.#abort.signal })) {
      if (event.kind !== 'beat' || event.status === Status.Critical) continue;
      this.emit('beat', event.pid);
    }
  }
}
