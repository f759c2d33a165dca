/**
 * Source of nonces. Observers identify a process by its pid and ignore nonces that do not grow. Therefore all handles of
 * one process to one observer use one counter, also after close and connect, in a second copy of this library, and in
 * worker threads, which share the pid.
 *
 * For sockets the counters lie in one block of shared memory that worker threads inherit as environment data:
 *
 *      +-------------------------------+
 *    0 | slot 0: state, i32            |  0 free, 1 being taken, 2 in use
 *      +-------------------------------+
 *    4 | name, 16 bytes                |  SHA-256 of the target's name, cut off
 *      +-------------------------------+
 *   20 | low half of the last nonce    |
 *      +-------------------------------+
 *   24 | high half                     |
 *      +-------------------------------+
 *   32 | slot 1 ...
 *
 * The one writer of a channel belongs to one thread, so its counter is plain memory of that thread, which is faster.
 */
import { createHash } from 'node:crypto';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import { RingwireError } from '../../platform/index.js';
import type { WireVersion } from '../frame/frame-layout.js';

/** Produces nonces. The last one is in `high` and `low`. */
export interface NonceSource {
  high: number;
  low: number;
  /** Takes the next nonce. After 2^64-2 version 1 repeats 2^64-2 and version 2 continues at 0. */
  take(version: WireVersion): void;
}

const KEY = 'ringwire.vlp.nonces';
const PLAIN = Symbol.for('ringwire.vlp.channel-nonces');
const SLOTS = 512;
const SLOT_WORDS = 8;
const NAME = 1;
const NAME_WORDS = 4;
const LOW = 5;
const HIGH = 6;
const Slot = { Free: 0, BeingTaken: 1, InUse: 2 } as const;
const ALL_ONES = 0xffff_ffff;
const LAST_LOW = 0xffff_fffe;

/** A counter in shared memory. */
export class SharedNonces implements NonceSource {
  high = 0;
  low = 0;
  readonly #i32: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#i32 = words;
    this.#at = at;
  }

  take(version: WireVersion): void {
    const words = this.#i32;
    const at = this.#at;
    // The high half is loaded before the low one grows. At a wrap a nonce may be too low, which loses one beat, but never
    // too high, which would make observers ignore all later ones.
    const high = (words[at + HIGH] as number) >>> 0;
    const low = (Atomics.add(words, at + LOW, 1) + 1) >>> 0;
    this.high = high;
    this.low = low;
    if (low === 0) this.high = (Atomics.add(words, at + HIGH, 1) + 1) >>> 0;
    else if (high === ALL_ONES && low > LAST_LOW) this.#end(version);
  }

  /** @internal Continues after this nonce; for tests of the end of the range. */
  seek(high: number, low: number): void {
    this.high = high;
    this.low = low;
    Atomics.store(this.#i32, this.#at + LOW, low | 0);
    Atomics.store(this.#i32, this.#at + HIGH, high | 0);
  }

  #end(version: WireVersion): void {
    if (version === 1) this.seek(ALL_ONES, LAST_LOW);
    else this.seek(0, 0);
  }
}

class PlainNonces implements NonceSource {
  high = 0;
  low = 0;

  take(version: WireVersion): void {
    const low = (this.low + 1) >>> 0;
    if (low === 0) this.high = (this.high + 1) >>> 0;
    else if (this.high === ALL_ONES && low > LAST_LOW) {
      if (version === 1) return;
      this.high = 0;
      this.low = 0;
      return;
    }
    this.low = low;
  }
}

/**
 * The counter of this process for a socket or address.
 * @throws RingwireError `NONCE_NOT_SHARED` in a worker thread that was started before the main thread loaded this
 * library, and when more than 512 targets were used
 */
export function sharedNonces(target: string): SharedNonces {
  const words = sharedWords();
  const name = nameWords(target);
  for (let at = 0; at < SLOTS * SLOT_WORDS; at += SLOT_WORDS) {
    if (Atomics.compareExchange(words, at, Slot.Free, Slot.BeingTaken) === Slot.Free) {
      words.set(name, at + NAME);
      Atomics.store(words, at, Slot.InUse);
      Atomics.notify(words, at);
    }
    // Another thread may be writing the name of this slot, which takes a few instructions.
    while (Atomics.load(words, at) === Slot.BeingTaken) Atomics.wait(words, at, Slot.BeingTaken, 1);
    if (name.every((word, i) => words[at + NAME + i] === word)) return new SharedNonces(words, at);
  }
  throw new RingwireError('NONCE_NOT_SHARED', `this process exceeded ${SLOTS} beat targets: reuse addresses`);
}

/** The counter of this thread for a channel. */
export function channelNonces(channel: string): NonceSource {
  const holder = globalThis as { [PLAIN]?: Map<string, NonceSource> };
  holder[PLAIN] ??= new Map();
  const counters = holder[PLAIN];
  let nonces = counters.get(channel);
  if (nonces === undefined) {
    nonces = new PlainNonces();
    counters.set(channel, nonces);
  }
  return nonces;
}

/** Passes the block to worker threads that start after this call. */
export function publishNonces(): void {
  if (isMainThread) sharedWords();
}

function sharedWords(): Int32Array {
  const found = getEnvironmentData(KEY);
  if (found instanceof SharedArrayBuffer) return new Int32Array(found);
  if (!isMainThread) {
    throw new RingwireError(
      'NONCE_NOT_SHARED',
      'this worker thread started before the main thread loaded ringwire/health, so the threads cannot share nonces: import ringwire/health in the main thread first',
    );
  }
  const block = new SharedArrayBuffer(SLOTS * SLOT_WORDS * 4);
  setEnvironmentData(KEY, block);
  return new Int32Array(block);
}

function nameWords(target: string): Int32Array {
  const digest = createHash('sha256').update(target).digest();
  return Int32Array.from({ length: NAME_WORDS }, (_, i) => digest.readInt32LE(i * 4));
}
