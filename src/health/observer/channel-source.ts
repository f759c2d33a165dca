/**
 * Beats from a channel. It is polled by a timer: a wait on each doorbell would occupy one of the few threads of the
 * libuv pool per channel.
 */
import { channelKind, openReader, type Reader, RingReader } from '../../channel/index.js';
import { RingwireError, reasonOf } from '../../platform/index.js';
import { parseTarget } from '../agent/beat-target.js';
import type { FrameIntake } from './frame-intake.js';
import type { FrameSource } from './socket-source.js';

/** A reader of the application, or `"channel:ROOT#ID"`, which need not exist yet. */
export type BeatChannel = string | Reader;

const DRAIN_LIMIT = 256;
/** Between two attempts to open a channel that does not exist or has ended. */
const REOPEN_MILLIS = 500;

/** Reads beats from one channel. */
export class ChannelSource implements FrameSource {
  readonly #open: (() => Reader) | null;
  readonly #intake: FrameIntake;
  readonly #index: number;
  readonly #handler: (buffer: Buffer, offset: number, length: number) => void;
  #reader: Reader | null = null;
  #nextOpen = 0;
  #complaint = '';

  /** @throws RingwireError `INVALID_ARGUMENT` for a string of another form */
  constructor(channel: BeatChannel, index: number, intake: FrameIntake, lapped: (records: number) => void) {
    this.#intake = intake;
    this.#index = index;
    this.#handler = (buffer, offset, length) => intake.record(buffer, offset, length, index);
    if (typeof channel !== 'string') {
      this.#open = null;
      this.#reader = channel;
      return;
    }
    const target = parseTarget(channel);
    if (target.kind !== 'channel') {
      throw new RingwireError('INVALID_ARGUMENT', `"${channel}" is not a channel: use "channel:ROOT#ID"`);
    }
    this.#open = () => openBeats(target.root, target.channelId, lapped);
  }

  drain(): boolean {
    const reader = this.#reader ?? this.#reopen();
    if (reader === null) return false;
    let count = 0;
    try {
      count = reader.poll(this.#handler, DRAIN_LIMIT);
    } catch (error) {
      this.#intake.ioError(`channel ${this.#index}: ${reasonOf(error)}`);
    }
    if (count === 0 && reader.endReason !== null && reader.endReason.code !== 'TIMEOUT') this.#release();
    return count === DRAIN_LIMIT;
  }

  async close(): Promise<void> {
    this.#release();
    this.#nextOpen = Number.POSITIVE_INFINITY;
  }

  #reopen(): Reader | null {
    const now = performance.now();
    if (this.#open === null || now < this.#nextOpen) return null;
    this.#nextOpen = now + REOPEN_MILLIS;
    try {
      this.#reader = this.#open();
      this.#complaint = '';
    } catch (error) {
      this.#complain(error);
    }
    return this.#reader;
  }

  /** A channel that does not exist yet is no error; other errors are reported once. */
  #complain(error: unknown): void {
    const { code } = error as { code?: string };
    if (code === 'STORAGE_NOT_FOUND' || code === 'STORAGE_NOT_READY') return;
    const complaint = `channel ${this.#index}: ${reasonOf(error)}`;
    if (complaint !== this.#complaint) this.#intake.ioError(complaint);
    this.#complaint = complaint;
  }

  /** Readers of the application stay open. */
  #release(): void {
    if (this.#open !== null) this.#reader?.close();
    this.#reader = null;
  }
}

/** Starts at the newest record: older beats in a ring do not prove that an agent is alive. */
function openBeats(root: string, channelId: bigint, lapped: (records: number) => void): Reader {
  if (channelKind(root, channelId) !== 'ring') return openReader(root, channelId, { timeout: 'never' });
  return RingReader.open(root, channelId, {
    from: 'newest',
    timeout: 'never',
    observe: true,
    onLoss: ({ records }) => lapped(records),
  });
}
