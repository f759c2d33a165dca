/**
 * The receiving end. Writes a record if it is the next one, drops it if it was written before, and reports its
 * progress repeatedly. Its confirmation means that the record is in the destination; with `durable`, also that it is
 * on disk.
 *
 * INV-RELAY-03: no record of an image is written before a Start that is addressed to this receiver, or after a gap.
 */
import { randomBytes } from 'node:crypto';
import {
  ControlledAction,
  ControlledFragmentAssembler,
  type ControlledFragmentHandler,
  type ExclusivePublication,
  type Subscription,
} from '../../aeron/index.js';
import type { RelayDestination } from '../relay-destination.js';
import {
  CONTROL_MARK,
  type ControlMessage,
  ControlMessageKind,
  decodeControlMessage,
  encodeControlMessage,
} from './control-message.js';

const BATCH = 256;
/** Maximum time in milliseconds between two answers. */
const ANSWER_MILLIS = 100;
const ANSWER_PAUSE_MILLIS = 2;
/** Milliseconds for which a closed destination is reported to senders. */
const FAREWELL_MILLIS = 5000;

/** The receiving end of a relay. */
export class RelayReceiver {
  /** Records written by this receiver. */
  received = 0;
  duplicates = 0;
  lost = 0;
  readonly #destination: RelayDestination;
  readonly #records: Subscription;
  readonly #answers: ExclusivePublication;
  readonly #id = randomBytes(6).readUIntBE(0, 6);
  /** Images without a gap since a Start. */
  readonly #whole = new WeakSet<object>();
  readonly #assembler: ControlledFragmentAssembler;
  readonly #durable: boolean;
  #waits = false;
  #now = 0;
  #closedSince: number | null = null;
  #farewell = false;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #answered = -1;
  #seen = false;

  /** Creates the receiver. `durable`: confirm only records that are on disk. */
  constructor(
    destination: RelayDestination,
    records: Subscription,
    answers: ExclusivePublication,
    durable = false,
  ) {
    this.#durable = durable;
    this.#destination = destination;
    this.#records = records;
    this.#answers = answers;
    this.#assembler = new ControlledFragmentAssembler(this.#onMessage);
  }

  /** Whether the destination is closed and the sender knows it, or no sender has asked for a while. */
  get isDone(): boolean {
    if (!this.#farewell || this.#closedSince === null) return false;
    const left = this.#seen && !this.#records.isConnected;
    return left || this.#now - this.#closedSince > FAREWELL_MILLIS;
  }

  /**
   * Does the work of one turn. `now`: monotonic milliseconds.
   * @returns number of work items done
   */
  doWork(now: number): number {
    this.#now = now;
    this.#waits = false;
    const work = this.#records.controlledPoll(this.#assembler.handler, BATCH);
    if (this.#records.isConnected) this.#seen = true;
    if (this.#destination.isClosed) this.#closedSince ??= now;
    if (this.#durable) this.#destination.startFlush();
    const changed = this.#confirmed !== this.#answered;
    if (now - this.#answeredAt >= (changed ? ANSWER_PAUSE_MILLIS : ANSWER_MILLIS)) this.#answer();
    return work;
  }

  readonly #onMessage: ControlledFragmentHandler = (buffer, offset, length, header) => {
    const image = header.context as object;
    const mark = header.reservedValue;
    if (mark === CONTROL_MARK) {
      const message = decodeControlMessage(buffer, offset, length);
      if (message !== null && message.receiver === this.#id) this.#hear(message, image);
      return ControlledAction.Continue;
    }
    if (!this.#whole.has(image)) return ControlledAction.Continue;
    const sequence = Number(mark);
    if (sequence === this.#destination.next && !this.#destination.isClosed) {
      return this.#take(buffer.subarray(offset, offset + length));
    }
    if (sequence < this.#destination.next) this.duplicates++;
    else this.#whole.delete(image);
    return ControlledAction.Continue;
  };

  #hear({ kind, sequence, source }: ControlMessage, image: object): void {
    if (kind === ControlMessageKind.Start && !this.#destination.isClosed) {
      this.lost += this.#destination.begin(source, sequence);
      this.#whole.add(image);
    } else if (
      kind === ControlMessageKind.End &&
      this.#whole.has(image) &&
      sequence === this.#destination.next
    ) {
      this.#destination.close();
      this.#answeredAt = Number.NEGATIVE_INFINITY;
    }
  }

  #take(record: Buffer): ControlledAction {
    if (this.#destination.tryWrite(record)) {
      this.received++;
      return ControlledAction.Continue;
    }
    this.#waits = true;
    return ControlledAction.Abort;
  }

  /** Number of the first record that is not confirmed. */
  get #confirmed(): number {
    return this.#durable ? this.#destination.flushed : this.#destination.next;
  }

  #answer(): void {
    const { source, isClosed } = this.#destination;
    const next = this.#confirmed;
    const kind = isClosed
      ? ControlMessageKind.Closed
      : this.#waits
        ? ControlMessageKind.Waiting
        : ControlMessageKind.Reading;
    const message = encodeControlMessage({ kind, receiver: this.#id, sequence: next, source });
    if (this.#answers.offer(message) <= 0) return;
    this.#answered = next;
    this.#answeredAt = this.#now;
    this.#farewell = isClosed;
  }
}
