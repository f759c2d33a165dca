/**
 * Beats from a channel, polled by a timer: a wait on the doorbell of each channel would occupy a thread of the libuv pool.
 */
import { channelKind, openReader, type Reader, RingReader } from '../../channel/index.js';
import { RingwireError, reasonOf } from '../../platform/index.js';
import { parseTarget } from '../agent/beat-target.js';
import type { FrameIntake } from './frame-intake.js';
import type { FrameSource } from './socket-source.js';

/** A channel of beats: a reader of the application, or `"channel:ROOT#ID"`, which may be created later. */
export type BeatChannel = string | Reader;

const DRAIN_LIMIT = 256;
/** Milliseconds between two attempts to open a channel that does not exist or has ended. */
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
      throw new RingwireError('INVALID_ARGUMENT', `invalid channel "${channel}": use "channel:ROOT#ID"`);
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

  /** Reports an error once. A channel that does not exist yet is not an error. */
  #complain(error: unknown): void {
    const { code } = error as { code?: string };
    if (code === 'STORAGE_NOT_FOUND' || code === 'STORAGE_NOT_READY') return;
    const complaint = `channel ${this.#index}: ${reasonOf(error)}`;
    if (complaint !== this.#complaint) this.#intake.ioError(complaint);
    this.#complaint = complaint;
  }

  /** Closes the reader. Readers of the application remain open. */
  #release(): void {
    if (this.#open !== null) this.#reader?.close();
    this.#reader = null;
  }
}

/** Opens the channel. Starts at the newest record of a ring: older beats do not prove that an agent is alive. */
function openBeats(root: string, channelId: bigint, lapped: (records: number) => void): Reader {
  if (channelKind(root, channelId) !== 'ring') return openReader(root, channelId, { timeout: 'never' });
  return RingReader.open(root, channelId, {
    from: 'newest',
    timeout: 'never',
    observe: true,
    onLoss: ({ records }) => lapped(records),
  });
}
