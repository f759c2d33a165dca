/** What an observer has counted since it began. */
import { DECODE_ERROR_KINDS, type DecodeErrorKind } from '../frame/decode-error.js';
import type { RateLimit } from './rate-limits.js';

export interface ObserverCounters {
  /** Frames accepted. */
  beats: number;
  stalls: number;
  /** Frames whose nonce was old or equal. */
  outOfOrder: number;
  /** Datagrams and records of a length that no frame has. */
  truncated: number;
  authFailures: number;
  ioErrors: number;
  decodeErrors: Record<DecodeErrorKind, number>;
  rateLimited: Record<RateLimit, number>;
  evicted: number;
  /** Frames of new agents while all slots were taken. */
  capacityExceeded: number;
  /** Records that a ring channel lost under this observer. */
  lapped: number;
  /** Times the observer itself did not listen for longer than it should. */
  blindSpells: number;
}

export function newCounters(): ObserverCounters {
  return {
    beats: 0,
    stalls: 0,
    outOfOrder: 0,
    truncated: 0,
    authFailures: 0,
    ioErrors: 0,
    decodeErrors: Object.fromEntries(DECODE_ERROR_KINDS.map((kind) => [kind, 0])) as Record<
      DecodeErrorKind,
      number
    >,
    rateLimited: { per_pid: 0, global: 0 },
    evicted: 0,
    capacityExceeded: 0,
    lapped: 0,
    blindSpells: 0,
  };
}
