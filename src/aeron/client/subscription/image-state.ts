/**
 * State of an image: its position and its end. {@link Image} adds the polls.
 *
 * INV-AERON-IMAGE-01: nothing is stored in the position counter after the image is closed, or while the counter's
 * registration id is not that of the subscription: the driver may have reused the counter.
 */
import { RingwireError } from '../../../platform/index.js';
import { FRAME_ALIGNMENT } from '../../layout/frame-layout.js';
import { requireWhole } from '../arguments.js';
import type { LogBuffers } from '../log-buffers.js';
import { type CounterSlot, loadPosition, storePosition } from '../monitoring/counter-value.js';
import { Header } from './header.js';
import { StreamEnd } from './stream-end.js';

/** Offset of the low half of a counter's registration id from its value, in 32-bit words. */
const OWNER_WORD = 2;

/** The subscription of an image. */
export interface ImageSubscription {
  /** Channel URI of the subscription. */
  readonly channel: string;
  /** Stream id of the subscription. */
  readonly streamId: number;
  /** Registration id of the subscription. */
  readonly registrationId: bigint;
  /** Whether the subscription was closed. */
  readonly isClosed: boolean;
}

/** The parts of an image. */
export interface ImageParts {
  readonly correlationId: bigint;
  readonly sessionId: number;
  readonly sourceIdentity: string;
  readonly subscription: ImageSubscription;
  readonly log: LogBuffers;
  readonly counter: CounterSlot;
  /** Registration id of the subscription, which its position counters carry. */
  readonly counterRegistrationId: bigint;
  readonly subscriberPositionId: number;
}

/** Position and end of an {@link Image}. */
export abstract class ImageState {
  /** Id of the image at its driver. */
  readonly correlationId: bigint;
  /** Session of the publisher. */
  readonly sessionId: number;
  /** `aeron:ipc`, or address and port of the publisher. */
  readonly sourceIdentity: string;
  /** The subscription that this image belongs to. */
  readonly subscription: ImageSubscription;
  /** First position of this image, in bytes. */
  readonly joinPosition: number;
  /** Length of a term in bytes. */
  readonly termBufferLength: number;
  /** log2 of the term length. */
  readonly positionBitsToShift: number;
  /** Largest frame of the publisher in bytes, with its header. */
  readonly mtuLength: number;
  /** Term id at position 0. */
  readonly initialTermId: number;
  /** Id of the counter that holds the position. */
  readonly subscriberPositionId: number;
  protected readonly log: LogBuffers;
  protected readonly header: Header;
  /** Bytes consumed, as stored last by this image. */
  protected consumed = 0;
  protected closed = false;
  protected polling = false;
  readonly #counter: CounterSlot;
  /** The low half of the registration id that the position counter must have. */
  readonly #owner: number = 0;
  readonly #end: StreamEnd;

  /** @internal The conductor of the client creates images. @throws RingwireError `CORRUPT_CHANNEL` */
  constructor(parts: ImageParts) {
    const { metadata } = parts.log;
    this.correlationId = parts.correlationId;
    this.sessionId = parts.sessionId;
    this.sourceIdentity = parts.sourceIdentity;
    this.subscription = parts.subscription;
    this.subscriberPositionId = parts.subscriberPositionId;
    this.termBufferLength = metadata.termLength;
    this.positionBitsToShift = parts.log.shift;
    this.mtuLength = metadata.mtuLength;
    this.initialTermId = metadata.initialTermId;
    this.log = parts.log;
    this.header = new Header(this.initialTermId, this.termBufferLength, parts.log.terms[0] as Buffer, this);
    this.#end = new StreamEnd(parts.log);
    this.#counter = parts.counter;
    this.#owner = Number(BigInt.asIntN(32, parts.counterRegistrationId));
    this.joinPosition = loadPosition(parts.counter.i32, parts.counter.index);
    if (this.joinPosition < 0 || this.joinPosition % FRAME_ALIGNMENT !== 0) {
      throw new RingwireError('CORRUPT_CHANNEL', `invalid join position ${this.joinPosition} of an image`, {
        path: parts.log.path,
      });
    }
    this.consumed = this.joinPosition;
  }

  /** Position in bytes: everything before it is consumed. */
  get position(): number {
    return this.consumed;
  }

  /**
   * Moves the position forward and skips the fragments between. Does nothing after the close.
   * @throws RingwireError `INVALID_ARGUMENT` unless it is a multiple of 32 from the position to the end of its term
   */
  set position(position: number) {
    if (this.closed) return;
    this.checkPosition('position', position);
    this.moveTo(position);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Position at which the stream ends; 2^63-1 while it is unknown. */
  get endOfStreamPosition(): bigint {
    return this.#end.position;
  }

  /** Whether the stream has ended and was consumed. */
  get isEndOfStream(): boolean {
    return BigInt(this.consumed) >= this.endOfStreamPosition;
  }

  /** Whether the publisher revoked the stream. */
  get isPublicationRevoked(): boolean {
    return this.#end.isRevoked;
  }

  /** Number of network transports; 0 for IPC and after the close. */
  get activeTransportCount(): number {
    return this.#end.activeTransportCount;
  }

  /** @internal The stream, the subscription or the client has ended. */
  close(): void {
    if (this.closed) return;
    this.#end.freeze();
    this.closed = true;
  }

  protected moveTo(position: number): void {
    const previous = this.consumed;
    if (this.closed || position === previous) return;
    this.consumed = position;
    const { i32, index } = this.#counter;
    if (i32[index + OWNER_WORD] === this.#owner) storePosition(this.#counter, position, previous);
  }

  /** Refuses a nested poll: it would deliver the same fragments again, and the outer poll would move the position back. */
  protected enter(): void {
    if (this.polling) {
      throw new RingwireError('INVALID_ARGUMENT', 'an image cannot be polled from a handler of its own poll');
    }
    this.polling = true;
  }

  /** @throws RingwireError `INVALID_ARGUMENT` unless a frame of the current term can start or end there */
  protected checkPosition(name: string, position: number): void {
    const termEnd = this.consumed - (this.consumed % this.termBufferLength) + this.termBufferLength;
    requireWhole(name, position, this.consumed, termEnd);
    if (position % FRAME_ALIGNMENT === 0) return;
    throw new RingwireError('INVALID_ARGUMENT', `${name} must be a multiple of 32, not ${position}`);
  }

  protected damaged(offset: number, length: number): RingwireError {
    return new RingwireError(
      'CORRUPT_CHANNEL',
      `invalid frame length ${length} at offset ${offset} of a term of ${this.termBufferLength} bytes`,
      { path: this.log.path, reason: 'frame length', length, position: this.consumed },
    );
  }
}
