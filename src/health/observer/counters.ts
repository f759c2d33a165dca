/** Counters of an observer since it began. */
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
  /** Silences that reached the threshold. */
  stalls: number;
  /** Frames whose nonce was old or repeated. */
  outOfOrder: number;
  /** Datagrams and records of an invalid length. */
  truncated: number;
  /** Datagrams whose control data did not fit. */
  controlTruncated: number;
  /** Frames of another sender than they claim, and sealed frames that were refused. */
  authFailures: number;
  /** Sealed frames that no key opened. */
  decryptFailures: number;
  /** Sealed frames that were accepted before, or are older than an accepted one of their session. */
  replaysRefused: number;
  /** Events about refused UDP datagrams that were counted but not reported, to limit their rate. */
  eventsSuppressed: number;
  /** Errors of receiving. */
  ioErrors: number;
  /** Malformed frames, by kind. */
  decodeErrors: Record<DecodeErrorKind, number>;
  /** Beats dropped by a limit. */
  rateLimited: Record<RateLimit, number>;
  /** Agents whose slot was given to another one. */
  evicted: number;
  /** Frames of new agents while all slots were taken. */
  capacityExceeded: number;
  /** Records that a ring channel lost before the observer read them. */
  lapped: number;
  /** Times the observer itself did not run for longer than a turn of its loop. */
  blindSpells: number;
  /** Recovery commands, by outcome. */
  recoveries: Record<RecoveryOutcome, number>;
  /** Sum of the run times of recovery commands that ended, in milliseconds, and their number. */
  recoveryMillis: number;
  recoveriesEnded: number;
  /** Lines that the audit file of recoveries did not take. */
  auditDropped: number;
}

/** Counters that all stand at 0. */
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
