/** The rings of a manager, opened to write and to read. */
import {
  RingReader,
  type RingWriter,
  removeStaleLock,
  resumeOrCreateRing,
  TickUnit,
} from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';

const NEVER = 0xffff_ffff_ffff_ffffn;

/**
 * Creates or resumes a ring of this process. A ring that exists keeps its capacity and its longest record.
 * @throws RingwireError, `NO_SPACE` for example
 */
export function openRing(folder: string, channel: number, capacity: number, longest: number): RingWriter {
  try {
    return openWith(folder, channel, capacity, longest);
  } catch (error) {
    if (!(error instanceof RingwireError)) throw error;
    if (error.code !== 'STORAGE_NOT_READY') throw error;
    // Killed while it created the ring: only managers that held this folder create rings here.
    removeStaleLock(folder, channel, { force: true });
    return openWith(folder, channel, capacity, longest);
  }
}

/**
 * A reader in place and without a copy: this process writes the ring itself, so nothing changes in it before the next
 * turn of the event loop.
 */
export function openOwnRing(folder: string, channel: number, from: 'oldest' | 'newest'): RingReader {
  return RingReader.open(folder, channel, { from, timeout: 'never', delivery: 'in-place' });
}

function openWith(folder: string, channel: number, capacity: number, longest: number): RingWriter {
  return resumeOrCreateRing(folder, {
    writerId: process.pid,
    channelId: channel,
    capacity,
    maxMessageLength: longest,
    timeout: NEVER,
    tickUnit: TickUnit.Nanos,
  });
}
