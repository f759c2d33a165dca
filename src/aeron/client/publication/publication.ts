/**
 * What both kinds of publication share. Results of `offer` and `tryClaim` are the new position of the stream, or one
 * of {@link OfferResult}. Source: Aeron 1.53 `Publication`, `ExclusivePublication`.
 */
import { RingwireError } from '../../../platform/index.js';
import {
  FRAME_ALIGNMENT,
  FRAME_HEADER_LENGTH,
  framedLength,
  maxMessageLength,
  maxPayloadLength,
} from '../../layout/frame-layout.js';
import { IS_CONNECTED_OFFSET, LogType } from '../../layout/log-layout.js';
import type { LogBuffers } from '../log-buffers.js';
import { type CounterSlot, loadPosition } from '../monitoring/counter-value.js';
import type { BufferClaim } from './buffer-claim.js';
import { FrameWriter, type ReservedValueSupplier } from './frame-writer.js';

export const OfferResult = {
  /** No subscriber. */
  NotConnected: -1,
  /** Subscribers have not caught up: try again. */
  BackPressured: -2,
  /** The term was rotated: try again at once. */
  AdminAction: -3,
  Closed: -4,
  /** The stream has reached its last possible position. */
  MaxPositionExceeded: -5,
} as const;
export type OfferResult = (typeof OfferResult)[keyof typeof OfferResult];

export interface PublicationParts {
  readonly channel: string;
  readonly log: LogBuffers;
  readonly registrationId: bigint;
  readonly originalRegistrationId: bigint;
  readonly limit: CounterSlot;
  readonly limitCounterId: number;
  readonly channelStatusId: number;
  /** Tells the driver and gives the log back. */
  readonly release: (revoke: boolean) => void;
}

export abstract class PublicationBase implements Disposable {
  readonly channel: string;
  readonly registrationId: bigint;
  readonly originalRegistrationId: bigint;
  readonly sessionId: number;
  readonly streamId: number;
  readonly initialTermId: number;
  readonly termBufferLength: number;
  readonly maxPayloadLength: number;
  readonly maxMessageLength: number;
  readonly maxPossiblePosition: number;
  readonly positionLimitId: number;
  /** -1 for IPC. */
  readonly channelStatusId: number;
  /** Whether {@link close} revokes. Default false. */
  revokeOnClose = false;
  protected readonly log: LogBuffers;
  protected readonly writer: FrameWriter;
  /** The space taken last: index of its first 32-bit word in the file, and the term it belongs to. */
  protected claimedWord = 0;
  protected claimedTermId = 0;
  protected readonly limit: CounterSlot;
  readonly #release: (revoke: boolean) => void;
  #closed = false;

  /** @internal Publications are made by `Aeron`. */
  constructor(parts: PublicationParts) {
    const { metadata } = parts.log;
    this.channel = parts.channel;
    this.registrationId = parts.registrationId;
    this.originalRegistrationId = parts.originalRegistrationId;
    this.sessionId = metadata.sessionId;
    this.streamId = metadata.streamId;
    this.initialTermId = metadata.initialTermId;
    this.termBufferLength = metadata.termLength;
    this.maxPayloadLength = maxPayloadLength(metadata.mtuLength);
    this.maxMessageLength = maxMessageLength(metadata.termLength);
    this.maxPossiblePosition = metadata.termLength * 2 ** 31;
    this.positionLimitId = parts.limitCounterId;
    this.channelStatusId = parts.channelStatusId;
    this.log = parts.log;
    this.writer = new FrameWriter(parts.log, parts.log.metadata.type === LogType.Exclusive);
    this.limit = parts.limit;
    this.#release = parts.release;
  }

  /** Position behind the last message, in bytes; -4 when closed. */
  abstract get position(): number;

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether a subscriber is there. */
  get isConnected(): boolean {
    return !this.#closed && this.log.isConnected;
  }

  /** The position up to which the driver lets us publish; -4 when closed. */
  get positionLimit(): number {
    return this.#closed ? OfferResult.Closed : loadPosition(this.limit.i32, this.limit.index);
  }

  /** Bytes that may be published before back pressure. */
  get availableWindow(): number {
    return this.#closed ? OfferResult.Closed : this.positionLimit - this.position;
  }

  /**
   * Publishes a message, in fragments where needed; an array of parts is sent as one message.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxMessageLength}
   */
  offer(message: Uint8Array | readonly Uint8Array[], reservedValue?: ReservedValueSupplier): number {
    const { writer } = this;
    if (reservedValue !== undefined || !writer.knows(message) || message.length > this.maxPayloadLength) {
      return this.#offerWithCare(message, reservedValue);
    }
    const { length } = message;
    const result = this.claimSpace(alignedFrame(length), length);
    if (result > 0) writer.whole(this.claimedWord, this.claimedTermId, message);
    return result;
  }

  /** Whatever is not the same short buffer as before. */
  #offerWithCare(
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
   * Claims one frame to be filled in place.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above {@link maxPayloadLength}, `INVALID_ARGUMENT` for what is
   * no length, `CLAIM_PENDING` when `claim` is still open
   */
  tryClaim(length: number, claim: BufferClaim): number {
    if (claim.isOpen || length > this.maxPayloadLength || length >>> 0 !== length) {
      this.checkLength(length, this.maxPayloadLength);
      throw new RingwireError('CLAIM_PENDING', 'this claim is open: commit() or abort() it first');
    }
    const result = this.claimSpace(alignedFrame(length), length);
    if (result > 0) {
      const { writer, claimedWord } = this;
      writer.begin(claimedWord, length + FRAME_HEADER_LENGTH, this.claimedTermId);
      claim.wrap(writer, claimedWord, length);
    }
    return result;
  }

  /** Ends this publication; subscribers get what was published. A second call does nothing. */
  close(): void {
    this.#close(this.revokeOnClose);
  }

  /** Ends the stream at once: subscribers need not read what is left. */
  revoke(): void {
    this.#close(true);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal The client is gone: nothing is sent. */
  forceClose(): void {
    this.#closed = true;
    this.onClosed();
  }

  /** From now on {@link isClosed} is true. */
  protected onClosed(): void {}

  /**
   * Makes room for `required` bytes of frames; `length` is the payload, for the test of the last position.
   * @returns the position behind them, with {@link claimedWord} and {@link claimedTermId} set, or an {@link OfferResult}
   */
  protected abstract claimSpace(required: number, length: number): number;

  /** Why nothing may be published at a position that has reached the limit. */
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
      throw new RingwireError('INVALID_ARGUMENT', `${length} is no length of a message`);
    }
    throw messageTooLong(length, maxAllowed);
  }
}

export function messageTooLong(length: number, maxAllowed: number): RingwireError {
  return new RingwireError(
    'MAX_RECORD_LENGTH_EXCEEDED',
    `a message of ${length} bytes is longer than the ${maxAllowed} bytes this publication takes`,
    { recordLength: length, maxAllowed },
  );
}

/** Bytes of a frame for a payload of `length`, which is a length of one frame: all in 32-bit arithmetic. */
function alignedFrame(length: number): number {
  return (length + FRAME_HEADER_LENGTH + FRAME_ALIGNMENT - 1) & -FRAME_ALIGNMENT;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (Array.isArray(parts) && parts.every((part) => part instanceof Uint8Array)) return Buffer.concat(parts);
  throw new RingwireError('INVALID_ARGUMENT', 'a message is a Uint8Array, or an array of them');
}
