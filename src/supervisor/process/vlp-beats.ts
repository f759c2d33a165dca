/** Health beats of supervised processes through a VLP socket; the kernel says who beat. */
import { Status, VlpObserver } from '../../health/index.js';
import type { LivenessSource } from './liveness-source.js';

/** Only beats are of interest here: the supervisor measures silence by its own limits. */
const LONGEST_SILENCE = 2 ** 31 - 1;

export class VlpBeats implements LivenessSource {
  readonly socket: string;
  readonly #observer: VlpObserver;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(pid: number) => void>();

  /** @throws RingwireError when the socket cannot be bound */
  constructor(socket: string) {
    this.socket = socket;
    this.#observer = VlpObserver.bind({ socket, thresholdMs: LONGEST_SILENCE });
    void this.#listen();
  }

  onBeat(listener: (pid: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#abort.abort();
    void this.#observer.close();
  }

  async #listen(): Promise<void> {
    for await (const event of this.#observer.events({ signal: this.#abort.signal })) {
      if (event.kind !== 'beat' || event.status === Status.Critical) continue;
      for (const listener of this.#listeners) listener(event.pid);
    }
  }
}
