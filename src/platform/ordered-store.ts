/**
 * The store that publishes: every access before it becomes visible before it.
 *
 * On arm64 it is an `Atomics.store`. On x64 the processor keeps loads and stores in the order of the program, except that
 * a later load may pass an earlier store. An `Atomics.store` is a full fence there, which also prevents that, and costs
 * more than the rest of a small record. What remains to be kept is the order of the compiler. A call that V8 cannot inline
 * keeps it, since V8 moves no access of shared memory across a call. The called function is WebAssembly, which is the
 * cheapest such call, and has a loop: Node 22 and later inline a function that does nothing.
 *
 * INV-ORDER-04: `publishI32` and `publishNumber` store after every access before them, in the compiled code also. They
 * order no later load. Where that is needed, one side executes a fence, or one for both (remote-fence.ts).
 *
 * Where {@link KEEPS_ORDER} is false, both are an `Atomics.store`.
 */
import { KEEPS_ORDER } from './memory-order.js';

/** The part of WebAssembly that is used here. */
interface WebAssemblyModules {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { readonly f: () => void } };
}

/** `(module (func (export "f") (loop)))` */
const LOOP_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type without parameters and results, and one function of that type, exported as f.
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  // Its body: a loop that ends at once.
  ...[0x0a, 0x07, 0x01, 0x05, 0x00, 0x03, 0x40, 0x0b, 0x0b],
);

const opaqueCall = makeOpaqueCall();

/** Whether a publishing store is a full fence, because it is an `Atomics.store`. */
export const PUBLISHING_IS_A_FENCE = opaqueCall === null;

/** Stores a word of 32 bits after every access before it. */
export const publishI32: (words: Int32Array, at: number, value: number) => void =
  opaqueCall === null
    ? (words, at, value) => void Atomics.store(words, at, value)
    : (words, at, value) => {
        opaqueCall();
        words[at] = value;
      };

/** Whole numbers below this are published without the creation of a BigInt. */
const READY = 4096;
/** Their words, where `Atomics.store` publishes, which takes no doubles. */
const WORDS = Array.from({ length: opaqueCall === null ? READY : 0 }, (_, value) => BigInt(value));
/** The doubles that have the bits of their words, on x64, where the low half is first. V8 stores them 1 ns faster. */
const DOUBLES = doublesOfWords(opaqueCall === null ? 0 : READY);

/**
 * Stores a whole number from 0 on as a word of 64 bits after every access before it. The word is stored whole. Both views
 * cover the same memory from the same byte.
 */
export const publishNumber: (words: BigInt64Array, doubles: Float64Array, at: number, value: number) => void =
  opaqueCall === null
    ? (words, _, at, value) =>
        void Atomics.store(words, at, value < READY ? (WORDS[value] as bigint) : BigInt(value))
    : (words, doubles, at, value) => {
        opaqueCall();
        if (value < READY) doubles[at] = DOUBLES[value] as number;
        else words[at] = BigInt(value);
      };

function doublesOfWords(count: number): Float64Array {
  const halves = new Int32Array(2 * count);
  for (let value = 0; value < count; value++) halves[2 * value] = value;
  return new Float64Array(halves.buffer);
}

/** Null where a plain store may not publish. */
function makeOpaqueCall(): (() => void) | null {
  // Node has no WebAssembly with --jitless.
  const { WebAssembly } = globalThis as unknown as { WebAssembly?: WebAssemblyModules };
  if (!KEEPS_ORDER || WebAssembly === undefined) return null;
  return new WebAssembly.Instance(new WebAssembly.Module(LOOP_MODULE)).exports.f;
}
