/**
 * The identity of agents that send beats by UDP, where the kernel does not attest a pid.
 *
 * A *session* is one random part of the nonce (sealed frames) or one source port (plain frames); its nonces must
 * grow. An *agent* is a key, an address and a pid. A new session joins the agent whose last
 * nonce it continues (a reconnect, a crash frame, a second handle, a counter that wrapped), or one that has been
 * silent for the threshold (a restart). A session whose nonce does not advance while an agent is live is another
 * agent with the same pid, for example on another host of the same address, and has its own slot.
 *
 * INV-UDP-01: a new session is accepted immediately, independent of earlier sessions.
 * INV-UDP-02: the tables are bounded. The least recently used session is removed first.
 */
import { type FrameHalves, isNewer, type Run } from './nonce-run.js';
import type { Tracker } from './tracker.js';

/** Most remembered sessions. */
const MAX_SESSIONS = 4096;
/** Most agents with the same key, address and pid. */
const MAX_TWINS = 16;

/** The known properties of the sender of a UDP datagram. */
export interface UdpSender {
  /** The key that opened the frame, or `plain`. */
  readonly keyName: string;
  /** Source address without the port. */
  readonly address: string;
  /** The random part of the nonce, or the source port. */
  readonly session: string;
}

/** One session and its nonces. */
export interface UdpSession extends Run {
  /** Key of its agent in the tracker. */
  readonly key: number;
  readonly address: string;
  readonly agent: string;
}

/** Assigns UDP frames to sessions, and sessions to agents. */
export class UdpAgents {
  readonly #tracker: Tracker;
  readonly #thresholdMs: number;
  /** Sessions, the least recently used first. */
  readonly #sessions = new Map<string, UdpSession>();
  /** Tracker keys by key, address and pid, and the number of sessions of each. */
  readonly #agents = new Map<string, { readonly keys: number[]; sessions: number }>();
  #nextKey: number;

  /** @param firstKey -1 or -2: negative keys differ from those of sockets and channels */
  constructor(tracker: Tracker, thresholdMs: number, firstKey: -1 | -2) {
    this.#tracker = tracker;
    this.#thresholdMs = thresholdMs;
    this.#nextKey = firstKey;
  }

  /** The session of a frame. @param now milliseconds of the clock of the observer */
  session({ keyName, address, session }: UdpSender, frame: FrameHalves, now: number): UdpSession {
    const agent = `${keyName} ${address} ${frame.pid}`;
    const name = `${agent} ${session}`;
    let found = this.#sessions.get(name);
    if (found === undefined) found = this.#begin(agent, address, frame, now);
    else this.#sessions.delete(name);
    this.#sessions.set(name, found);
    if (this.#sessions.size > MAX_SESSIONS) this.#forgetOldest();
    return found;
  }

  #begin(agent: string, address: string, frame: FrameHalves, now: number): UdpSession {
    let entry = this.#agents.get(agent);
    if (entry === undefined) {
      entry = { keys: [], sessions: 0 };
      this.#agents.set(agent, entry);
    }
    entry.sessions++;
    const key = this.#keyFor(entry.keys, frame, now);
    return {
      key,
      address,
      agent,
      begun: false,
      nonceHigh: 0,
      nonceLow: 0,
      terminal: false,
      terminalHigh: 0,
      terminalLow: 0,
    };
  }

  #keyFor(keys: number[], frame: FrameHalves, now: number): number {
    let oldest = Number.NaN;
    let oldestMillis = Number.POSITIVE_INFINITY;
    for (const key of keys) {
      const slot = this.#tracker.find(key);
      if (slot === undefined || isNewer(slot, frame) || now - slot.lastMillis >= this.#thresholdMs)
        return key;
      if (slot.lastMillis < oldestMillis) {
        oldestMillis = slot.lastMillis;
        oldest = key;
      }
    }
    if (keys.length >= MAX_TWINS) return oldest;
    const key = this.#nextKey;
    this.#nextKey -= 2;
    keys.push(key);
    return key;
  }

  #forgetOldest(): void {
    for (const [name, { agent }] of this.#sessions) {
      this.#sessions.delete(name);
      const entry = this.#agents.get(agent);
      if (entry !== undefined && --entry.sessions === 0) this.#agents.delete(agent);
      return;
    }
  }
}
