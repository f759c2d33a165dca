/** Errors of Aeron: from the driver (below 1000) and from the client. Source: Aeron 1.53 `ErrorCode`. */
import { RingwireError } from '../../platform/index.js';

/** Numbers of errors; 1000 and above come from the client itself. */
export const AeronErrorCode = {
  Unused: 0,
  InvalidChannel: 1,
  UnknownSubscription: 2,
  UnknownPublication: 3,
  ChannelEndpointError: 4,
  UnknownCounter: 5,
  UnknownCommand: 6,
  MalformedCommand: 7,
  NotSupported: 8,
  UnknownHost: 9,
  ResourceTemporarilyUnavailable: 10,
  Generic: 11,
  StorageSpace: 12,
  ImageRejected: 13,
  PublicationRevoked: 14,
  DriverTimeout: 1000,
  ClientTimeout: 1001,
  ServiceInterval: 1002,
  BufferFull: 1003,
  RingFull: 1004,
} as const;

/** A {@link RingwireError} with code `AERON_ERROR` and the number that Aeron gives the case. */
export class AeronError extends RingwireError {
  /** One of {@link AeronErrorCode}, or a number of a newer driver. */
  readonly errorCode: number;

  constructor(errorCode: number, message: string) {
    super('AERON_ERROR', message);
    this.errorCode = errorCode;
  }
}
