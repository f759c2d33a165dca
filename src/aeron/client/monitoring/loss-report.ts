/**
 * The loss report of a media driver, `loss-report.dat`. Source: Aeron 1.53 `LossReport`.
 *
 * entry   0 observations i64, stored last | 8 bytes lost i64 | 16 first ms i64 | 24 last ms i64 | 32 session id i32 |
 *         36 stream id i32 | 40 channel length i32, channel, padding to 4 | source length i32, source; the next
 *         entry starts at a multiple of 64
 */
import type { Section } from '../section.js';

const BYTES_LOST_OFFSET = 8;
const FIRST_OFFSET = 16;
const LAST_OFFSET = 24;
const SESSION_ID_OFFSET = 32;
const STREAM_ID_OFFSET = 36;
const CHANNEL_OFFSET = 40;
const ENTRY_ALIGNMENT = 64;

/** Losses of one stream from one source. Source: Aeron 1.53 `LossReport`. */
export interface LossObservation {
  /** Number of losses observed. */
  readonly count: bigint;
  /** Bytes lost in total. */
  readonly bytesLost: bigint;
  /** First loss, Unix time in milliseconds. */
  readonly firstMs: bigint;
  /** Last loss, Unix time in milliseconds. */
  readonly lastMs: bigint;
  /** Session id of the stream. */
  readonly sessionId: number;
  /** Stream id of the stream. */
  readonly streamId: number;
  /** Channel URI of the subscription. */
  readonly channel: string;
  /** Address and port of the publisher. */
  readonly source: string;
}

/** All losses, in the order of their first observation. */
export function readLossReport(section: Section): LossObservation[] {
  const losses: LossObservation[] = [];
  let at = 0;
  while (at + CHANNEL_OFFSET + 8 <= section.length) {
    const count = section.load64(at);
    if (count <= 0n) break;
    const channel = lengthPrefixed(section, at + CHANNEL_OFFSET);
    const source = channel && lengthPrefixed(section, Math.ceil(channel.end / 4) * 4);
    if (channel === null || source === null) break;
    losses.push({
      count,
      bytesLost: section.load64(at + BYTES_LOST_OFFSET),
      firstMs: section.load64(at + FIRST_OFFSET),
      lastMs: section.load64(at + LAST_OFFSET),
      sessionId: section.load32(at + SESSION_ID_OFFSET),
      streamId: section.load32(at + STREAM_ID_OFFSET),
      channel: channel.text,
      source: source.text,
    });
    at = Math.ceil(source.end / ENTRY_ALIGNMENT) * ENTRY_ALIGNMENT;
  }
  return losses;
}

function lengthPrefixed(section: Section, at: number): { text: string; end: number } | null {
  if (at + 4 > section.length) return null;
  const length = section.bytes.readInt32LE(at);
  const end = at + 4 + length;
  if (length < 0 || end > section.length) return null;
  return { text: section.bytes.toString('utf8', at + 4, end), end };
}
