/** Client of the control socket. Works with this server and with published cliwrap managers. */
import nodePath from 'node:path';
import { ControlError } from '../control-error.js';
import type { LogStream } from '../control-service.js';
import { lastLines } from '../last-lines.js';
import { requireTrustedPeer } from '../peer-check.js';
import type { ReloadReport } from '../reload-report.js';
import { checkPathLength } from '../socket-path.js';
import type { ControlFrame } from '../wire/frame-layout.js';
import { closed, FrameStream, type StreamOptions, type WaitLimit } from '../wire/frame-stream.js';
import { encodeMessage } from '../wire/message-codec.js';
import { MessageType, type WireBodies, type WireEntry } from '../wire/message-layout.js';
import { ControlStream } from './control-stream.js';
import {
  answers,
  entriesIn,
  entryIn,
  eventIn,
  logDataIn,
  type ReceivedEvent,
  reloadReportIn,
} from './received-reply.js';

/** Options of {@link ControlClient.dial}. */
export interface ClientOptions {
  /** Milliseconds for dialing and for each call without a limit of its own; 0 means no limit. Default 30 000. */
  readonly timeoutMs?: number;
  /** Ends dialing with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * User ids that the manager may run as; the kernel reports them. Default: the user of this process, and root. Not
   * checked where the operating system does not report the peer.
   */
  readonly peerUids?: readonly number[];
}

/** Options of {@link ControlClient.logs}. */
export interface LogsOptions extends StreamOptions {
  /** The output: 0 stdout, 1 stderr. Default 0. */
  readonly stream?: LogStream;
  /** Continue with new output until the server closes or the signal aborts. Default false. */
  readonly follow?: boolean;
  /** Only what arrived at this time or later: Unix nanoseconds, or a Date. Default: no limit. Servers before v0.3.0 ignore it. */
  readonly since?: bigint | Date;
  /** Number of last lines of the kept output; 0 means all. Default 0. */
  readonly lines?: number;
}

/** Options of {@link ControlClient.events}. */
export interface EventsOptions extends WaitLimit {
  /** Ids of the processes whose events are delivered; empty means all. Default: empty. */
  readonly ids?: readonly string[];
  /** Types of the events that are delivered; empty means all. Default: empty. */
  readonly types?: readonly string[];
}

/**
 * One connection to a manager; each stream gets a connection of its own.
 * @example
 * using client = await ControlClient.dial('/run/app/manager.sock');
 * for (const { id, state } of await client.list()) console.log(id, state);
 */
export class ControlClient {
  /** Absolute path of the socket. */
  readonly path: string;
  readonly #frames: FrameStream;
  readonly #peerUids: readonly number[] | undefined;
  readonly #timeoutMs: number;
  readonly #streams = new Set<ControlStream>();
  #latest: ControlStream | null = null;
  #seq = 0n;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * Connects to a manager.
   * @param path of the socket; relative to the working folder
   * @throws ControlError `NO_SERVER`, `ACCESS_DENIED`, `FOREIGN_PEER`, `PATH_TOO_LONG`, `TIMEOUT`, `ABORTED`
   */
  static async dial(path: string, options: ClientOptions = {}): Promise<ControlClient> {
    // Streams dial again, perhaps after a chdir.
    const absolute = nodePath.resolve(path);
    checkPathLength(absolute);
    const { timeoutMs = 30_000, signal, peerUids } = options;
    const limit = { timeoutMs, ...(signal === undefined ? {} : { signal }) };
    const frames = await dialTrusted(absolute, limit, peerUids);
    return new ControlClient(absolute, frames, timeoutMs, peerUids);
  }

  private constructor(
    path: string,
    frames: FrameStream,
    timeoutMs: number,
    peerUids: readonly number[] | undefined,
  ) {
    this.path = path;
    this.#frames = frames;
    this.#timeoutMs = timeoutMs;
    this.#peerUids = peerUids;
  }

