/**
 * Keeps plain stores after an ordered store where the CPU does not.
 *
 * An `Atomics.store` keeps every access before it before it. It does not keep a plain store after it: on arm64 a later
 * plain store may become visible first. A store-release followed by a load-acquire is kept in order, and nothing moves
 * before the load-acquire. On x64 stores become visible in program order. JavaScript has no fence of its own.
 */
const STORES_IN_ORDER = process.arch === 'x64' || process.arch === 'ia32';

const own = new Int32Array(new SharedArrayBuffer(4));

/** Every store after this call becomes visible after the last `Atomics.store` before it. */
export function orderStores(): void {
  if (!STORES_IN_ORDER) Atomics.load(own, 0);
}
