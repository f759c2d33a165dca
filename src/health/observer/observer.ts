/**
 * The observer: receives beats from a socket, from channels and by UDP, and reports agents that fall silent.
 *
 * INV-STALL-01: stalls are checked after every drain and by a timer at the earliest time of the next stall, so a busy
 * agent never hides a silent one.
 * INV-STALL-02: a stall is reported only after all arrived beats were received, and time in which this process itself
 * did not run does not count as silence.
 */
import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { type Clock, everyMs, type LongTimer } from '../../platform/index.js';
import { type AgentState, stateOf } from './agent-state.js';
import { ChannelSource } from './channel-source.js';
import { newCounters, type ObserverCounters } from './counters.js';
import { EventStream } from './event-stream.js';
import { FrameIntake, joined } from './frame-intake.js';
import type { HealthEvent, HealthEvents } from './health-event.js';
import { type ObserverOptions, resolveObserverOptions } from './observer-options.js';
import { RateLimits } from './rate-limits.js';
import { Recovery } from './recovery.js';
import { type FrameSource, SocketSource } from './socket-source.js';
import { type Slot, Tracker } from './tracker.js';
import { type UdpParts, UdpSource } from './udp-source.js';

/** Milliseconds by which a late turn shows that the process did not run. */
const BLIND_MILLIS = 150;

/** Events on `node:diagnostics_channel`, by their kind. */
const DIAGNOSTICS = {
  beat: diagnostics.channel('ringwire:health.beat'),
  stall: diagnostics.channel('ringwire:health.stall'),
  decode: diagnostics.channel('ringwire:health.decode'),
  auth: diagnostics.channel('ringwire:health.auth'),
  io: diagnostics.channel('ringwire:health.io'),
  eviction: diagnostics.channel('ringwire:health.eviction'),
  recovery: diagnostics.channel('ringwire:health.recovery'),
} as const satisfies Record<HealthEvent['kind'], diagnostics.Channel>;

/**
 * Receives beats and reports agents that fall silent. Emits {@link HealthEvents}, and publishes them as
 * `ringwire:health.*` on `node:diagnostics_channel`.
 *
 * @example
 * await using observer = VlpObserver.bind({ socket: '/run/app/health.sock', thresholdMs: 1000 });
 * observer.on('stall', ({ pid }) => console.error(`process ${pid} is silent`));
 */
export class VlpObserver extends EventEmitter<HealthEvents> {
  /** Counters since the start; they only grow. */
  readonly counters: ObserverCounters = newCounters();
  readonly #clock: Clock;
  readonly #tracker: Tracker;
  readonly #intake: FrameIntake;
  readonly #recovery: Recovery | null;
  readonly #channels: ChannelSource[] = [];
  readonly #udp: UdpSource | null = null;
  readonly #sources: FrameSource[] = [];
  readonly #channelTimer: NodeJS.Timeout | null = null;
  readonly #turnTimer: LongTimer;
  #stallTimer: NodeJS.Timeout | null = null;
  readonly #streams = new Set<EventStream>();
  readonly #turnMillis: number;
  readonly #socket: SocketSource | null = null;
  /** Most agents at a time. */
  readonly trackerCapacity: number;
  #lastTurn: number;
  #closing: Promise<void> | null = null;

  /**
   * Starts observing.
   * @param options see {@link ObserverOptions}
   * @throws RingwireError `ADDRESS_IN_USE` (another observer reads this socket), `COULD_NOT_ACCESS_SOCKET` (another
   * kind of file exists at the path, or other users may write to its folder), `INVALID_ARGUMENT`, `INVALID_KEY`
   */
  static override bind(options: ObserverOptions): VlpObserver {
    return new VlpObserver(options);
  }

