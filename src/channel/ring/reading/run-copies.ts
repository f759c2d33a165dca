/**
 * Private copies of runs of records for handlers, one for each level of nested reading: a handler may read from the
 * same reader, and its own record stays unchanged (INV-READ-04).
 */
import { copyWords } from '../../io/record-copies.js';
import type { RingHeader } from '../ring-header-layout.js';
import type { RingMapping } from '../ring-mapping.js';
import type { RingReaderOptions } from '../ring-options.js';
import { ringRecordSize } from '../ring-record-layout.js';

/** Bytes copied at a time, unless one record is longer. */
const COPY_LENGTH = 65_536;

/** Longest run that is copied in words, in 32-bit words: 512 bytes. Other copies cost a call. */
const LONGEST_IN_WORDS = 128;

/** Whether `Buffer.copy` creates an object for each call: on Node 20. There whole blocks are copied by views that stay. */
const COPIES_BLOCKS = Number.parseInt(process.versions.node, 10) < 22;

/** Bytes of a block. */
const BLOCK = 1024;

/** Views of blocks that the readers of this thread may still create, each of about 100 bytes. Others use `Buffer.copy`. */
let viewsLeft = 16_384;

/** Called directly: the look-up of the method costs 2 ns. */
const setBytes = Uint8Array.prototype.set;

/** A copy of a run of records. */
export interface RunCopy {
  /** The copy in bytes. */
  readonly bytes: Buffer;
  /** The same memory in 32-bit words. */
  readonly halves: Int32Array;
  /** The same memory in 64-bit words. */
  readonly words: BigInt64Array;
}

/** Copies of `length` bytes each, allocated at the first use of a level. */
export class RunCopies {
  /** The longest run, in 32-bit words. */
  readonly longest: number;
  /** Views of the blocks of the ring, created at their first use; null where `Buffer.copy` is used. */
  #blocks: (Uint8Array | undefined)[] | null;
  readonly #levels: RunCopy[] = [];
  #buffer: Buffer;
  #words: BigInt64Array;

  constructor({ buffer }: Pick<RingMapping, 'buffer'>, length: number) {
    this.#buffer = buffer;
    this.#words = new BigInt64Array(buffer.buffer, buffer.byteOffset, buffer.length >>> 3);
    this.longest = length >>> 2;
    const blocks = Math.ceil(buffer.length / BLOCK);
    this.#blocks = COPIES_BLOCKS && blocks <= viewsLeft ? new Array(blocks).fill(undefined) : null;
    viewsLeft -= this.#blocks?.length ?? 0;
  }

  /** Returns the copy of a level. Level 0 is a poll outside any handler of the same reader. */
  at(level: number): RunCopy {
    const known = this.#levels[level];
    if (known !== undefined) return known;
    // The last block of a run may end after it.
    const memory = new ArrayBuffer(this.longest * 4 + BLOCK);
    const made = {
      bytes: Buffer.from(memory),
      halves: new Int32Array(memory),
      words: new BigInt64Array(memory),
    };
    this.#levels[level] = made;
    return made;
  }

  /** Copies the run from `start` to `end`, even indexes of 32-bit words of the data area. */
  fill(copy: RunCopy, start: number, end: number): void {
    if (end - start <= LONGEST_IN_WORDS) {
      copyWords(copy.words, 0, this.#words, start >>> 1, (end - start) >>> 1);
    } else if (this.#blocks === null) this.#buffer.copy(copy.bytes, 0, start * 4, end * 4);
    else this.#fillWithBlocks(this.#blocks, copy, start * 4, end * 4);
  }

  /** Up to the first whole block in words, the rest in blocks, the last of which may end after the run. */
  #fillWithBlocks(
    blocks: (Uint8Array | undefined)[],
    { bytes, words }: RunCopy,
    start: number,
    end: number,
  ): void {
    let block = Math.ceil(start / BLOCK);
    copyWords(words, 0, this.#words, start >>> 3, (block * BLOCK - start) >>> 3);
    for (; block * BLOCK < end; block++) {
      blocks[block] ??= this.#buffer.subarray(block * BLOCK, (block + 1) * BLOCK);
      setBytes.call(bytes, blocks[block] as Uint8Array, block * BLOCK - start);
    }
  }

  /** Releases the memory of the ring. */
  close(): void {
    this.#buffer = Buffer.alloc(0);
    this.#words = new BigInt64Array(0);
    viewsLeft += this.#blocks?.length ?? 0;
    this.#blocks = null;
  }
}

/**
 * The copies of a reader with this option, or null if it hands records out in place. Default: in place if the writer
 * waits for the reader and never evicts it. `isRegistered`: whether the reader has a slot that the writer waits for.
 */
export function copiesFor(
  { policy, stuckReader, maxMessageLength }: RingHeader,
  mapping: Pick<RingMapping, 'buffer'>,
  isRegistered: boolean,
  delivery: RingReaderOptions['delivery'],
): RunCopies | null {
  const isWaitedFor = isRegistered && policy === 'back-pressure' && stuckReader !== 'evict';
  const copies = (delivery ?? (isWaitedFor ? 'in-place' : 'copy')) === 'copy';
  return copies ? new RunCopies(mapping, Math.max(COPY_LENGTH, ringRecordSize(maxMessageLength))) : null;
}
