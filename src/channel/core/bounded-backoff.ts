/** Trying again a bounded number of times. Source: kekbit 0.3.3, `RetryIter` and `RetryWriter`. */
import { BusySpinIdle, YieldIdle } from '../../platform/index.js';

/** Pauses that spin for 1, 2, 4 .. 64 turns. */
const SPINS = 7;
/** Pauses behind them that give the time slice to other threads. */
const YIELDS = 4;

const spins = Array.from({ length: SPINS }, (_, step) => new BusySpinIdle(2 ** step));
const yielding = new YieldIdle();

/** Pauses behind try `n`, counted from 0. @returns false behind the last try: nothing is waited for then */
export function backoff(n: number): boolean {
  if (n >= SPINS + YIELDS) return false;
  (spins[n] ?? yielding).idle(0);
  return true;
}
