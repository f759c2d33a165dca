/** The state of a channel by a full scan, and by an observation that distinguishes a late writer from a live one. */
import { abortError, delay } from '../platform/index.js';
import { type ChannelReport, verifyChannel } from './channel-report.js';
import { type ChannelState, stateOfUnreadable } from './channel-state.js';
import type { Reader } from './core/reader.js';
import { ticksToMillis } from './core/tick-unit.js';
import { resolveRoot } from './files/channel-listing.js';
import type { ChannelKey } from './files/channel-names.js';
import { JournalReader } from './journal/journal-reader.js';
import { ShmReader } from './log/log-reader.js';
import { RingReader } from './ring/ring-reader.js';

/** A report of the whole content of a channel, with its state. */
export interface ChannelScan extends ChannelReport {
  /** State of the channel. */
  readonly state: ChannelState;
}

/** Options of {@link observeChannel}. */
export interface ObserveOptions {
  /** Ends the observation early. Default: none. */
  readonly signal?: AbortSignal;
  /** Milliseconds to observe. Default: the timeout of the channel. A shorter observation never returns `late`. */
  readonly observeMs?: number;
}

/**
 * Returns the current state of a channel. Reads the whole channel; never returns `late`.
 * @throws RingwireError like {@link verifyChannel}
 */
export function scanChannel(root: string, channel: ChannelKey): ChannelScan {
  return withState(verifyChannel(root, channel));
}

/**
 * Returns the state of a channel after an observation. A live writer that publishes no record and no heartbeat for
 * the whole timeout of the channel is `late`. Returns at the first record or heartbeat.
 * @throws RingwireError like {@link verifyChannel}; the signal's reason when it aborts
 */
export async function observeChannel(
  root: string,
  channel: ChannelKey,
  { signal, observeMs }: ObserveOptions = {},
): Promise<ChannelScan> {
  const folder = resolveRoot(root);
  const before = scanChannel(folder, channel);
  const { channelId } = before;
  const { header } = before;
  if (before.state !== 'alive' || header === null) return before;
  const timeoutMs = ticksToMillis(header.timeout, header.tickUnit);
  const watchMs = Math.min(observeMs ?? Number.POSITIVE_INFINITY, timeoutMs);
  if (watchMs === Number.POSITIVE_INFINITY) return before;
  const silent = await isSilent(folder, before, watchMs, signal);
  const after = scanChannel(folder, channelId);
  const late =
    silent && watchMs === timeoutMs && after.state === 'alive' && after.position === before.position;
  return late ? { ...after, state: 'late' } : after;
}

const LONGEST_PAUSE_MILLIS = 50;

/** Whether the writer publishes nothing at the position of the report for the given milliseconds. */
async function isSilent(
  root: string,
  { channelId, position, kind }: ChannelReport,
  millis: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = performance.now() + millis;
  const reader = openAtEnd(root, channelId, kind);
  try {
    if (kind === 'log') reader.moveTo(position);
    while (performance.now() < deadline) {
      reader.poll(() => {}, 1);
      if (reader.position !== position || reader.endReason !== null) return false;
      const pause = Math.min(LONGEST_PAUSE_MILLIS, Math.max(1, deadline - performance.now()));
      if (!(await delay(pause, signal))) throw abortError(signal as AbortSignal);
    }
    return true;
  } finally {
    reader.close();
  }
}

function openAtEnd(root: string, channelId: bigint, kind: ChannelReport['kind']): Reader {
  if (kind === 'log') return ShmReader.open(root, channelId, { timeout: 'never' });
  const options = { timeout: 'never', from: 'newest' } as const;
  if (kind === 'journal') return JournalReader.open(root, channelId, options);
  return RingReader.open(root, channelId, { ...options, observe: true });
}

function withState(report: ChannelReport): ChannelScan {
  return { ...report, state: stateOf(report) };
}

function stateOf({ end, error, writer }: ChannelReport): ChannelState {
  switch (end) {
    case 'closed':
      return 'closed';
    case 'corrupt':
    case 'truncated':
      return 'damaged';
    case 'unreadable':
      return stateOfUnreadable(error);
    default:
      return writer === 'dead' ? 'dead' : 'alive';
  }
}
