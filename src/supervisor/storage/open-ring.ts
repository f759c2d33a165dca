/** The rings of a manager, opened to write and to read. */
import { RingReader, RingWriter, TickUnit } from '../../channel/index.js';

const NEVER = 0xffff_ffff_ffff_ffffn;

/** Creates or resumes a ring of this process. @throws RingwireError, `NO_SPACE` for example */
export function openRing(folder: string, channel: number, capacity: number, longest: number): RingWriter {
  return RingWriter.open(folder, {
    writerId: process.pid,
    channelId: channel,
    capacity,
    maxMessageLength: longest,
    timeout: NEVER,
    tickUnit: TickUnit.Nanos,
  });
}

/**
 * A reader in place and without a copy: this process writes the ring itself, so nothing changes in it before the next
 * turn of the event loop.
 */
export function openOwnRing(folder: string, channel: number, from: 'oldest' | 'newest'): RingReader {
  return RingReader.open(folder, channel, { from, timeout: 'never', delivery: 'in-place' });
}
