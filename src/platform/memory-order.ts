/**
 * The ordering primitives. JavaScript has no fence. On arm64 plain accesses to shared memory are ordered only per
 * location; on x64 a later load may pass an earlier store. docs/spec.md, "Memory order", lists the uses of each primitive.
 *
 * How `Atomics` orders on arm64, where V8 compiles a store to `stlr` and a load to `ldar`:
 *
 * | operation | orders |
 * |---|---|
 * | `Atomics.store` | every access before it, before it |
 * | `Atomics.load` | every access after it, after it |
 * | `Atomics.store`, then `Atomics.load` | the load after the store; together a full fence |
 *
 * On x64 loads stay in order, stores stay in order, and an `Atomics.store` is a full fence. V8 keeps the order of plain
 * accesses to shared memory as they stand in the program, see ordered-store.ts.
 *
 * INV-ORDER-03: a compare-and-exchange orders later plain stores only together with an `Atomics.load` after it: on arm64
 * without LSE its store may otherwise be passed by them.
 */
import { setting } from './setting.js';

/**
 * Whether plain loads stay in order, and plain stores: on x64, in Node, which has been checked. The environment variable
 * `RINGWIRE_STRICT_ORDER=1` denies it, and every order is kept as on arm64.
 */
export const KEEPS_ORDER =
  process.arch === 'x64' &&
  process.versions['bun'] === undefined &&
  process.versions['deno'] === undefined &&
  setting('RINGWIRE_STRICT_ORDER') !== '1';

/** A word that no other thread uses. */
const own = new Int32Array(new SharedArrayBuffer(4));

/**
 * INV-ORDER-01: every load before this call happens before an `Atomics.load` after it. A reader that copies memory
 * that a writer may overwrite calls it between the copy and the load that validates the copy.
 */
export function orderLoads(): void {
  if (!KEEPS_ORDER) Atomics.store(own, 0, 0);
}

/**
 * INV-ORDER-02: every access before this call happens before every access after it, plain ones included: a full fence. A
 * process that publishes a state and then loads plain words of another process calls it between the two.
 */
export function orderAll(): void {
  Atomics.store(own, 0, 0);
  Atomics.load(own, 0);
}

/**
 * Every store after this call becomes visible after the last `Atomics.store` before it. An `Atomics.store` alone orders
 * only earlier accesses: on arm64 a later plain store may become visible first.
 */
export function orderStores(): void {
  if (!KEEPS_ORDER) Atomics.load(own, 0);
}
