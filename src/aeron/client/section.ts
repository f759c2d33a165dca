/** A part of a mapped file as bytes, 32-bit words and 64-bit words. It starts at a multiple of 8. */
import { RingwireError } from '../../platform/index.js';

/** Views of one section. */
export class Section {
  readonly bytes: Buffer;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly length: number;

  constructor(memory: ArrayBuffer, offset: number, length: number) {
    if (offset % 8 !== 0 || length % 8 !== 0 || offset < 0 || offset + length > memory.byteLength) {
      throw new RingwireError('CORRUPT_CHANNEL', `invalid section of ${length} bytes at ${offset}`);
    }
    this.bytes = Buffer.from(memory, offset, length);
    this.i32 = new Int32Array(memory, offset, length / 4);
    this.i64 = new BigInt64Array(memory, offset, length / 8);
    this.length = length;
  }

  /** Loads the 64-bit word at a byte offset with acquire. */
  load64(offset: number): bigint {
    return Atomics.load(this.i64, offset / 8);
  }

  /** Stores a 64-bit word with release. */
  store64(offset: number, value: bigint): void {
    Atomics.store(this.i64, offset / 8, value);
  }

  /** Loads the 32-bit word at a byte offset with acquire. */
  load32(offset: number): number {
    return Atomics.load(this.i32, offset / 4);
  }

  /** Stores a 32-bit word with release. */
  store32(offset: number, value: number): void {
    Atomics.store(this.i32, offset / 4, value);
  }
}
