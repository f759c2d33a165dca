/**
 * Commands that clients write into the to-driver ring. Source: Aeron 1.53 `ControlProtocolEvents` and its flyweights.
 * Every command starts with the id of the client and a new correlation id, which the response repeats.
 */
import { i32, i64, lengthPrefixed, MessageLayout, optional, text } from './message-layout.js';

const head = { clientId: i64, correlationId: i64 };
const publication = { ...head, streamId: i32, channel: text() };
const byRegistration = { ...head, registrationId: i64 };
const destination = { ...byRegistration, channel: text() };
const counter = { typeId: i32, key: lengthPrefixed(4), label: text() };

/** Bit 0 of the flags of {@link REMOVE_PUBLICATION}: revoke instead of draining. */
export const REVOKE = 1n;
/** Shortest rejection that the driver accepts. */
const MIN_REJECT_LENGTH = 40;

export const ADD_PUBLICATION = new MessageLayout('ADD_PUBLICATION', 0x01, publication);
export const REMOVE_PUBLICATION = new MessageLayout('REMOVE_PUBLICATION', 0x02, {
  ...byRegistration,
  flags: optional(i64, 0n),
});
export const ADD_EXCLUSIVE_PUBLICATION = new MessageLayout('ADD_EXCLUSIVE_PUBLICATION', 0x03, publication);
export const ADD_SUBSCRIPTION = new MessageLayout('ADD_SUBSCRIPTION', 0x04, {
  ...head,
  /** Not used by the driver: -1. */
  registrationCorrelationId: i64,
  streamId: i32,
  channel: text(),
});
export const REMOVE_SUBSCRIPTION = new MessageLayout('REMOVE_SUBSCRIPTION', 0x05, byRegistration);
export const CLIENT_KEEPALIVE = new MessageLayout('CLIENT_KEEPALIVE', 0x06, head);
export const ADD_DESTINATION = new MessageLayout('ADD_DESTINATION', 0x07, destination);
export const REMOVE_DESTINATION = new MessageLayout('REMOVE_DESTINATION', 0x08, destination);
export const ADD_COUNTER = new MessageLayout('ADD_COUNTER', 0x09, { ...head, ...counter });
export const REMOVE_COUNTER = new MessageLayout('REMOVE_COUNTER', 0x0a, byRegistration);
/** Its correlation id is -1. */
export const CLIENT_CLOSE = new MessageLayout('CLIENT_CLOSE', 0x0b, head);
export const ADD_RCV_DESTINATION = new MessageLayout('ADD_RCV_DESTINATION', 0x0c, destination);
export const REMOVE_RCV_DESTINATION = new MessageLayout('REMOVE_RCV_DESTINATION', 0x0d, destination);
export const TERMINATE_DRIVER = new MessageLayout('TERMINATE_DRIVER', 0x0e, {
  ...head,
  token: lengthPrefixed(1),
});
export const ADD_STATIC_COUNTER = new MessageLayout('ADD_STATIC_COUNTER', 0x0f, {
  ...byRegistration,
  ...counter,
});
export const REJECT_IMAGE = new MessageLayout(
  'REJECT_IMAGE',
  0x10,
  { ...head, imageCorrelationId: i64, position: i64, reason: text() },
  MIN_REJECT_LENGTH,
);
const destinationById = { ...head, resourceRegistrationId: i64, destinationRegistrationId: i64 };
export const REMOVE_DESTINATION_BY_ID = new MessageLayout('REMOVE_DESTINATION_BY_ID', 0x11, destinationById);
/** In drivers from 1.46.1 to 1.46.9, where 0x10 is not yet {@link REJECT_IMAGE}. Not one of {@link COMMANDS}. */
export const REMOVE_DESTINATION_BY_ID_OF_1_46 = new MessageLayout(
  'REMOVE_DESTINATION_BY_ID',
  0x10,
  destinationById,
);
export const GET_NEXT_AVAILABLE_SESSION_ID = new MessageLayout('GET_NEXT_AVAILABLE_SESSION_ID', 0x12, {
  ...head,
  streamId: i32,
});

/** All commands. */
export const COMMANDS = [
  ADD_PUBLICATION,
  REMOVE_PUBLICATION,
  ADD_EXCLUSIVE_PUBLICATION,
  ADD_SUBSCRIPTION,
  REMOVE_SUBSCRIPTION,
  CLIENT_KEEPALIVE,
  ADD_DESTINATION,
  REMOVE_DESTINATION,
  ADD_COUNTER,
  REMOVE_COUNTER,
  CLIENT_CLOSE,
  ADD_RCV_DESTINATION,
  REMOVE_RCV_DESTINATION,
  TERMINATE_DRIVER,
  ADD_STATIC_COUNTER,
  REJECT_IMAGE,
  REMOVE_DESTINATION_BY_ID,
  GET_NEXT_AVAILABLE_SESSION_ID,
] as const;
