/**
 * Listening to an AbortSignal. Node warns above ten listeners on one signal, and many loops often share one: all
 * actions on a signal share a single listener here.
 */
import { afterMs } from './long-timer.js';

interface SharedListener {
  readonly actions: Set<() => void>;
  readonly listener: () => void;
}

const listeners = new WeakMap<AbortSignal, SharedListener>();
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
  const shared = listeners.get(signal) ?? listenTo(signal);
  // A wrapper of its own: the same function may be given twice.
  const entry = () => action();
  shared.actions.add(entry);
  return () => {
    shared.actions.delete(entry);
    if (shared.actions.size === 0) stopListening(signal, shared);
  };
}

/**
 * Waits, for any time from 0 ms to 2^53-1 ms or for ever (infinity).
 * @returns true when the time is over, false when the signal aborted first
 */
export function delay(millis: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(false);
    const timer = afterMs(millis, () => {
      withdraw();
      resolve(true);
    });
    const withdraw = onAbort(signal, () => {
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

function listenTo(signal: AbortSignal): SharedListener {
  const actions = new Set<() => void>();
  const listener = () => {
    const all = [...actions];
    actions.clear();
    for (const action of all) action();
  };
  const shared = { actions, listener };
  listeners.set(signal, shared);
  signal.addEventListener('abort', listener, { once: true });
  return shared;
}

function stopListening(signal: AbortSignal, shared: SharedListener): void {
  if (listeners.get(signal) !== shared) return;
  listeners.delete(signal);
  signal.removeEventListener('abort', shared.listener);
}
