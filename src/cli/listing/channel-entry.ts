/** What `ls` and `prune` know of a channel: its report, its name, its files and its age. */
import { type ChannelFiles, type ChannelScan, ticksToMillis } from '../../channel/index.js';
import type { ChannelName } from '../channel-argument.js';
import { reportAsJson } from '../rendering/channel-status.js';

/** A channel of a listing. */
export interface ChannelEntry {
  readonly channel: ChannelName;
  readonly scan: ChannelScan;
  /** Bytes that its files occupy. */
  readonly bytes: number;
  /** Milliseconds since its creation; null for an unreadable header. */
  readonly ageMs: number | null;
  /** Live readers with a slot of a ring, or registered cursors of a journal; null for a log, which knows none. */
  readonly readers: number | null;
}

/** The entry of a channel. `files`: its files; undefined if it has none. */
export function entryOf(
  channel: ChannelName,
  scan: ChannelScan,
  files: ChannelFiles | undefined,
): ChannelEntry {
  const { header, ring, journal } = scan;
  const created = header === null ? null : ticksToMillis(header.creationTime, header.tickUnit);
  const living = ring?.readers.filter(({ alive }) => alive !== false).length;
  return {
    channel,
    scan,
    bytes: files?.bytes ?? 0,
    ageMs: created === null ? null : Math.max(0, Date.now() - created),
    readers: living ?? journal?.cursors.length ?? null,
  };
}

/** The entry as a value for the JSON printer. */
export function entryAsJson({ channel, scan, bytes, ageMs, readers }: ChannelEntry): object {
  return { name: channel.name ?? null, ...reportAsJson(scan), bytes, ageMs, readers };
}
