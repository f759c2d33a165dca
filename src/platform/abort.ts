/**
 * Actions on an AbortSignal. Node warns above ten listeners on one signal, and many loops often share one signal.
 * Therefore all actions on a signal share one listener.
 */
import { afterMs } from './long-timer.js';

interface SharedListener {
  readonly actions: Set<() => void>;
  readonly listener: () => void;
}

const listeners = new WeakMap<AbortSignal, SharedListener>();
const nothing = () => {};

/**
 * Calls `action` once, when `signal` aborts; immediately when it has already aborted.
 * @returns a function that withdraws the action
 */
export function onAbort(signal: AbortSignal | undefined, action: () => void): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    action();
    return nothing;
  }
  const shared = listeners.get(signal) ?? listenTo(signal);
  // A wrapper makes each action distinct: the same function may be passed twice.
  const entry = () => action();
  shared.actions.add(entry);
  return () => {
    shared.actions.delete(entry);
    if (shared.actions.size === 0) stopListening(signal, shared);
  };
}

/**
 * Waits for a time.
 * @param millis 0 to 2^53-1; infinity waits for the signal
 * @returns true after the time, false when the signal aborted first
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

/** An error like that of Node for an aborted operation. Its cause is the reason of the signal. */
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
