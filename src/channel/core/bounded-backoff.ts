/** A bounded number of retries with growing pauses. Source: kekbit 0.3.3, `RetryIter` and `RetryWriter`. */
import { BusySpinIdle, YieldIdle } from '../../platform/index.js';

/** Number of pauses that spin, for 1, 2, 4 .. 64 turns. */
const SPINS = 7;
/** Number of pauses after the spins. Each yields the time slice to other threads. */
const YIELDS = 4;

const spins = Array.from({ length: SPINS }, (_, step) => new BusySpinIdle(2 ** step));
const yielding = new YieldIdle();

/**
 * Pauses after try `n`, counted from 0.
 * @returns false after the last try, without a pause
 */
export function backoff(n: number): boolean {
  if (n >= SPINS + YIELDS) return false;
  (spins[n] ?? yielding).idle(0);
  return true;
}
