import { u64 } from '../../core/arguments.js';
import type { RecordDecorator } from './record-decorator.js';

const WORD_RANGE = 2 ** 32;

/** Options of a {@link SequenceHandler}. */
export interface SequenceOptions {
  /**
   * When the number advances. `record` (default): for each published record, without gaps. `attempt`: also for a
   * refused record, as in kekbit.
   */
  readonly advance?: 'record' | 'attempt';
}

/**
 * Adds a sequence number before each record: u64, little endian, incremented by 1. While reading it counts
 * missing records. Source: kekbit 0.3.1 `SequenceHandler`.
 *
 * @example
 * ```ts
 * const sequence = new SequenceHandler();
 * const reader = new TypedReader(ShmReader.open(root, id), utf8, sequence);
 * reader.poll((value) => console.log(sequence.sequence, value));
 * ```
 */
export class SequenceHandler implements RecordDecorator {
  readonly incomingLength = 8;
  readonly outgoingLength = 0;
  readonly #perAttempt: boolean;
  /** The last number written or read, in two halves, so that no BigInt is allocated for a record. */
  #high: number;
  #low: number;
  #received = false;
  #missed = 0;

  /**
   * Creates a handler. `last`: the number before the first one, 0 to 2^64-1. Default: 0. The first record gets
   * `last + 1`.
   */
  constructor(last: bigint | number = 0, options: SequenceOptions = {}) {
    const number = u64('last', last);
    this.#high = Number(number >> 32n);
    this.#low = Number(number & 0xffff_ffffn);
    this.#perAttempt = options.advance === 'attempt';
  }

  /** Number of the last record. */
  get sequence(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  /** Reading: number of missing records between received ones. */
  get missed(): number {
    return this.#missed;
  }

  attempted(): void {
    if (this.#perAttempt) this.#advance();
  }

  incoming(buffer: Buffer, offset: number): void {
    const carry = this.#perAttempt ? 0 : 1;
    const low = (this.#low + carry) >>> 0;
    buffer.writeUInt32LE(low, offset);
    buffer.writeUInt32LE((this.#high + (low < carry ? 1 : 0)) >>> 0, offset + 4);
  }

  outgoing(): void {}

  published(): void {
    if (!this.#perAttempt) this.#advance();
  }

  receive(buffer: Buffer, start: number): void {
    const low = buffer.readUInt32LE(start);
    const high = buffer.readUInt32LE(start + 4);
    const step = (high - this.#high) * WORD_RANGE + (low - this.#low);
    // A reader that moved back reads smaller numbers. No record is missing then.
    if (this.#received && step > 1) this.#missed += step - 1;
    this.#received = true;
    this.#high = high;
    this.#low = low;
  }

  #advance(): void {
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
  }
}
