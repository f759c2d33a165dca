/**
 * Releases what an object held when the object was collected without having been closed.
 *
 * INV-COLLECT-01: what is released keeps no reference to the object, so that the object can be collected at all.
 */

/** What an object holds: kernel locks, mappings, descriptors. */
export interface Held {
  /** Gives everything back. A second call does nothing. */
  release(): void;
}

let warned = false;

const registry = new FinalizationRegistry<{ readonly held: Held; readonly what: string }>(
  ({ held, what }) => {
    held.release();
    if (warned) return;
    warned = true;
    const text = `${what} was collected without close(); it was closed now. Call close(), or declare it with 'using'`;
    process.emitWarning(text, { type: 'RingwireWarning', code: 'RINGWIRE_NOT_CLOSED' });
  },
);

/**
 * Releases `held` when `owner` is collected; the first time in a process also emits the warning `RINGWIRE_NOT_CLOSED`.
 * @param what names the object for the warning: `the reader of /dev/shm/…`
 */
export function releaseWhenCollected(owner: object, held: Held, what: string): void {
  registry.register(owner, { held, what }, held);
}

/** Takes {@link releaseWhenCollected} back: the owner closes what it holds itself. */
export function keepUntilClosed(held: Held): void {
  registry.unregister(held);
}
