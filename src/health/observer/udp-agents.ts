/**
 * The identity of agents that beat by UDP, where no kernel attests a pid.
 *
 * A *session* is one random part of the nonce (sealed frames) or one source port (plain frames); its nonces must
 * grow. An *agent* is what the observer watches: a key, an address and a pid. A new session joins the agent whose last
 * nonce it continues (a reconnect, a crash frame, a second handle, a counter that wrapped), or one that has been
 * silent for the threshold (a restart). A session whose nonce does not advance beside a live agent is another agent
 * with the same pid, for example behind one address, and is watched apart.
 *
 * INV-UDP-01: a new session is accepted at once, whatever the sessions before it did.
 * INV-UDP-02: the tables are bounded: the least recently used session is forgotten.
 */
import { type FrameHalves, isNewer, type Run } from './nonce-run.js';
import type { Tracker } from './tracker.js';

/** Sessions remembered at once. */
const MAX_SESSIONS = 4096;
/** Agents with one key, address and pid that are watched apart. */
const MAX_TWINS = 16;

/** The sender of a UDP datagram, as far as it is known. */
export interface UdpSender {
  /** The key that opened the frame, or `plain`. */
  readonly keyName: string;
  /** Source address without the port. */
  readonly address: string;
  /** The random part of the nonce, or the source port. */
  readonly session: string;
}

/** One session, with the nonces it has used. */
export interface UdpSession extends Run {
  /** The tracker's key of the agent it belongs to. */
  readonly key: number;
  readonly address: string;
  readonly agent: string;
}

/** Assigns UDP frames to sessions, and sessions to agents. */
export class UdpAgents {
  readonly #tracker: Tracker;
  readonly #thresholdMs: number;
  /** The least recently used session comes first. */
  readonly #sessions = new Map<string, UdpSession>();
  /** Tracker keys by key, address and pid, and how many sessions use them. */
  readonly #agents = new Map<string, { readonly keys: number[]; sessions: number }>();
  #nextKey: number;

  /** @param firstKey -1 or -2: negative keys do not collide with those of sockets and channels */
  constructor(tracker: Tracker, thresholdMs: number, firstKey: -1 | -2) {
    this.#tracker = tracker;
    this.#thresholdMs = thresholdMs;
    this.#nextKey = firstKey;
  }

  /** The session a frame belongs to. `now` in milliseconds of the observer's clock. */
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
