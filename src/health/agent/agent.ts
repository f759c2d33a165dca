/**
 * The agent. The monitored process sends beats with its status. Source: varta-client 0.1.0, and its 0.2 line for wire
 * version 2.
 *
 * INV-BEAT-01: a beat never blocks and never throws. In steady state it allocates nothing.
 * INV-BEAT-02: a nonce is used once, also for a dropped frame. The only exception is the same frame sent again after a
 * reconnect.
 */
import os from 'node:os';
import process from 'node:process';
import { errnoName, RingwireError } from '../../platform/index.js';
import { FrameBuffer, type WireVersion } from '../frame/frame-layout.js';
import { Status } from '../frame/status.js';
import { publishNonces } from '../secure/nonce-source.js';
import { type AgentOptions, type ResolvedAgentOptions, resolveAgentOptions } from './agent-options.js';
import { type BeatTarget, openTransport } from './beat-target.js';
import type { BeatTransport } from './beat-transport.js';
import { BeatOutcome, type DropReason, dropReason } from './outcome.js';

publishNonces();

const { EBADF, EINVAL } = os.constants.errno;
const TWO_TO_32 = 0x1_0000_0000;
const LARGEST_COUNT = 0xffff_ffff;

/**
 * Sends the beats of this process to an observer.
 *
 * @example
 * using agent = VlpAgent.connect('/run/app/health.sock');
 * agent.beat(Status.Ok, queue.length);
 */
export class VlpAgent implements Disposable {
  /** Version of the wire format: 1 or 2. */
  readonly wireVersion: WireVersion;
  readonly #transport: BeatTransport;
  readonly #frame = new FrameBuffer();
  readonly #bounded: boolean;
  /** Read once: the pid of a Node process never changes, and worker threads share it. */
  readonly #pid = process.pid;
  #reconnectAfterDrops: number;
  #drops = 0;
  #errno = 0;
  #closed = false;

  /**
   * Opens the connection to an observer. Later failures are results of {@link beat}.
   * @param target a socket, a channel or a UDP address; see {@link BeatTarget}
   * @param options see {@link AgentOptions}
   * @throws RingwireError `NO_OBSERVER` when the socket is not bound or has no reader; `INVALID_ARGUMENT`,
   * `COULD_NOT_ACCESS_SOCKET`, `NONCE_NOT_SHARED`, `INVALID_KEY`, and for a channel the errors of creating one
   */
  static connect(target: BeatTarget, options?: AgentOptions): VlpAgent {
    const resolved = resolveAgentOptions(options);
    return new VlpAgent(openTransport(target, resolved.key, process.pid), resolved);
  }

  private constructor(transport: BeatTransport, options: ResolvedAgentOptions) {
    this.#transport = transport;
    this.wireVersion = options.wireVersion;
    this.#bounded = options.reconnectRule === 'bounded';
    this.#reconnectAfterDrops = options.reconnectAfterDrops;
    if (this.wireVersion === 2 && process.pid === 1) warnAboutPidOne();
  }

  /** The target by name: a path, a channel's path, or `udp://ADDRESS:PORT`. */
  get target(): string {
    return this.#transport.target;
  }

  /** Consecutive dropped beats since the last sent or failed one, or since a reconnect. */
  get consecutiveDrops(): number {
    return this.#drops;
  }

  /** Error number (errno) of the last beat; 0 when it was sent. */
  get lastErrno(): number {
    return this.#errno;
  }

  /** Reason of the drop of the last beat; null when it was not dropped. */
  get lastDropReason(): DropReason | null {
    return this.#errno === 0 ? null : dropReason(this.#errno, this.wireVersion);
  }

