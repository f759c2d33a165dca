/**
 * The key of a counter that belongs to a stream. Source: Aeron 1.53 `StreamCounter`.
 *
 * 0 registration id i64 | 8 session id i32 | 12 stream id i32 | 16 channel length i32 | 20 channel, at most 92 bytes
 */
import { cutText } from './cut-text.js';

const REGISTRATION_ID_OFFSET = 0;
const SESSION_ID_OFFSET = 8;
const STREAM_ID_OFFSET = 12;
const CHANNEL_LENGTH_OFFSET = 16;
const CHANNEL_OFFSET = 20;
const MAX_CHANNEL_LENGTH = 92;

/** The stream of a counter. Source: Aeron 1.53 `StreamCounter`. */
export interface StreamCounterKey {
  /** Registration id of the publication or subscription. */
  readonly registrationId: bigint;
  /** Session id. */
  readonly sessionId: number;
  /** Stream id. */
  readonly streamId: number;
  /** Channel URI; at most its first 92 bytes. */
  readonly channel: string;
}

/** Encodes a key; a channel longer than 92 bytes is cut between two characters. */
export function encodeStreamCounterKey({
  registrationId,
  sessionId,
  streamId,
  channel,
}: StreamCounterKey): Buffer {
  const text = cutText(channel, MAX_CHANNEL_LENGTH);
  const key = Buffer.alloc(CHANNEL_OFFSET + text.length);
  key.writeBigInt64LE(registrationId, REGISTRATION_ID_OFFSET);
  key.writeInt32LE(sessionId, SESSION_ID_OFFSET);
  key.writeInt32LE(streamId, STREAM_ID_OFFSET);
  key.writeInt32LE(text.length, CHANNEL_LENGTH_OFFSET);
  text.copy(key, CHANNEL_OFFSET);
  return key;
}

/** Decodes a key of 112 bytes. An invalid length in it is limited to the key. */
export function decodeStreamCounterKey(key: Buffer): StreamCounterKey {
  const length = Math.min(Math.max(key.readInt32LE(CHANNEL_LENGTH_OFFSET), 0), MAX_CHANNEL_LENGTH);
  return {
    registrationId: key.readBigInt64LE(REGISTRATION_ID_OFFSET),
    sessionId: key.readInt32LE(SESSION_ID_OFFSET),
    streamId: key.readInt32LE(STREAM_ID_OFFSET),
    channel: key.toString('utf8', CHANNEL_OFFSET, CHANNEL_OFFSET + length),
  };
}
