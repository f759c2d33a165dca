/** Errors of Aeron: of the driver (below 1000) and of the client. */
import { RingwireError } from '../../platform/index.js';

/** Error numbers. Numbers from 1000 on are raised by the client. Source: Aeron 1.53 `ErrorCode`, C `aeronc.h`. */
export const AeronErrorCode = {
  /** Not used. */
  Unused: 0,
  /** The channel URI is invalid. */
  InvalidChannel: 1,
  /** No subscription has this registration id. */
  UnknownSubscription: 2,
  /** No publication has this registration id. */
  UnknownPublication: 3,
  /** The endpoint of a channel failed. */
  ChannelEndpointError: 4,
  /** No counter has this registration id. */
  UnknownCounter: 5,
  /** The driver does not know the command. */
  UnknownCommand: 6,
  /** The command is too short or has an invalid field. */
  MalformedCommand: 7,
  /** The driver does not support the request. */
  NotSupported: 8,
  /** The host name of an endpoint cannot be resolved. */
  UnknownHost: 9,
  /** A resource, such as a port, is in use. */
  ResourceTemporarilyUnavailable: 10,
  /** Another error; see the message. */
  Generic: 11,
  /** The file system of the driver is full. */
  StorageSpace: 12,
  /** A subscriber rejected the image. */
  ImageRejected: 13,
  /** The publication was revoked. */
  PublicationRevoked: 14,
  /** No active driver, or no response within `driverTimeoutMs`. */
  DriverTimeout: 1000,
  /** The driver removed this client, or the client is closed. */
  ClientTimeout: 1001,
  /** The conductor of the client did not run in time. */
  ServiceInterval: 1002,
  /** A buffer of the client is full. */
  BufferFull: 1003,
  /** The command ring of the driver is full. */
  RingFull: 1004,
} as const;

/**
 * A {@link RingwireError} with code `AERON_ERROR` and the error number of Aeron.
 *
 * @example
 * try {
 *   await aeron.addPublication('aeron:ipc?mtu=1', 10);
 * } catch (error) {
 *   if (error instanceof AeronError && error.errorCode === AeronErrorCode.Generic) console.error(error.message);
 * }
 */
export class AeronError extends RingwireError {
  /** One of {@link AeronErrorCode}, or a number of a newer driver. */
  readonly errorCode: number;

  constructor(errorCode: number, message: string) {
    super('AERON_ERROR', message);
    this.errorCode = errorCode;
  }
}
