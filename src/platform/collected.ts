/**
 * Releases the resources of an object that was garbage collected without a close.
 *
 * INV-COLLECT-01: the resources have no reference to the object, so that it can be collected.
 */

/** The resources of an object: kernel locks, mappings, descriptors. */
export interface Held {
  /** Releases all resources. A second call does nothing. */
  release(): void;
}

let warned = false;

const registry = new FinalizationRegistry<{ readonly held: Held; readonly what: string }>(
  ({ held, what }) => {
    held.release();
    if (warned) return;
    warned = true;
    const text = `${what} was garbage collected without close() and is closed now: call close(), or declare it with 'using'`;
    process.emitWarning(text, { type: 'RingwireWarning', code: 'RINGWIRE_NOT_CLOSED' });
  },
);

/**
 * Releases `held` when `owner` is collected. The first release in a process emits the warning `RINGWIRE_NOT_CLOSED`.
 * @param what names the object for the warning: `the reader of /dev/shm/…`
 */
export function releaseWhenCollected(owner: object, held: Held, what: string): void {
  registry.register(owner, { held, what }, held);
}

/** Cancels {@link releaseWhenCollected}: the owner releases its resources itself. */
export function keepUntilClosed(held: Held): void {
  registry.unregister(held);
}
