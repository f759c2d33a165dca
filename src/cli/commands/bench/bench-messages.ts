/** What the command `bench` asks its two processes to do, and what they answer. */

export interface BenchTask {
  readonly root: string;
  /** Records to move, or rounds to go. */
  readonly count: number;
  /** Records published at once; 1 is a single write. */
  readonly batch: number;
}

/** `write` and `verify` work on one channel; `ping` and `echo` on one for each way. */
export type BenchRole = 'write' | 'verify' | 'ping' | 'echo';

export const ONE_WAY_CHANNEL = 1;
export const PING_CHANNEL = 2;
export const PONG_CHANNEL = 3;

export interface BenchOrder {
  readonly role: BenchRole;
  readonly task: BenchTask;
}

export interface BenchResult {
  /** Records, or rounds, that were right. */
  readonly verified: number;
  /** Milliseconds. */
  readonly millis: number;
  /** Microseconds of the rounds, in order of size: the median, 99 of 100, the longest. */
  readonly roundTrip?: { readonly p50: number; readonly p99: number; readonly max: number };
}

export type BenchReply =
  | { readonly reply: 'ready' }
  | { readonly reply: 'done'; readonly result: BenchResult }
  | { readonly reply: 'failed'; readonly message: string };
