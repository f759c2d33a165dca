/** The ordered accesses to shared memory that a call makes, for tests of a processor that may reorder plain ones. */
import { vi } from 'vitest';

/** The ordered accesses of a call: `store NAME`, `load NAME`, and `order` for those to the word of the primitives. */
export function accesses(
  shared: ArrayBuffer,
  nameOf: (byte: number) => string,
  call: (log: string[]) => void,
): string[] {
  const log: string[] = [];
  const name = (kind: string, array: Int32Array | BigInt64Array, index: number) =>
    array.buffer === shared
      ? `${kind} ${nameOf(array.byteOffset + index * array.BYTES_PER_ELEMENT)}`
      : `order by ${kind}`;
  const { load, store } = Atomics;
  const spies = [
    vi.spyOn(Atomics, 'load').mockImplementation(((array: Int32Array, index: number) => {
      log.push(name('load', array, index));
      return load(array, index);
    }) as never),
    vi.spyOn(Atomics, 'store').mockImplementation(((array: Int32Array, index: number, value: number) => {
      log.push(name('store', array, index));
      return store(array, index, value);
    }) as never),
  ];
  try {
    call(log);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return log;
}