  /** Error of the last beat; null when it was sent. */
  get lastError(): RingwireError | null {
    if (this.#errno === 0) return null;
    const reason = errnoName(this.#errno);
    return new RingwireError('COULD_NOT_ACCESS_SOCKET', `a beat to ${this.target} was not sent: ${reason}`, {
      path: this.target,
      reason,
    });
  }

  /**
   * Sends one frame. Returns Failed, without sending, for a status or payload outside the range of the wire version.
   * @param payload a number that the observer shows: 0 to 2^64-1 (a bigint above 2^53), in wire version 2 up to 2^32-1
   */
  beat(status: Status, payload: number | bigint = 0): BeatOutcome {
    if (typeof payload === 'bigint') {
      if (payload < 0n || payload > 0xffff_ffff_ffff_ffffn) return this.#refuse(EINVAL);
      return this.beatPair(status, Number(payload >> 32n), Number(payload & 0xffff_ffffn));
    }
    const low = payload >>> 0;
    if (low === payload) return this.beatPair(status, 0, low);
    if (!Number.isSafeInteger(payload) || payload < 0) return this.#refuse(EINVAL);
    return this.beatPair(status, Math.floor(payload / TWO_TO_32), low);
  }

  /** Like {@link beat}, with a payload of two 32-bit halves. `high` must be 0 in wire version 2. */
  beatPair(status: Status, high: number, low: number): BeatOutcome {
    const version = this.wireVersion;
    if (
      this.#closed ||
      status >>> 0 !== status ||
      status > (version === 1 ? Status.Stall : Status.Critical) ||
      high >>> 0 !== high ||
      low >>> 0 !== low ||
      (version === 2 && high !== 0)
    ) {
      return this.#refuse(this.#closed ? EBADF : EINVAL);
    }
    const transport = this.#transport;
    const { nonces } = transport;
    const frame = this.#frame;
    const refused = transport.prepare(frame);
    nonces.take(version);
    frame.encode(version, status, this.#pid, nonces.high, nonces.low, high, low);
    const errno = refused === 0 ? transport.finish(frame) : refused;
    this.#errno = errno;
    if (errno === 0) {
      this.#drops = 0;
      return BeatOutcome.Sent;
    }
    return this.#notSent(errno);
  }

  /**
   * Connects again to the same target. Nonce and clock continue. The old connection remains after an error.
   * @throws RingwireError like {@link connect}
   */
  reconnect(): void {
    if (this.#closed) throw new RingwireError('CLOSED', 'this agent is closed: connect a new one');
    this.#transport.reopen();
    this.#drops = 0;
  }

  /**
   * Sets the number of consecutive drops after which a beat reconnects and sends its frame again.
   * @param drops 0 to 2^32-1; 0: never, the default
   * @throws RingwireError `INVALID_ARGUMENT`
   */
  setReconnectAfter(drops: number): void {
    if (!Number.isInteger(drops) || drops < 0 || drops > LARGEST_COUNT) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `drops must be a whole number from 0 to 2^32-1, not ${drops}`,
      );
    }
    this.#reconnectAfterDrops = drops;
    if (this.#bounded) this.#drops = 0;
  }

  /** Closes the connection. The protocol has no closing frame: an observer reports a stall. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #notSent(errno: number): BeatOutcome {
    if (dropReason(errno, this.wireVersion) === null) {
      this.#drops = 0;
      return BeatOutcome.Failed;
    }
    if (this.#drops < LARGEST_COUNT) this.#drops++;
    const after = this.#reconnectAfterDrops;
    return after > 0 && this.#drops >= after ? this.#sendAgain() : BeatOutcome.Dropped;
  }

  /** INV-BEAT-02: sends the same bytes once on a new connection. This result is not counted. */
  #sendAgain(): BeatOutcome {
    if (this.#bounded) this.#drops = 0;
    try {
      this.#transport.reopen();
    } catch {
      return BeatOutcome.Dropped;
    }
    this.#drops = 0;
    this.#errno = this.#transport.finish(this.#frame);
    if (this.#errno === 0) return BeatOutcome.Sent;
    return this.lastDropReason === null ? BeatOutcome.Failed : BeatOutcome.Dropped;
  }

  #refuse(errno: number): BeatOutcome {
    this.#errno = errno;
    return BeatOutcome.Failed;
  }
}

let warned = false;

function warnAboutPidOne(): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    'observers refuse pid 1 in wire version 2: start this process below an init process (docker run --init), or use wire version 1',
    { code: 'RINGWIRE_PID_1' },
  );
}
