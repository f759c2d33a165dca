/** Errors of rings. */
import { RingwireError } from '../../platform/index.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { RegisteredReader } from './reader-slots.js';

/** The error that `write` throws where `tryWrite` returns `result`; back pressure names the slowest reader. */
export function ringRefusal(
  writer: Pick<Writer, 'path' | 'header' | 'available'> & { readonly readers: readonly RegisteredReader[] },
  result: number,
  length: number,
): RingwireError {
  const isStuck = result === WriteResult.ReaderStuck;
  if (!isStuck && result !== WriteResult.BackPressured) return refusal(writer, result, length);
  return backPressured(writer.path, writer.readers, isStuck);
}

/** `CLOSED`: the writer closed the ring. */
export function closedRing(path: string): RingwireError {
  return new RingwireError('CLOSED', `${path} was closed by its writer: start a new ring under another id`, {
    path,
  });
}

/** `WRITER_EXISTS`: another process holds the writer's lock. */
export function writerExists(path: string): RingwireError {
  return new RingwireError('WRITER_EXISTS', `${path} has a live writer: stop it first`, {
    path,
  });
}

/** `BACK_PRESSURED`, naming the slowest active reader; `stuck`: it has not moved for the time the ring allows. */
function backPressured(path: string, readers: readonly RegisteredReader[], stuck: boolean): RingwireError {
  const active = readers.filter(({ state }) => state === 'active');
  const slowest = active.reduce<RegisteredReader | null>(
    (least, reader) => (least === null || reader.position < least.position ? reader : least),
    null,
  );
  const who = slowest === null ? '' : ` by reader '${slowest.name}' of process ${slowest.pid}`;
  const what = stuck
    ? 'has not moved for longer than the ring allows: end that process'
    : 'wait on spaceAvailable and try again';
  return new RingwireError('BACK_PRESSURED', `${path} is blocked${who}: ${what}`, {
    path,
    reason: stuck ? 'stuck' : 'slow',
  });
}

/** `EVICTED`: the writer took the slot of this reader. `position`: of the next record of the reader. */
export function evicted(path: string, position: number): RingwireError {
  return new RingwireError(
    'EVICTED',
    `the writer of ${path} evicted this reader, which had not moved for too long: open it again; records from position ${position} on may be lost`,
    { path, position },
  );
}

/** `INVALID_POSITION`: the reader that protects this fork has gone past it. `position`: of the next record of the fork. */
export function leftBehind(path: string, position: number): RingwireError {
  return new RingwireError(
    'INVALID_POSITION',
    `the reader of ${path} that this one was forked from is past position ${position}: fork it again`,
    { path, position },
  );
}

/** `CORRUPT_CHANNEL`: no writer stores `word` at `position`. */
export function corruptRing(path: string, position: number, word: number, reason: string): RingwireError {
  return new RingwireError(
    'CORRUPT_CHANNEL',
    `${path} is damaged at position ${position}: ${reason} (${word}); the records before it are complete`,
    { path, position, word: BigInt.asUintN(32, BigInt(word)), reason },
  );
}
