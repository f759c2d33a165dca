/** Where an outgoing relay continues in a stream: the stream itself says it, by the id of its last message. */
import type { StreamInfo } from '@nats-io/jetstream';
import type { SavedPosition } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { messageIdPrefix, type StreamPlace } from './jetstream-sink.js';
import { streamIdentity } from './stream-place.js';

/**
 * @param lastId the id of the last message; null: it has none; undefined: the stream no longer has the message
 * @param saved place of the last acknowledged record in this channel and in the stream
 * @throws RingwireError `INVALID_POSITION` when the stream is another one than before, or another publisher has added to it
 */
export function resumePlace(
  info: StreamInfo,
  lastId: string | null | undefined,
  source: number,
  saved: SavedPosition | null,
  cursor: string,
): StreamPlace {
  const { name } = info.config;
  const lastSequence = info.state.last_seq;
  const stream = streamIdentity(info);
  if (saved !== null && saved.userValue !== stream) {
    throw invalid(
      `the stream '${name}' was deleted and created again: remove ${cursor} to send all that the channel still holds`,
      cursor,
    );
  }
  const prefix = messageIdPrefix(source);
  if (lastId?.startsWith(prefix)) {
    const next = Number(lastId.slice(prefix.length)) + 1;
    // The records between were lost at the source, and the first one after them is not in the stream yet.
    const lost = saved?.position === lastSequence ? Math.max(0, saved.sequence - next) : 0;
    return { next: next + lost, lost, lastSequence, stream };
  }
  // Nothing of this source is in the stream: what an earlier channel or publisher left there stays.
  if (saved === null) return { next: 0, lost: 0, lastSequence, stream };
  if (saved.position === lastSequence) return { next: saved.sequence, lost: 0, lastSequence, stream };
  const stored = lastSequence - saved.position;
  if (lastId === undefined && stored > 0) {
    // Purged. Each record takes one number of the stream, and no other publisher has taken one.
    return { next: saved.sequence + stored, lost: 0, lastSequence, stream };
  }
  throw invalid(
    stored < 0
      ? `the stream '${name}' has ${lastSequence} messages, fewer than the ${saved.position} that it acknowledged: it was restored from an older copy; remove ${cursor} to send all that the channel still holds`
      : `another publisher has added to the stream '${name}': give each channel a stream of its own`,
    cursor,
  );
}

function invalid(message: string, path: string): RingwireError {
  return new RingwireError('INVALID_POSITION', message, { path });
}
