/**
 * Iterates over the whole messages of a subscription, each a copy, from all publishers.
 *
 * INV-AERON-MESSAGES-01: one source, with one assembler, serves every iteration and typed reader of a subscription. An
 * iteration completes a message that an earlier one began, and each message is delivered to one iteration.
 */
import type { BatchSource, RecordSource } from '../../../channel/index.js';
import { RingwireError } from '../../../platform/index.js';
import { FRAME_HEADER_LENGTH } from '../../layout/frame-layout.js';
import { FragmentAssembler } from './fragment-assembler.js';
import type { FragmentHandler } from './fragment-handlers.js';
import type { Header } from './header.js';

/** A copy of a whole message. */
export interface Message {
  /** The payload: a copy that the caller owns. */
  readonly data: Buffer;
  /** The header: session, position after the message, reserved value. */
  readonly header: Header;
}

/** The part of a subscription that a source uses. */
interface Polled {
  readonly isClosed: boolean;
  /** The error that ended the client. */
  readonly failure: Error | null;
  poll(handler: FragmentHandler, fragmentLimit: number): number;
}

/** Most fragments per read: a publisher whose messages never end must not block the event loop. */
const MOST_FRAGMENTS = 16_384;

/** Bytes allocated at a time for short messages. */
const CHUNK = 16_384;
const SHORT = CHUNK / 8;

const ignore: FragmentHandler = () => {};

/** The messages of one subscription. */
export class MessageSource implements RecordSource<Message>, BatchSource<Message> {
  /** Aeron has no doorbell: publishers do not wake sleeping subscribers. */
  readonly doorbell = null;
  readonly #subscription: Polled;
  readonly #assembler: FragmentAssembler;
  #deliver = ignore;
  #batch: Message[] = [];
  #chunk = Buffer.alloc(0);
  #used = 0;
  /** An error to throw after the messages before it are delivered. */
  #postponed: { readonly error: unknown } | null = null;

  constructor(subscription: Polled) {
    this.#subscription = subscription;
    this.#assembler = new FragmentAssembler((...message) => this.#deliver(...message));
  }

  /** Why the stream of messages has ended; null while it continues. */
  get endReason(): RingwireError | null {
    return this.#subscription.isClosed ? new RingwireError('CLOSED', 'the subscription is closed') : null;
  }

  /** Delivers whole messages; their bytes and header are valid during the call only. @returns fragments consumed */
  poll(deliver: FragmentHandler, fragmentLimit: number): number {
    const before = this.#deliver;
    this.#deliver = deliver;
    try {
      return this.#subscription.poll(this.#assembler.handler, fragmentLimit);
    } finally {
      this.#deliver = before;
    }
  }

  /** The next message, or null when none is available. @throws like {@link readBatch} */
  tryRead(): Message | null {
    return this.readBatch(1)[0] ?? null;
  }

  /** @throws what `Subscription.poll` throws, and the error that ended the client */
  readBatch(limit: number): Message[] {
    this.#throwPostponed();
    const batch: Message[] = [];
    this.#batch = batch;
    try {
      // An empty poll may have skipped the padding at the end of a term: only a second one shows that nothing is available.
      for (let left = MOST_FRAGMENTS, empty = 0; left > 0 && batch.length < limit; ) {
        const count = this.poll(this.#take, Math.min(left, limit - batch.length));
        left -= count;
        if (count === 0 && (++empty > 1 || batch.length > 0)) break;
      }
    } catch (error) {
      if (batch.length === 0) throw error;
      this.#postponed = { error };
    }
    if (batch.length === 0 && this.#subscription.failure !== null) throw this.#subscription.failure;
    return batch;
  }

  /** Drops the partial message of a session whose publisher has left. */
  forget(sessionId: number): void {
    this.#assembler.freeSession(sessionId);
  }

  #throwPostponed(): void {
    if (this.#postponed === null) return;
    const { error } = this.#postponed;
    this.#postponed = null;
    throw error;
  }

  /** The header directly precedes the bytes, in a log and in an assembler: one copy takes both. */
  readonly #take: FragmentHandler = (buffer, _offset, length, header) => {
    const frame = FRAME_HEADER_LENGTH + length;
    const isShort = frame <= SHORT;
    if (isShort && frame > this.#chunk.length - this.#used) {
      this.#chunk = Buffer.allocUnsafeSlow(CHUNK);
      this.#used = 0;
    }
    const bytes = isShort ? this.#chunk : Buffer.allocUnsafeSlow(frame);
    const at = isShort ? this.#used : 0;
    if (isShort) this.#used += frame;
    buffer.copy(bytes, at, header.offset, header.offset + frame);
    this.#batch.push({
      data: bytes.subarray(at + FRAME_HEADER_LENGTH, at + frame),
      header: header.copyAt(bytes, at),
    });
  };
}
