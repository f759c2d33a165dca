/**
 * Base of both kinds of publication. `offer` and `tryClaim` return the new position of the stream, or one of
 * {@link OfferResult}. Source: Aeron 1.53 `Publication`, `ExclusivePublication`.
 */
import { RingwireError } from '../../../platform/index.js';
import { alignedFrame, framedLength, maxMessageLength, maxPayloadLength } from '../../layout/frame-layout.js';
import { IS_CONNECTED_OFFSET } from '../../layout/log-layout.js';
import type { LogBuffers } from '../log-buffers.js';
import { type CounterSlot, loadPosition } from '../monitoring/counter-value.js';
import type { BufferClaim } from './buffer-claim.js';
import { FrameWriter, type ReservedValueSupplier } from './frame-writer.js';
import { joined, messageTooLong } from './message-parts.js';
import { OfferResult } from './offer-result.js';

/** The parts of a publication. */
export interface PublicationParts {
  readonly channel: string;
  readonly log: LogBuffers;
  readonly registrationId: bigint;
  readonly originalRegistrationId: bigint;
  readonly limit: CounterSlot;
  readonly limitCounterId: number;
  readonly channelStatusId: number;
  /** Sends the removal and releases the log. */
  readonly release: (revoke: boolean) => void;
}

/**
 * Members of {@link Publication} and {@link ExclusivePublication}.
 *
 * @example
 * const result = publication.offer(Buffer.from('hello'));
 * if (result < 0 && result !== OfferResult.BackPressured) throw new Error(`offer failed: ${result}`);
 */
export abstract class PublicationBase implements Disposable {
  /** Channel URI as requested. */
  readonly channel: string;
  /** Registration id of this publication. */
  readonly registrationId: bigint;
  /** Registration id of the publication that created the log. */
  readonly originalRegistrationId: bigint;
  /** Session id of the stream, 32 bits signed. */
  readonly sessionId: number;
  /** Stream id, 32 bits signed. */
  readonly streamId: number;
  /** Term id at position 0. */
  readonly initialTermId: number;
  /** Length of a term in bytes. */
  readonly termBufferLength: number;
  /** log2 of the term length. */
  readonly positionBitsToShift: number;
  /** Largest payload of one frame in bytes; the limit of `tryClaim`. */
  readonly maxPayloadLength: number;
  /** Largest message of `offer` in bytes. */
  readonly maxMessageLength: number;
  /** Largest possible position of the stream in bytes: 2^31 terms. */
  readonly maxPossiblePosition: number;
  /** Id of the counter that holds the position limit. */
  readonly positionLimitId: number;
  /** Id of the counter that holds the status of the endpoint; -1 for IPC. */
  readonly channelStatusId: number;
  /** Whether {@link close} revokes the stream. Default: false. */
  revokeOnClose = false;
  protected readonly log: LogBuffers;
  protected readonly writer: FrameWriter;
  /** The space claimed last: index of its first 32-bit word in the file, and its term. */
  protected claimedWord = 0;
  protected claimedTermId = 0;
  protected readonly limit: CounterSlot;
  readonly #release: (revoke: boolean) => void;
  #closed = false;

  /** @internal `Aeron` creates publications. */
  constructor(parts: PublicationParts) {
    const { metadata } = parts.log;
    this.channel = parts.channel;
    this.registrationId = parts.registrationId;
    this.originalRegistrationId = parts.originalRegistrationId;
    this.sessionId = metadata.sessionId;
    this.streamId = metadata.streamId;
    this.initialTermId = metadata.initialTermId;
    this.termBufferLength = metadata.termLength;
    this.positionBitsToShift = parts.log.shift;
    this.maxPayloadLength = maxPayloadLength(metadata.mtuLength);
    this.maxMessageLength = maxMessageLength(metadata.termLength);
    this.maxPossiblePosition = metadata.termLength * 2 ** 31;
    this.positionLimitId = parts.limitCounterId;
    this.channelStatusId = parts.channelStatusId;
    this.log = parts.log;
    this.writer = new FrameWriter(parts.log);
    this.limit = parts.limit;
    this.#release = parts.release;
  }

  /** Position after the last message, in bytes; -4 when closed. */
  abstract get position(): number;

  /** Whether this publication or its client was closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether a subscriber is connected. */
  get isConnected(): boolean {
    return !this.#closed && this.log.isConnected;
  }