  /**
   * Writes one request and reads its one answer; calls of one client wait for each other. After a `TIMEOUT` or
   * `ABORTED` the connection is closed, because the answer may still come.
   * @throws ControlError `TIMEOUT`, `ABORTED`, `CLOSED`, `UNEXPECTED_REPLY`
   */
  async call<T extends MessageType>(
    type: T,
    body: WireBodies[T],
    limit: WaitLimit = {},
  ): Promise<ControlFrame> {
    const previous = this.#last;
    const result = previous.then(() => this.#exchange(type, body, limit));
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Opens another connection, writes one request there, and returns the stream of answers.
   * @throws ControlError as {@link dial}; `CLOSED` after {@link close}
   */
  async stream<T extends MessageType>(
    type: T,
    body: WireBodies[T],
    options: StreamOptions = {},
  ): Promise<ControlStream> {
    if (this.#closed) throw closed();
    const frame = encodeMessage(type, 1n, body);
    const frames = await dialTrusted(this.path, { timeoutMs: this.#timeoutMs, ...options }, this.#peerUids);
    frames.write(frame);
    const stream = new ControlStream(frames, options);
    if (this.#closed) stream.close();
    this.#streams.add(stream);
    this.#latest = stream;
    return stream;
  }

  /** The next frame of the stream opened last, null at its end. @throws ControlError `INVALID_ARGUMENT` without one */
  async readFrame(): Promise<ControlFrame | null> {
    if (this.#latest === null) {
      throw new ControlError('INVALID_ARGUMENT', 'no stream is open: call stream() first');
    }
    return this.#latest.readFrame();
  }

  /** Status of all processes. @throws as {@link call} */
  async list(limit?: WaitLimit): Promise<readonly WireEntry[]> {
    return entriesIn(await this.call(MessageType.ListRequest, {}, limit));
  }

  /** Status of one process. @throws ControlError `NOT_FOUND`, and as {@link call} */
  async status(id: string, limit?: WaitLimit): Promise<WireEntry> {
    return entryIn(await this.call(MessageType.StatusRequest, { id }, limit));
  }

  /**
   * Starts a process; resolves when it is ready.
   * @throws ControlError `NOT_FOUND`, `ALREADY_RUNNING`, `REFUSED`, `SHUTTING_DOWN`; `NOT_SUPPORTED` from cliwrap
   * managers; and as {@link call}
   */
  async start(id: string, limit?: WaitLimit): Promise<void> {
    entryIn(await this.call(MessageType.StartRequest, { id }, limit));
  }

  /**
   * Stops a process; resolves when it has ended (managers before v0.4.4: when the signal is sent).
   * @throws ControlError `NOT_FOUND`, `NOT_RUNNING`, and as {@link call}
   */
  async stop(id: string, limit?: WaitLimit): Promise<void> {
    entryIn(await this.call(MessageType.StopRequest, { id }, limit));
  }

  /**
   * Stops a process unless it is not running, then starts it; resolves when it is ready. The instances of a process
   * restart one after the other, each when the one before is ready; the first that fails ends that. Of a manager that
   * does not know this request, the client stops and starts the process itself.
   * @throws ControlError as {@link stop} and {@link start}; `REFUSED` names the instance that failed
   */
  async restart(id: string, limit?: WaitLimit): Promise<void> {
    try {
      entryIn(await this.call(MessageType.RestartRequest, { id }, limit));
      return;
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'NOT_SUPPORTED') throw error;
    }
    try {
      await this.stop(id, limit);
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'NOT_RUNNING') throw error;
    }
    await this.start(id, limit);
  }

  /**
   * Compares the processes of a configuration with those of the manager and applies the difference: starts, stops and
   * restarts what differs, and leaves the rest alone. Calls of several clients wait for each other.
   * @param processes `ProcessSpec` objects, such as `readConfiguration(file).processes`
   * @param options `dryRun`: only compare. Default false
   * @throws ControlError `REFUSED` when a specification is wrong: nothing is changed then; `NOT_SUPPORTED` from cliwrap
   * managers; and as {@link call}
   */
  async reload(
    processes: readonly object[],
    options: WaitLimit & { readonly dryRun?: boolean } = {},
  ): Promise<ReloadReport> {
    const { dryRun = false, ...limit } = options;
    const body = { processes: JSON.stringify(processes), dry: dryRun };
    return reloadReportIn(await this.call(MessageType.ReloadRequest, body, limit));
  }

  /**
   * Starts or stops instances of a process until there are `count`, the highest first; resolves when they are ready or
   * have ended.
   * @param count 1 to 1000
   * @throws ControlError `NOT_FOUND`, `REFUSED`, `NOT_SUPPORTED`, and as {@link call}
   */
  async scale(id: string, count: number, limit?: WaitLimit): Promise<void> {
    entryIn(await this.call(MessageType.ScaleRequest, { id, n: count }, limit));
  }

  /**
   * Sends a signal to a process, or to all its instances.
   * @param signal name, such as `SIGHUP`
   * @param options `group`: to the whole process group of each. Default: to the process alone
   * @throws ControlError `NOT_FOUND`, `NOT_RUNNING`, `REFUSED` for an unknown name, `NOT_SUPPORTED`, and as {@link call}
   */
  async signal(
    id: string,
    signal: string,
    options: WaitLimit & { readonly group?: boolean } = {},
  ): Promise<void> {
    const { group = false, ...limit } = options;
    entryIn(await this.call(MessageType.SignalRequest, { id, sig: signal, grp: group }, limit));
  }

  /**
   * Stops all processes, dependents first, and ends the manager; resolves when the processes have stopped.
   * @throws ControlError `NOT_SUPPORTED` from cliwrap managers, and as {@link call}
   */
  async shutdown(limit?: WaitLimit): Promise<void> {
    entryIn(await this.call(MessageType.ShutdownRequest, {}, limit));
  }

  /**
   * The kept output of a process and, with `follow`, new output. The caller may keep each chunk, unless it sets
   * `reuseMemory`.
   * @throws ControlError as {@link call}
   */
  async *logs(id: string, options: LogsOptions = {}): AsyncGenerator<Buffer, void, undefined> {
    const { stream = 0, follow = false, since = 0n, lines = 0, ...limit } = options;
    const sn = since instanceof Date ? BigInt(since.getTime()) * 1_000_000n : since;
    const request = { id, s: stream, f: follow, sn, ln: lines };
    if (!follow) {
      const { d } = logDataIn(await this.call(MessageType.LogsRequest, request, limit));
      if (d.length > 0) yield lines > 0 ? lastLines(d, lines) : d;
      return;
    }
    let snapshot = true;
    for await (const frame of await this.#tracked(MessageType.LogsRequest, request, limit)) {
      const { d, eof } = logDataIn(frame);
      // Managers before v0.3.0 send everything they keep, whatever was asked.
      const data = snapshot && lines > 0 ? lastLines(d, lines) : d;
      snapshot = false;
      if (data.length > 0) yield data;
      if (eof) return;
    }
  }

  /** Events from now on, until the server closes or the signal aborts. @throws ControlError as {@link call} */
  async *events(options: EventsOptions = {}): AsyncGenerator<ReceivedEvent, void, undefined> {
    const { ids = [], types = [], ...limit } = options;
    const request = { pids: ids.length > 0 ? ids : null, types };
    for await (const frame of await this.#tracked(MessageType.EventsSubscribe, request, limit)) {
      const event = eventIn(frame);
      // Managers before v0.3.0 ignore `types`.
      if (types.length > 0 && !types.includes(event.type)) continue;
      if (ids.length > 0 && !ids.includes(event.id)) continue;
      yield event;
    }
  }

  /** Closes the connection and the streams that this client opened. A second call does nothing. */
  close(): void {
    this.#closed = true;
    this.#frames.close();
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async *#tracked<T extends MessageType>(
    type: T,
    body: WireBodies[T],
    options: StreamOptions,
  ): AsyncGenerator<ControlFrame, void, undefined> {
    const stream = await this.stream(type, body, options);
    try {
      yield* stream;
    } finally {
      stream.close();
      this.#streams.delete(stream);
    }
  }

  async #exchange<T extends MessageType>(
    type: T,
    body: WireBodies[T],
    limit: WaitLimit,
  ): Promise<ControlFrame> {
    if (this.#closed) throw closed();
    const seq = ++this.#seq;
    this.#frames.write(encodeMessage(type, seq, body));
    const frame = await this.#frames.read({ timeoutMs: this.#timeoutMs, ...limit });
    if (frame === null)
      throw new ControlError('CLOSED', 'the manager closed the connection without an answer');
    if (!answers(frame, type, seq)) {
      this.#frames.close();
      throw new ControlError(
        'UNEXPECTED_REPLY',
        `reply of type 0x${frame.type.toString(16)} with number ${frame.seq} to request 0x${type.toString(16)} with number ${seq}`,
      );
    }
    return frame;
  }
}

function dialTrusted(
  path: string,
  options: StreamOptions,
  peerUids: readonly number[] | undefined,
): Promise<FrameStream> {
  return FrameStream.dial(path, {
    ...options,
    check: (socket) => requireTrustedPeer(socket, path, peerUids),
  });
}
