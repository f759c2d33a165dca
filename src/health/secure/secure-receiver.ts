/**
 * The receiving side of sealed frames.
 *
 * INV-OPEN-01: a sealed frame is accepted once: counters of a session only grow, and a session that was followed by
 * another never comes back.
 * INV-OPEN-02: every frame is tried with every key, whichever opens it.
 */
import type { Clock } from '../../platform/index.js';
import { PID_OFFSET } from '../frame/frame-layout.js';
import {
  agentKey,
  MASTER_KEY_FORM,
  type OpenedFrame,
  openFrame,
  pidPrefix,
  SHARED_KEY_FORM,
} from '../frame/secure-frame-layout.js';
import { checkKey } from './secure-session.js';

const MAX_SENDERS = 1024;
/** A restarted session of the same pid is taken after so much silence. */
const RESTART_GAP_MILLIS = 5000;
const MAX_RETIRED = 64;

interface Sender {
  ivRandom: string;
  counter: number;
  lastMillis: number;
  /** Random parts of earlier sessions. */
  readonly retired: Set<string>;
}

export class SecureReceiver {
  readonly #sharedKeys: readonly Uint8Array[];
  readonly #masterKeys: readonly Uint8Array[];
  readonly #clock: Clock;
  readonly #senders = new Map<number, Sender>();

  /** @throws RingwireError `INVALID_KEY` */
  constructor(sharedKeys: readonly Uint8Array[], masterKeys: readonly Uint8Array[], clock: Clock) {
    this.#sharedKeys = sharedKeys.map(checkKey);
    this.#masterKeys = masterKeys.map(checkKey);
    this.#clock = clock;
  }

  /** Whether a datagram of this length could be a sealed frame. */
  static isSealed(length: number): boolean {
    return length === SHARED_KEY_FORM || length === MASTER_KEY_FORM;
  }

  /** The frame in a sealed datagram; null when no key opens it, or it is old. */
  open(sealed: Buffer): Buffer | null {
    const opened = sealed.length === MASTER_KEY_FORM ? this.#openAgents(sealed) : this.#openShared(sealed);
    return opened !== null && this.#isFresh(opened) ? opened.frame : null;
  }

  #openShared(sealed: Buffer): OpenedFrame | null {
    let found: OpenedFrame | null = null;
    for (const key of this.#sharedKeys) found = openFrame(key, sealed) ?? found;
    return found;
  }

  #openAgents(sealed: Buffer): OpenedFrame | null {
    const pid = pidPrefix(sealed);
    let found: OpenedFrame | null = null;
    for (const key of this.#masterKeys) found = openFrame(agentKey(key, pid), sealed) ?? found;
    return found?.frame.readUInt32LE(PID_OFFSET) === pid ? found : null;
  }

  #isFresh({ frame, ivRandom, counter }: OpenedFrame): boolean {
    const pid = frame.readUInt32LE(PID_OFFSET);
    const now = this.#clock.monotonicMillis();
    const sender = this.#senders.get(pid);
    if (sender === undefined) {
      if (this.#senders.size >= MAX_SENDERS) return false;
      this.#senders.set(pid, { ivRandom, counter, lastMillis: now, retired: new Set() });
      return true;
    }
    if (ivRandom === sender.ivRandom) {
      if (counter <= sender.counter) return false;
    } else {
      if (now - sender.lastMillis < RESTART_GAP_MILLIS || sender.retired.has(ivRandom)) return false;
      if (sender.retired.size >= MAX_RETIRED) return false;
      sender.retired.add(sender.ivRandom);
      sender.ivRandom = ivRandom;
    }
    sender.counter = counter;
    sender.lastMillis = now;
    return true;
  }
}
