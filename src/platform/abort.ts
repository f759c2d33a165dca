/**
 * Listening to an AbortSignal. Node warns above ten listeners on one signal, and many loops often share one: all
 * actions on a signal share a single listener here.
 */
import { afterMs } from './long-timer.js';

const actionsOf = new WeakMap<AbortSignal, Set<() => void>>();
const nothing = () => {};

/**
 * Calls `action` once, when `signal` aborts; at once when it has aborted already.
 * @returns a function that withdraws the action
 */
export function onAbort(signal: AbortSignal | undefined, action: () => void): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    action();
    return nothing;
  }
  const actions = actionsOf.get(signal) ?? listenTo(signal);
  // A wrapper of its own: the same function may be given twice.
  const entry = () => action();
  actions.add(entry);
  return () => void actions.delete(entry);
}

/**
 * Waits, for any time from 0 ms to 2^53-1 ms or for ever (infinity).
 * @returns true when the time is over, false when the signal aborted first
 */
export function delay(millis: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const timer = afterMs(millis, () => {
      stopListening();
      resolve(true);
    });
    const stopListening = onAbort(signal, () => {
      timer.stop();
      resolve(false);
    });
  });
}

/** The error that Node gives for an aborted operation; the reason of the signal is its cause. */
export function abortError(signal: AbortSignal): Error {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const actions = new Set<() => void>();
  actionsOf.set(signal, actions);
  signal.addEventListener(
    'abort',
    () => {
      const all = [...actions];
      actions.clear();
      for (const action of all) action();
    },
    { once: true },
  );
  return actions;
}
