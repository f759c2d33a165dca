/**
 * Whether the owners of kernel locks live. A probe is a system call, so an owner that moves is not probed: the dead do
 * not move. An owner that stopped is probed in the next sample, and then every few seconds.
 */

/** Milliseconds after which a still owner is probed again. */
const PROBE_MILLIS = 5000;

interface Seen {
  position: number;
  alive: boolean | null;
  /** When the next probe is due. */
  due: number;
}

/** The owners of one channel. */
export class Liveness {
  readonly #seen: (Seen | undefined)[] = [];

  /**
   * Whether the owner of a lock is alive; null if unknown.
   * @param index number of the lock
   * @param position position of the owner
   * @param now monotonic milliseconds
   * @param probe asks the kernel for a lock
   */
  isAlive(
    index: number,
    position: number,
    now: number,
    probe: (index: number) => boolean | null,
  ): boolean | null {
    const seen = this.#seen[index];
    if (seen === undefined) {
      const alive = probe(index);
      this.#seen[index] = { position, alive, due: now + spread() };
      return alive;
    }
    if (seen.position !== position) {
      seen.position = position;
      seen.alive = true;
      seen.due = now;
    } else if (now >= seen.due) {
      seen.alive = probe(index);
      seen.due = now + spread();
    }
    return seen.alive;
  }
}

/** The probes of many owners must not fall into the same sample. */
function spread(): number {
  return PROBE_MILLIS * (0.8 + 0.2 * Math.random());
}
