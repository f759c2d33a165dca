/** Counters of an observer since its start. */
import { DECODE_ERROR_KINDS, type DecodeErrorKind } from '../frame/decode-error.js';
import type { RateLimit } from './rate-limits.js';

/** Labels of `varta_recovery_outcomes_total`. Source: the later varta-watch, in its order. */
export const RECOVERY_OUTCOMES = [
  'spawned',
  'debounced',
  'reaped_zero',
  'reaped_nonzero',
  'killed',
  'spawn_failed',
  'refused_unauthenticated_transport',
  'refused_debounce_capacity',
  'skipped_agent_resumed',
  'skipped_pid_recycled',
] as const;
/** Outcome of a stall with a recovery command. */
export type RecoveryOutcome = (typeof RECOVERY_OUTCOMES)[number];

/** Counters since the observer started; they only grow. */
export interface ObserverCounters {
  /** Accepted frames. */
  beats: number;
  /** Stalls: periods of silence that reached the threshold. */
  stalls: number;
  /** Frames whose nonce was old or repeated. */
  outOfOrder: number;
  /** Datagrams and records of an invalid length. */
  truncated: number;
  /** Datagrams with truncated control data. */
  controlTruncated: number;
  /** Frames whose sender differs from their pid, and refused sealed frames. */
  authFailures: number;
  /** Sealed frames that no key opened. */
  decryptFailures: number;
  /** Sealed frames that repeat or precede an accepted frame of their session. */
  replaysRefused: number;
  /** Events about refused UDP datagrams that were counted but not reported, to limit their rate. */
  eventsSuppressed: number;
  /** Errors of receive calls. */
  ioErrors: number;
  /** Malformed frames, by kind. */
  decodeErrors: Record<DecodeErrorKind, number>;
  /** Beats dropped by a rate limit, by the limit. */
  rateLimited: Record<RateLimit, number>;
  /** Agents whose slot a new agent took. */
  evicted: number;
  /** Frames of new agents that found no free slot. */
  capacityExceeded: number;
  /** Records that a ring channel lost before the observer read them. */
  lapped: number;
  /** Number of times the observer did not run for longer than a turn of its loop. */
  blindSpells: number;
  /** Recovery commands, by outcome. */
  recoveries: Record<RecoveryOutcome, number>;
  /** Sum of the run times of ended recovery commands, in milliseconds. */
  recoveryMillis: number;
  /** Number of recovery commands that ended. */
  recoveriesEnded: number;
  /** Lines lost because the audit file of recoveries could not be written. */
  auditDropped: number;
}

/** Counters at 0. */
export function newCounters(): ObserverCounters {
  return {
    beats: 0,
    stalls: 0,
    outOfOrder: 0,
    truncated: 0,
    controlTruncated: 0,
    authFailures: 0,
    decryptFailures: 0,
    replaysRefused: 0,
    eventsSuppressed: 0,
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
    recoveries: Object.fromEntries(RECOVERY_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      RecoveryOutcome,
      number
    >,
    recoveryMillis: 0,
    recoveriesEnded: 0,
    auditDropped: 0,
  };
}
