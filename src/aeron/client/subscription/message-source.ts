/**
 * A subscription as something to be iterated: whole messages, each a copy, from all publishers.
 *
 * INV-AERON-MESSAGES-01: one source, with one assembler, serves every iteration and typed reader of a subscription: a
 * message whose fragments were begun by one of them goes on in the next, and each message goes to one of them.
 */
import type { BatchSource, RecordSource } from '../../../channel/index.js';
import { RingwireError } from '../../../platform/index.js';
import { FRAME_HEADER_LENGTH } from '../../layout/frame-layout.js';
import { FragmentAssembler } from './fragment-assembler.js';
import type { FragmentHandler } from './fragment-handlers.js';
import type { Header } from './header.js';

/** A whole message of its own: nothing changes it. */
export interface Message {
  readonly data: Buffer;
  /** Where it came from: session, position behind it, reserved value. */
  readonly header: Header;
}

/** What is used of a subscription. */
interface Polled {
  readonly isClosed: boolean;
  /** Why the client ended, where it did so with an error. */
  readonly failure: Error | null;
  poll(handler: FragmentHandler, fragmentLimit: number): number;
}

/** Fragments looked at in one read at most: a publisher that never ends its messages must not keep the event loop. */
const MOST_FRAGMENTS = 16_384;

/** Bytes allocated at a time for short messages. */
const CHUNK = 16_384;
const SHORT = CHUNK / 8;

const ignore: FragmentHandler = () => {};

export class MessageSource implements RecordSource<Message>, BatchSource<Message> {
  /** Publishers know nothing of sleepers: nobody rings. */
  readonly doorbell = null;
  readonly #subscription: Polled;
  readonly #assembler: FragmentAssembler;
  #deliver = ignore;
  #batch: Message[] = [];
  #chunk = Buffer.alloc(0);
  #used = 0;
  /** Came while messages were taken that are handed out first. */
  #postponed: { readonly error: unknown } | null = null;

  constructor(subscription: Polled) {
    this.#subscription = subscription;
    this.#assembler = new FragmentAssembler((...message) => this.#deliver(...message));
  }

  /** Why no more messages will come; null while more may come. */
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

  /** The next message, or null when there is none now. @throws like {@link readBatch} */
  tryRead(): Message | null {
    return this.readBatch(1)[0] ?? null;
  }

  /** @throws what `Subscription.poll` throws, and the error that ended the client */
  readBatch(limit: number): Message[] {
    this.#throwPostponed();
    const batch: Message[] = [];
    this.#batch = batch;
    try {
      // An empty poll may have stepped over the padding at the end of a term: only the second one says there is nothing.
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

  /** A publisher is gone; what it began it will not end. */
  forget(sessionId: number): void {
    this.#assembler.freeSession(sessionId);
  }

  #throwPostponed(): void {
    if (this.#postponed === null) return;
    const { error } = this.#postponed;
    this.#postponed = null;
    throw error;
  }

  /** The header stands right in front of the bytes, in a log as in an assembler: one copy takes both. */
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