  /** Position up to which the driver allows to publish, in bytes; -4 when closed. */
  get positionLimit(): number {
    return this.#closed ? OfferResult.Closed : loadPosition(this.limit.i32, this.limit.index);
  }

  /** Bytes that may be published before back pressure; -4 when closed. */
  get availableWindow(): number {
    return this.#closed ? OfferResult.Closed : this.positionLimit - this.position;
  }

  /**
   * Publishes a message. A message above {@link maxPayloadLength} is split into fragments.
   * @param message the payload; an array of parts is one message
   * @param reservedValue computes the reserved value of each frame; default: 0
   * @returns the new position, or an {@link OfferResult}
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxMessageLength}, `INVALID_ARGUMENT`
   */
  offer(message: Uint8Array | readonly Uint8Array[], reservedValue?: ReservedValueSupplier): number {
    const { writer } = this;
    const length = reservedValue === undefined ? writer.knownLength(message) : -1;
    if (length < 0 || length > this.maxPayloadLength) return this.#offerChecked(message, reservedValue);
    const result = this.claimSpace(alignedFrame(length), length);
    if (result > 0) writer.known(this.claimedWord, this.claimedTermId, length);
    return result;
  }

  /** Slow path: a buffer that differs from the last one, a long message, or a supplier. */
  #offerChecked(
    message: Uint8Array | readonly Uint8Array[],
    reservedValue: ReservedValueSupplier | undefined,
  ): number {
    const data = message instanceof Uint8Array ? message : joined(message);
    const { length } = data;
    this.checkLength(length, this.maxMessageLength);
    const result = this.claimSpace(framedLength(length, this.maxPayloadLength), length);
    if (result <= 0) return result;
    const { claimedWord, claimedTermId } = this;
    if (reservedValue === undefined && length <= this.maxPayloadLength) {
      this.writer.whole(claimedWord, claimedTermId, data);
    } else this.writer.message(claimedWord, claimedTermId, data, reservedValue);
    return result;
  }

  /**
   * Claims one frame, which the caller fills in place and then commits or aborts.
   * @param length payload in bytes, 0 to {@link maxPayloadLength}
   * @returns the new position, or an {@link OfferResult}
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxPayloadLength}, `INVALID_ARGUMENT` for an invalid
   * length, `CLAIM_PENDING` when `claim` is still open
   */
  tryClaim(length: number, claim: BufferClaim): number {
    if (claim.isOpen || length > this.maxPayloadLength || length >>> 0 !== length) {
      this.checkLength(length, this.maxPayloadLength);
      throw new RingwireError('CLAIM_PENDING', 'this claim is open: call commit() or abort() first');
    }
    const result = this.claimSpace(alignedFrame(length), length);
    if (result > 0) this.writer.claim(this.claimedWord, this.claimedTermId, length, claim);
    return result;
  }

  /** Closes this publication; subscribers can read the rest of the stream. A second call does nothing. */
  close(): void {
    this.#close(this.revokeOnClose);
  }

  /** Closes this publication and ends the stream at once. With a driver before 1.48.0 subscribers can read the rest. */
  revoke(): void {
    this.#close(true);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal The client has ended: nothing is sent. */
  forceClose(): void {
    this.#closed = true;
    this.onClosed();
  }

  /** Called after {@link isClosed} became true. */
  protected onClosed(): void {}

  /**
   * Claims `required` bytes of frames; `length` is the payload, for the check of the last position.
   * @returns the position after them, with {@link claimedWord} and {@link claimedTermId} set, or an {@link OfferResult}
   */
  protected abstract claimSpace(required: number, length: number): number;

  /** The result at a position that has reached the limit. */
  protected refusal(position: number, length: number): OfferResult {
    if (position + length >= this.maxPossiblePosition) return OfferResult.MaxPositionExceeded;
    const connected = this.log.page.load32(IS_CONNECTED_OFFSET) === 1;
    return connected ? OfferResult.BackPressured : OfferResult.NotConnected;
  }

  #close(revoke: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClosed();
    this.#release(revoke);
  }

  /** @throws RingwireError `INVALID_ARGUMENT`, `MAX_RECORD_LENGTH_EXCEEDED` */
  protected checkLength(length: number, maxAllowed: number): void {
    if (length <= maxAllowed && length >= 0 && length === (length | 0)) return;
    if (!(length > maxAllowed)) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `invalid message length ${length}: expected a whole number from 0 to ${maxAllowed}`,
      );
    }
    throw messageTooLong(length, maxAllowed);
  }
}
