/** Results of a beat and their reasons. Source: varta-client `BeatOutcome`; the errors of Linux, errno(3). */
import os from 'node:os';
import type { WireVersion } from '../frame/frame-layout.js';

/** Result of `beat`. A number, so that a full queue allocates no Error. Source: varta-client `BeatOutcome`. */
export const BeatOutcome = {
  /** The kernel or the channel accepted the frame. */
  Sent: 0,
  /** No receiver accepted the frame; the next beat may succeed. */
  Dropped: 1,
  /** A permanent error: see `lastErrno` and `lastError`. */
  Failed: 2,
} as const;
/** One of {@link BeatOutcome}. */
export type BeatOutcome = (typeof BeatOutcome)[keyof typeof BeatOutcome];

const LABELS = ['sent', 'dropped', 'failed'] as const;

/** `'sent'`, `'dropped'` or `'failed'`. */
export function outcomeLabel(outcome: BeatOutcome): (typeof LABELS)[number] {
  return LABELS[outcome];
}

/** Reason of a dropped beat. */
export type DropReason =
  /** The queue of the kernel (11 datagrams) is full because the observer is slow, or a ring applies back pressure. */
  | 'KernelQueueFull'
  /** The path is not bound, or its observer has ended: reconnect. */
  | 'NoObserver'
  /** The connection was closed. */
  | 'PeerGone'
  /** The disk, or the channel, is full. */
  | 'StorageFull'
  /** The kernel is out of memory. Only with wire version 1, whose client counts this as a drop. */
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
 * The reason for which a send with this error number counts as dropped; null when it counts as failed. The two versions
 * of varta-client differ only for ENOMEM.
 */
export function dropReason(number: number, version: WireVersion): DropReason | null {
  if (number === errno.ENOMEM) return version === 1 ? 'OutOfMemory' : null;
  return REASONS.get(number) ?? null;
}
