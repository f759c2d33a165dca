/** The history of a channel: loaded once from the server, then continued with each snapshot. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChannelHistoryAnswer, Snapshot } from '../../api/answers.js';
import { readerName } from '../../api/reader-name.js';
import { useReloaded } from './use-reloaded.js';

const KEPT_MILLIS = 15 * 60 * 1000;
/** Milliseconds after which the history is loaded again, which repairs gaps of a lost connection. */
const RELOAD_MILLIS = 30_000;
const NONE: ChannelHistoryAnswer = {
  times: [],
  recordsPerSecond: [],
  payloadBytesPerSecond: [],
  readers: [],
};

/** The history of a channel, current with the snapshot. */
export function useHistory(id: string, snapshot: Snapshot): ChannelHistoryAnswer {
  const [history, setHistory] = useState(NONE);
  const known = useRef(NONE);
  useReloaded<ChannelHistoryAnswer>(`/api/channels/${id}/history`, RELOAD_MILLIS, (loaded) => {
    known.current = loaded;
    setHistory(loaded);
  });
  useEffect(() => {
    known.current = extended(known.current, id, snapshot);
    setHistory(known.current);
  }, [snapshot]);
  return history;
}

function extended(
  history: ChannelHistoryAnswer,
  id: string,
  { channels, takenAtMs }: Snapshot,
): ChannelHistoryAnswer {
  const channel = channels.find((candidate) => candidate.id === id);
  const last = history.times.at(-1);
  if (channel === undefined || last === undefined || takenAtMs <= last) return history;
  const oldest = takenAtMs - KEPT_MILLIS;
  const drop = history.times.findIndex((time) => time >= oldest);
  const from = drop < 0 ? history.times.length : drop;
  const lagOf = (name: string) =>
    channel.readers.find((reader) => readerName(reader) === name)?.lagBytes ?? null;
  return {
    times: [...history.times.slice(from), takenAtMs],
    recordsPerSecond: [...history.recordsPerSecond.slice(from), channel.recordsPerSecond],
    payloadBytesPerSecond: [...history.payloadBytesPerSecond.slice(from), channel.payloadBytesPerSecond],
    readers: history.readers.map(({ name, lagBytes }) => ({
      name,
      lagBytes: [...lagBytes.slice(from), lagOf(name)],
    })),
  };
}
