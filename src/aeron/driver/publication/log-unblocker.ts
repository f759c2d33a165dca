/** Turns the open claim of a dead publisher into padding. Source: Aeron 1.53 `LogBufferUnblocker`. */
import type { LogBuffers } from '../../client/log-buffers.js';
import { FrameWriter } from '../../client/publication/frame-writer.js';
import { rotateLog } from '../../client/publication/log-rotation.js';
import { FRAME_ALIGNMENT, PARTITION_COUNT } from '../../layout/frame-layout.js';
import { decodeRawTail } from '../../layout/log-layout.js';

/** Unblocks subscribers that wait at `position`, in bytes. @returns whether the log was changed */
export function unblockLog(log: LogBuffers, position: number): boolean {
  const { termLength } = log.metadata;
  const count = Math.floor(position / termLength);
  const offset = position % termLength;
  const active = log.activeTermCount;
  if (active === count - 1 && offset === 0) {
    // A writer died between the end of a term and the rotation.
    rotateLog(log.page, active, decodeRawTail(log.rawTail(active % PARTITION_COUNT)).termId);
    return true;
  }
  const partition = count % PARTITION_COUNT;
  const { termId, termOffset } = decodeRawTail(log.rawTail(partition));
  const tail = Math.min(termOffset, termLength);
  const base = partition * termLength;
  const writer = new FrameWriter(log);
  const lengthAt = (at: number) => Atomics.load(log.i32, (base + at) / 4);
  const length = lengthAt(offset);
  if (length < 0) {
    writer.padding((base + offset) / 4, -length, termId);
    return true;
  }
  if (length > 0 || offset >= tail) return false;
  for (let at = offset + FRAME_ALIGNMENT; at < tail; at += FRAME_ALIGNMENT) {
    if (lengthAt(at) === 0) continue;
    for (let back = at - FRAME_ALIGNMENT; back >= offset; back -= FRAME_ALIGNMENT) {
      if (lengthAt(back) !== 0) return false;
    }
    writer.padding((base + offset) / 4, at - offset, termId);
    return true;
  }
  if (tail < termLength || lengthAt(offset) !== 0) return false;
  writer.padding((base + offset) / 4, termLength - offset, termId);
  rotateLog(log.page, count, termId);
  return true;
}
