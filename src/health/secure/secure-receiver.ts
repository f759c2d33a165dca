/**
 * The receiving side of sealed frames.
 *
 * INV-OPEN-01: a sealed frame is accepted at most once while its session is remembered: the counter of a session only
 * grows. The {@link MAX_SESSIONS} sessions used last are remembered; none is refused for want of space.
 * INV-OPEN-02: every frame is tried with every key, so the time does not depend on the key that opens it.
 *
 * A session is one random part of the nonce under one key and pid. Sessions are independent of each other: a process
 * that restarts, reconnects or crashes begins a new session and is accepted at once, and two machines may use one pid.
 * The memory of sessions is lost when the observer restarts: see docs/security.md for what this means for replays.
 */
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

/** Sessions remembered at once, for all keys and pids together. */
export const MAX_SESSIONS = 8192;

/** Why {@link SecureReceiver.open} refused a datagram. */
export type SealRefusal = 'decrypt' | 'replay';

/** Opens sealed frames and refuses repeated ones. */
export class SecureReceiver {
  readonly #sharedKeys: readonly Uint8Array[];
  readonly #masterKeys: readonly Uint8Array[];
  /** The last counter of each session; the least recently used session comes first. */
  readonly #counters = new Map<string, number>();
  /** The key of the frame opened last: `shared 0`, `master 1`. */
  keyName = '';
  /** The session of the frame opened last. */
  session = '';
  /** Why the last datagram was refused. */
  refusal: SealRefusal = 'decrypt';

  /**
   * @param sharedKeys keys of 32 bytes that agents seal with
   * @param masterKeys keys of 32 bytes from which each agent's key is derived
   * @throws RingwireError `INVALID_KEY`
   */
  constructor(sharedKeys: readonly Uint8Array[], masterKeys: readonly Uint8Array[]) {
    this.#sharedKeys = sharedKeys.map(checkKey);
    this.#masterKeys = masterKeys.map(checkKey);
  }

  /** Whether a datagram of this length could be a sealed frame. */
  static isSealed(length: number): boolean {
    return length === SHARED_KEY_FORM || length === MASTER_KEY_FORM;
  }

  /**
   * Opens a sealed datagram; {@link keyName} and {@link session} then describe its sender.
   * @returns the frame; null when no key opens it or it was accepted before, see {@link refusal}
   */
  open(sealed: Buffer): Buffer | null {
    const opened = sealed.length === MASTER_KEY_FORM ? this.#openAgents(sealed) : this.#openShared(sealed);
    if (opened === null) {
      this.refusal = 'decrypt';
      return null;
    }
    if (this.#isFresh(opened)) return opened.frame;
    this.refusal = 'replay';
    return null;
  }

  #openShared(sealed: Buffer): OpenedFrame | null {
    let found: OpenedFrame | null = null;
    for (const [i, key] of this.#sharedKeys.entries()) {
      const opened = openFrame(key, sealed);
      if (opened === null) continue;
      found = opened;
      this.keyName = `shared ${i}`;
    }
    return found;
  }

  #openAgents(sealed: Buffer): OpenedFrame | null {
    const pid = pidPrefix(sealed);
    let found: OpenedFrame | null = null;
    for (const [i, key] of this.#masterKeys.entries()) {
      const opened = openFrame(agentKey(key, pid), sealed);
      if (opened === null) continue;
      found = opened;
      this.keyName = `master ${i}`;
    }
    return found?.frame.readUInt32LE(PID_OFFSET) === pid ? found : null;
  }

  #isFresh({ frame, ivRandom, counter }: OpenedFrame): boolean {
    this.session = ivRandom;
    const name = `${this.keyName} ${frame.readUInt32LE(PID_OFFSET)} ${ivRandom}`;
    const last = this.#counters.get(name);
    if (last !== undefined && counter <= last) return false;
    this.#counters.delete(name);
    this.#counters.set(name, counter);
    if (this.#counters.size > MAX_SESSIONS) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    for (const name of this.#counters.keys()) {
      this.#counters.delete(name);
      return;
    }
  }
}
