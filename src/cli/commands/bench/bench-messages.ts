/** The messages between the command `bench` and its two processes. */

/** One measurement. */
export interface BenchTask {
  readonly root: string;
  /** Number of records or rounds. */
  readonly count: number;
  /** Records published at once; 1 is a single write. */
  readonly batch: number;
}

/** `write` and `verify` work on one channel; `ping` and `echo` on one for each way. */
export type BenchRole = 'write' | 'verify' | 'ping' | 'echo';

/** Channel of the roles `write` and `verify`. */
export const ONE_WAY_CHANNEL = 1;
/** Channel from `ping` to `echo`. */
export const PING_CHANNEL = 2;
/** Channel from `echo` to `ping`. */
export const PONG_CHANNEL = 3;

/** The role of a process in one measurement. */
export interface BenchOrder {
  readonly role: BenchRole;
  readonly task: BenchTask;
}

/** What one process measured. */
export interface BenchResult {
  /** Number of correct records or rounds. */
  readonly verified: number;
  /** Milliseconds. */
  readonly millis: number;
  /** Microseconds of a round: median, 99th percentile, maximum. */
  readonly roundTrip?: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** A message from a process to the command. */
export type BenchReply =
  | { readonly reply: 'ready' }
  | { readonly reply: 'done'; readonly result: BenchResult }
  | { readonly reply: 'failed'; readonly message: string };
