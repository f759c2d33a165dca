/** Results of a beat and their reasons. Source: varta-client `BeatOutcome`; the errors of Linux, errno(3). */
import os from 'node:os';
import type { WireVersion } from '../frame/frame-layout.js';

/** Result of `beat`, a number: a full queue costs no Error object. */
export const BeatOutcome = {
  /** The kernel or the channel accepted the frame. */
  Sent: 0,
  /** No receiver could accept it now; the next beat may succeed. */
  Dropped: 1,
  /** An error that the next beat will meet again: see `lastErrno` and `lastError`. */
  Failed: 2,
} as const;
/** One of {@link BeatOutcome}. */
export type BeatOutcome = (typeof BeatOutcome)[keyof typeof BeatOutcome];

const LABELS = ['sent', 'dropped', 'failed'] as const;

/** `'sent'`, `'dropped'` or `'failed'`. */
export function outcomeLabel(outcome: BeatOutcome): (typeof LABELS)[number] {
  return LABELS[outcome];
}

/** Why a beat was dropped. */
export type DropReason =
  /** The observer is slower than its agents: the kernel queues 11 datagrams; or a ring has back pressure. */
  | 'KernelQueueFull'
  /** The path is not bound, or its observer is gone: reconnect. */
  | 'NoObserver'
  /** The connection is gone. */
  | 'PeerGone'
  /** The disk, or the channel, is full. */
  | 'StorageFull'
  /** Only with wire version 1, whose client counts a lack of memory as a drop. */
  | 'OutOfMemory';

const { errno } = os.constants;

const REASONS = new Map<number, DropReason>([
  [errno.EAGAIN, 'KernelQueueFull'],
  [errno.ENOBUFS, 'KernelQueueFull'],
  [errno.ENOENT, 'NoObserver'],
  [errno.ECONNREFUSED, 'NoObserver'],
  [errno.ECONNRESET, 'PeerGone'],
  [errno.ENOTCONN, 'PeerGone'],
  [errno.EPIPE, 'PeerGone'],
  [errno.ENOSPC, 'StorageFull'],
]);

/**
 * Why a send that failed with this error number counts as dropped, or null when it counts as failed. The two clients
 * differ in ENOMEM alone.
 */
export function dropReason(number: number, version: WireVersion): DropReason | null {
  if (number === errno.ENOMEM) return version === 1 ? 'OutOfMemory' : null;
  return REASONS.get(number) ?? null;
}
