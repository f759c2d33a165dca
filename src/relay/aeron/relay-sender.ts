/**
 * The sending end. Sends nothing before a receiver has reported its progress. Then it sends all later records in
 * order, and restarts at the first unconfirmed record if no confirmation arrives within the retry time.
 *
 * INV-RELAY-02: a receiver that joins or rejoins a stream gets a Start before the records, and no record is left out
 * between a Start and the next one.
 */
import type { ReservedValueSupplier } from '../../aeron/index.js';
import {
  type ExclusivePublication,
  type FragmentHandler,
  OfferResult,
  type Subscription,
} from '../../aeron/index.js';
import { RingwireError } from '../../platform/index.js';
import { otherSource } from '../relay-destination.js';
import type { RelaySource } from '../relay-source.js';
import {
  CONTROL_MARK,
  type ControlMessage,
  ControlMessageKind,
  decodeControlMessage,
  encodeControlMessage,
} from './control-message.js';

/** Maximum number of records per turn. */
const BATCH = 256;
const NOTES = 16;
/** No position: nothing was sent in this stream yet, or it must restart. */
const NOWHERE = -1;
/**
 * Milliseconds of silence after which another receiver may replace the known one. A receiver answers ten times per
 * second.
 */
const SILENCE_MILLIS = 500;
/** Milliseconds during which messages of a dead receiver may still arrive. A receiver that answers later is alive. */
const RIVAL_MILLIS = 2000;

interface Held {
  readonly record: Buffer;
  readonly sequence: number;
}

/** The sending end of a relay. */
export class RelaySender {
  /** Records sent, repetitions included. */
  sent = 0;
  /** Whether the source is closed and the destination has all its records and its end. */
  isDone = false;
  readonly #source: RelaySource;
  readonly #records: ExclusivePublication;
  readonly #answers: Subscription;
  readonly #retryMs: number;
  #receiver: number | null = null;
  #heardAt = 0;
  #rival = { receiver: -1, since: 0 };
  /** Number of the next record of the stream, or {@link NOWHERE}. */
  #next = NOWHERE;
  #endSent = false;
  #closedAt: number | null = null;
  #now = 0;
  #progressAt = 0;
  /** Messages read from the source while the stream had no space. */
  #held: Held[] = [];
  #sequence = 0n;
  readonly #recordMark: ReservedValueSupplier = () => this.#sequence;
  readonly #controlMark: ReservedValueSupplier = () => CONTROL_MARK;
  readonly #onAnswer: FragmentHandler = (buffer, offset, length) => {
    const message = decodeControlMessage(buffer, offset, length);
    if (message !== null) this.#hear(message);
  };

  constructor(source: RelaySource, records: ExclusivePublication, answers: Subscription, retryMs: number) {
    this.#source = source;
    this.#records = records;
    this.#answers = answers;
    this.#retryMs = retryMs;
  }

  /**
   * Does the work of one turn. `now`: monotonic milliseconds.
   * @returns number of work items done
   */
  doWork(now: number): number {
    this.#now = now;
    let work = this.#answers.poll(this.#onAnswer, NOTES);
    if (this.#receiver === null || this.isDone) return work;
    if (this.#isWaiting && now - this.#progressAt > this.#retryMs) this.#beginAgain(this.#source.confirmed);
    if (!this.#sendHeld()) return work;
    work += this.#source.poll((buffer, offset, length, sequence) => {
      const record = buffer.subarray(offset, offset + length);
      const waits = this.#held.length > 0 || !this.#sendRecord(record, sequence);
      if (waits) this.#held.push({ record: Buffer.from(record), sequence });
    }, BATCH);
    if (this.#held.length === 0 && this.#source.isAtEnd) this.#sendEnd();
    return work;
  }

  /** Whether the receiver has not confirmed everything sent. */
  get #isWaiting(): boolean {
    return this.#next > this.#source.confirmed || this.#endSent;
  }

  #hear({ kind, receiver, sequence, source }: ControlMessage): void {
    if (kind === ControlMessageKind.Start || kind === ControlMessageKind.End) return;
    if (source !== 0 && source !== this.#source.identity) throw otherSource(this.#source.path);
    if (receiver !== this.#receiver) {
      if (!this.#gives(receiver)) return;
      this.#receiver = receiver;
      this.#beginAgain(sequence);
    }
    this.#heardAt = this.#now;
    if (sequence > this.#source.confirmed) {
      this.#source.confirm(sequence);
      this.#progressAt = this.#now;
    }
    if (kind === ControlMessageKind.Waiting) this.#progressAt = this.#now;
    if (kind === ControlMessageKind.Closed) this.#closedAt = sequence;
  }

  /**
   * Whether another receiver may replace the known one.
   * @throws RingwireError `DUPLICATE_RECEIVER` if both are alive
   */
  #gives(receiver: number): boolean {
    if (this.#receiver === null || this.#now - this.#heardAt > SILENCE_MILLIS) return true;
    if (this.#rival.receiver !== receiver) this.#rival = { receiver, since: this.#now };
    if (this.#now - this.#rival.since < RIVAL_MILLIS) return false;
    throw new RingwireError(
      'DUPLICATE_RECEIVER',
      'two receivers answer on this stream: use a separate stream for each',
    );
  }

  #beginAgain(sequence: number): void {
    this.#source.goTo(sequence);
    this.#held = [];
    this.#next = NOWHERE;
    this.#endSent = false;
    this.#closedAt = null;
    this.#progressAt = this.#now;
  }

  #sendHeld(): boolean {
    while (this.#held.length > 0) {
      const { record, sequence } = this.#held[0] as Held;
      if (!this.#sendRecord(record, sequence)) return false;
      this.#held.shift();
    }
    return true;
  }

  #sendRecord(record: Uint8Array, sequence: number): boolean {
    if (this.#closedAt !== null && sequence >= this.#closedAt) {
      throw new RingwireError(
        'CLOSED',
        `the destination was closed after ${this.#closedAt} records: start the relay with a new destination`,
      );
    }
    if (sequence !== this.#next && !this.#sendStart(sequence)) return false;
    this.#sequence = BigInt(sequence);
    if (!this.#offer(record, this.#recordMark)) return false;
    this.#next = sequence + 1;
    this.sent++;
    return true;
  }

  #sendStart(sequence: number): boolean {
    if (!this.#sendControl(ControlMessageKind.Start, sequence)) return false;
    this.#next = sequence;
    return true;
  }

  #sendEnd(): void {
    const { next } = this.#source;
    if (this.#closedAt === next) this.isDone = true;
    if (this.isDone || this.#endSent) return;
    if (this.#next !== next && !this.#sendStart(next)) return;
    this.#endSent = this.#sendControl(ControlMessageKind.End, next);
    this.#progressAt = this.#now;
  }

  #sendControl(kind: ControlMessageKind, sequence: number): boolean {
    const receiver = this.#receiver as number;
    const message = encodeControlMessage({ kind, receiver, sequence, source: this.#source.identity });
    return this.#offer(message, this.#controlMark);
  }

  /**
   * Offers a message to the stream.
   * @returns false if the stream has no space now
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`, `CLOSED`
   */
  #offer(message: Uint8Array, mark: ReservedValueSupplier): boolean {
    for (;;) {
      const result = this.#records.offer(message, mark);
      if (result > 0) return true;
      if (result === OfferResult.Closed || result === OfferResult.MaxPositionExceeded) {
        throw new RingwireError('CLOSED', 'the stream of the relay has ended');
      }
      if (result !== OfferResult.AdminAction) return false;
    }
  }
}
