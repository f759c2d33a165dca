/**
 * Keeps loads in order where the CPU does not.
 *
 * Whoever copies from memory that another process may be overwriting validates the copy by a load *behind* it. On
 * x64 loads stay in order. On arm64 an `Atomics.load` keeps later accesses behind it, but not earlier ones before
 * it; an `Atomics.store` in front of it does (store-release, then load-acquire). JavaScript has no fence of its own.
 */
const LOADS_IN_ORDER = process.arch === 'x64' || process.arch === 'ia32';

const own = new Int32Array(new SharedArrayBuffer(4));

/** Every load before this call happens before an `Atomics.load` behind it. */
export function orderLoads(): void {
  if (!LOADS_IN_ORDER) Atomics.store(own, 0, 0);
}
