/**
 * The receiving side of sealed frames.
 *
 * INV-OPEN-01: a sealed frame is accepted at most once while its session is remembered, because the counter of a session
 * only grows. The {@link MAX_SESSIONS} most recently used sessions are remembered. A new session is never refused.
 * INV-OPEN-02: every frame is tried with every key, so the time does not depend on the key that opens it.
 *
 * A session is one random part of the nonce under one key and pid. Sessions are independent: a process that restarts,
 * reconnects or crashes begins a new session and is accepted immediately, and two machines may use one pid. Sessions are
 * forgotten when the observer restarts; docs/security.md describes the effect on replays.
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

/** Most remembered sessions, for all keys and pids together. */
export const MAX_SESSIONS = 8192;

/** Reason for which {@link SecureReceiver.open} refused a datagram. */
export type SealRefusal = 'decrypt' | 'replay';

/** Opens sealed frames and refuses repeated ones. */
export class SecureReceiver {
  readonly #sharedKeys: readonly Uint8Array[];
  readonly #masterKeys: readonly Uint8Array[];
  /** The last counter of each session, the least recently used session first. */
  readonly #counters = new Map<string, number>();
  /** Name of the key of the last opened frame: `shared 0`, `master 1`. */
  keyName = '';
  /** Session of the last opened frame. */
  session = '';
  /** Reason of the last refusal. */
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

  /** Whether a sealed frame may have this length. */
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