  private constructor(options: ObserverOptions) {
    super();
    const resolved = resolveObserverOptions(options);
    const { clock } = resolved;
    this.#clock = clock;
    this.#lastTurn = clock.monotonicMillis();
    this.#turnMillis = resolved.readTimeoutMs;
    this.trackerCapacity = resolved.tracker.capacity;
    this.#tracker = new Tracker(resolved.tracker);
    this.#intake = new FrameIntake({
      ...resolved,
      tracker: this.#tracker,
      limits: new RateLimits(resolved.limits),
      counters: this.counters,
      wantsBeats: () =>
        DIAGNOSTICS.beat.hasSubscribers || this.listenerCount('beat') + this.listenerCount('event') > 0,
      emit: (event) => this.#emit(event),
    });
    this.#recovery =
      resolved.recovery === null
        ? null
        : new Recovery(
            resolved.recovery,
            this.#tracker,
            clock,
            (report) => this.#emit({ kind: 'recovery', nanos: this.#intake.nanos(), ...report }),
            this.counters,
          );
    const turn = () => this.#turn();
    const lapped = (records: number) => {
      this.counters.lapped += records;
    };
    resolved.channels.forEach((channel, i) => {
      this.#channels.push(new ChannelSource(channel, i + 1, this.#intake, lapped));
    });
    // The socket is bound last, because a failure of a later step would have to remove it.
    if (resolved.udp !== null)
      this.#udp = new UdpSource(resolved.udp, this.#udpParts(resolved.tracker.thresholdMs, turn));
    try {
      this.#sources.push(...this.#channels);
      if (this.#udp !== null) this.#sources.push(this.#udp);
      if (resolved.socket !== null) {
        this.#socket = new SocketSource(resolved.socket, resolved, this.#intake, turn);
        this.#sources.push(this.#socket);
      }
    } catch (error) {
      void this.#udp?.close();
      throw error;
    }
    if (this.#channels.length > 0) {
      this.#channelTimer = setInterval(() => this.#pollChannels(), resolved.channelPollMs);
    }
    this.#turnTimer = everyMs(this.#turnMillis, () => this.#wholeTurn());
  }

  #udpParts(thresholdMs: number, afterDrain: () => void): UdpParts {
    return { tracker: this.#tracker, thresholdMs, intake: this.#intake, afterDrain };
  }

  /** All agents, in ascending order of pid. */
  agents(): AgentState[] {
    const now = this.#clock.monotonicMillis();
    return [...this.#tracker.slots()]
      .sort((a, b) => a.pid - b.pid || a.key - b.key)
      .map((slot) => stateOf(slot, now));
  }

  /** The events after this call, until the observer closes or the signal aborts. */
  events({ signal }: { readonly signal?: AbortSignal } = {}): EventStream {
    const stream: EventStream = new EventStream((take) => {
      this.on('event', take);
      return () => {
        this.off('event', take);
        this.#streams.delete(stream);
      };
    }, signal);
    this.#streams.add(stream);
    return stream;
  }

  [Symbol.asyncIterator](): EventStream {
    return this.events();
  }

  /** The UDP port when it is bound; null without UDP or when the bind failed. */
  async udpPort(): Promise<number | null> {
    return this.#udp === null ? null : await this.#udp.port();
  }

  /** Actual receive buffer of the Unix socket in bytes; 0 without a socket. */
  get receiveBufferBytes(): number {
    return this.#socket?.receiveBufferBytes ?? 0;
  }

  /** Nanoseconds since this observer started, as in its events. */
  nanos(): number {
    return this.#intake.nanos();
  }

  /** Stops observing: removes the socket path immediately, kills recovery commands and ends iterators. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#turnTimer.stop();
    if (this.#stallTimer !== null) clearTimeout(this.#stallTimer);
    if (this.#channelTimer !== null) clearInterval(this.#channelTimer);
    await Promise.all([...this.#sources.map((source) => source.close()), this.#recovery?.close()]);
    for (const stream of this.#streams) stream.end();
  }

  #pollChannels(): void {
    let more = false;
    for (const channel of this.#channels) more = channel.drain() || more;
    this.#turn();
    if (more && this.#closing === null) setImmediate(() => this.#closing ?? this.#pollChannels());
  }

  #wholeTurn(): void {
    for (const source of this.#sources) source.drain();
    // During a batch the turn after it checks for silent agents: it may hold beats of them.
    if (!this.#socket?.inBatch) this.#turn();
  }

  /** After a drain: checks for silent agents. */
  #turn(): void {
    const now = this.#clock.monotonicMillis();
    const gap = now - this.#lastTurn;
    this.#lastTurn = now;
    if (gap > this.#turnMillis + BLIND_MILLIS) {
      this.counters.blindSpells++;
      this.#tracker.forgive(gap, now);
    }
    this.#tracker.check(now, (slot) => this.#stalled(slot));
    const millis = this.#tracker.nextStall - now;
    if (millis < this.#turnMillis && this.#stallTimer === null && this.#closing === null) {
      this.#stallTimer = setTimeout(() => this.#stallIsDue(), Math.max(1, millis));
    }
  }

  #stallIsDue(): void {
    this.#stallTimer = null;
    this.#wholeTurn();
  }

  #stalled(slot: Slot): void {
    this.counters.stalls++;
    this.#emit({
      kind: 'stall',
      nanos: this.#intake.nanos(),
      pid: slot.pid,
      source: slot.source,
      lastNonce: joined(slot.nonceHigh, slot.nonceLow),
      lastNanos: this.#intake.nanos(slot.lastMillis),
      ...(slot.address === null ? {} : { address: slot.address }),
    });
    this.#recovery?.stalled(slot);
  }

  #emit(event: HealthEvent): void {
    // The type system cannot express that each kind has its own event.
    Reflect.apply(this.emit, this, [event.kind, event]);
    this.emit('event', event);
    const channel = DIAGNOSTICS[event.kind];
    if (channel.hasSubscribers) channel.publish(event);
  }
}
