/**
 * Responses. The driver broadcasts each response to all clients; the ids identify the receiver. Source: Aeron 1.53
 * `ControlProtocolEvents` and its flyweights.
 */
import { bytes, i16, i32, i64, MessageLayout, text, u16 } from './message-layout.js';

const publicationReady = {
  correlationId: i64,
  /** Registration id of the log, equal for all publications that share it. */
  registrationId: i64,
  sessionId: i32,
  streamId: i32,
  positionLimitCounterId: i32,
  /** -1 for IPC. */
  channelStatusIndicatorId: i32,
  logFile: text(),
};
const counter = { correlationId: i64, counterId: i32 };

export const ON_ERROR = new MessageLayout('ON_ERROR', 0xf01, {
  offendingCorrelationId: i64,
  errorCode: i32,
  message: text(),
});
export const ON_AVAILABLE_IMAGE = new MessageLayout('ON_AVAILABLE_IMAGE', 0xf02, {
  correlationId: i64,
  sessionId: i32,
  streamId: i32,
  subscriptionRegistrationId: i64,
  subscriberPositionId: i32,
  logFile: text(4),
  sourceIdentity: text(),
});
export const ON_PUBLICATION_READY = new MessageLayout('ON_PUBLICATION_READY', 0xf03, publicationReady);
export const ON_OPERATION_SUCCESS = new MessageLayout('ON_OPERATION_SUCCESS', 0xf04, { correlationId: i64 });
export const ON_UNAVAILABLE_IMAGE = new MessageLayout('ON_UNAVAILABLE_IMAGE', 0xf05, {
  correlationId: i64,
  subscriptionRegistrationId: i64,
  streamId: i32,
  channel: text(),
});
export const ON_EXCLUSIVE_PUBLICATION_READY = new MessageLayout(
  'ON_EXCLUSIVE_PUBLICATION_READY',
  0xf06,
  publicationReady,
);
export const ON_SUBSCRIPTION_READY = new MessageLayout('ON_SUBSCRIPTION_READY', 0xf07, {
  correlationId: i64,
  channelStatusIndicatorId: i32,
});
/** Also announces the counter to all clients. */
export const ON_COUNTER_READY = new MessageLayout('ON_COUNTER_READY', 0xf08, counter);
/** Its correlation id is the counter's registration id. */
export const ON_UNAVAILABLE_COUNTER = new MessageLayout('ON_UNAVAILABLE_COUNTER', 0xf09, counter);
export const ON_CLIENT_TIMEOUT = new MessageLayout('ON_CLIENT_TIMEOUT', 0xf0a, { clientId: i64 });
export const ON_STATIC_COUNTER = new MessageLayout('ON_STATIC_COUNTER', 0xf0b, counter);
/** Shortest message that clients in C accept. */
const MIN_PUBLICATION_ERROR_LENGTH = 72;

export const ON_PUBLICATION_ERROR = new MessageLayout(
  'ON_PUBLICATION_ERROR',
  0xf0c,
  {
    registrationId: i64,
    destinationRegistrationId: i64,
    sessionId: i32,
    streamId: i32,
    receiverId: i64,
    groupTag: i64,
    /** 0 none, 1 IPv4, 2 IPv6. */
    addressType: i16,
    sourcePort: u16,
    sourceAddress: bytes(16),
    errorCode: i32,
    message: text(),
  },
  MIN_PUBLICATION_ERROR_LENGTH,
);
export const ON_NEXT_AVAILABLE_SESSION_ID = new MessageLayout('ON_NEXT_AVAILABLE_SESSION_ID', 0xf0d, {
  correlationId: i64,
  nextSessionId: i32,
});

/** All responses. */
export const RESPONSES = [
  ON_ERROR,
  ON_AVAILABLE_IMAGE,
  ON_PUBLICATION_READY,
  ON_OPERATION_SUCCESS,
  ON_UNAVAILABLE_IMAGE,
  ON_EXCLUSIVE_PUBLICATION_READY,
  ON_SUBSCRIPTION_READY,
  ON_COUNTER_READY,
  ON_UNAVAILABLE_COUNTER,
  ON_CLIENT_TIMEOUT,
  ON_STATIC_COUNTER,
  ON_PUBLICATION_ERROR,
  ON_NEXT_AVAILABLE_SESSION_ID,
] as const;
