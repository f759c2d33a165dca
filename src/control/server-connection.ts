/**
 * One connection of a control server: requests one after another, or one stream.
 *
 *   idle --request--> busy --answer--> idle          idle, busy --logs -f, events--> streaming
 *   any --end of client, bad frame, limit, server close--> closing (what is queued is sent, nothing is read)
 */
import type net from 'node:net';
import { ControlError, messageOf } from './control-error.js';
import type { ControlEvent, ControlService } from './control-service.js';
import { type CutFrame, FrameDecoder } from './frame-decoder.js';
import type { FramePool } from './frame-pool.js';
import type { LogFrameEncoder } from './log-frame-encoder.js';
import { MessageType } from './message-layout.js';
import { type Answer, encodeEvent, handleRequest } from './request-handler.js';
import type { ResolvedServerOptions } from './server-options.js';
import type { TurnScheduler, Worker } from './turn-scheduler.js';
import type { Watch } from './watch.js';

/** A connection with this much unsent is not served until some of it is gone. */
const BACKLOG = 128 * 1024;
/** Bytes handed to the socket at a time. */
const SLICE = 256 * 1024;
/** Frames of a stream written in one piece of work. */
const FRAMES_PER_STEP = 8;

/** Frames of a stream that are still sent when the server closes. */
const LAST_FRAMES = 1024;

/** What the connections of a server share. */
export interface ConnectionHost {
  readonly service: ControlService;
  readonly options: ResolvedServerOptions;
  readonly scheduler: TurnScheduler;
  readonly pool: FramePool;
  /** Bytes unsent over all connections. */
  queuedBytes: number;
  /** Bytes of unfinished requests over all connections. */
  heldBytes: number;
  /** Connections that wait for {@link queuedBytes} to shrink. */
  readonly waitingForRoom: Set<ServerConnection>;
  closed(connection: ServerConnection): void;
}

type Stream =
  | { readonly kind: 'logs'; readonly watch: Watch<Uint8Array>; readonly encoder: LogFrameEncoder }
  | { readonly kind: 'events'; readonly watch: Watch<ControlEvent> };

export class ServerConnection implements Worker {
  readonly number: number;
  readonly #socket: net.Socket;
  readonly #host: ConnectionHost;
  readonly #decoder: FrameDecoder;
  #state: 'idle' | 'busy' | 'streaming' | 'closing' = 'idle';
  #stream: Stream | null = null;
  #inputEnded = false;
  #queued = 0;
  #held = 0;
  #lostBefore = 0;
  /** When the frame that is arriving began, and when the client last took bytes; monotonic milliseconds, 0 is never. */
  #frameBegan = 0;
  #lastProgress = 0;
  /** What a request does that waits for room. */
  #resumeWork: (() => void) | null = null;

  constructor(number: number, socket: net.Socket, host: ConnectionHost) {
    this.number = number;
    this.#socket = socket;
    this.#host = host;
    const { maxRequestBody } = host.options;
    this.#decoder = new FrameDecoder((type) => (isRequest(type) ? maxRequestBody : 0));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#host.scheduler.schedule(this));
    socket.on('error', (error) => this.#log('info', 'connection-error', messageOf(error)));
    socket.on('close', () => this.#onClose());
  }

  get isStreaming(): boolean {
    return this.#state === 'streaming';
  }

  /** Bytes unsent. */
  get queued(): number {
    return this.#queued;
  }

  /** Milliseconds since the client took bytes, while there are any for it; else 0. */
  stalledFor(now: number): number {
    return this.#queued === 0 ? 0 : now - this.#lastProgress;
  }

  /** One request, or some frames of the stream. */
  step(): boolean {
    if (this.#state === 'streaming') return this.#pumpStream();
    if (this.#state !== 'idle' || this.#queued > BACKLOG || this.#mustWaitForRoom(2)) return false;
    let frame: CutFrame | null;
    try {
      frame = this.#decoder.next();
      this.#account();
      if (frame === null && this.#inputEnded) this.#decoder.end();
    } catch (error) {
      this.#badFrame(error);
      return false;
    }
    if (frame === null) {
      if (this.#inputEnded) this.finish();
      else this.#socket.resume();
      return false;
    }
    this.#frameBegan = this.#decoder.insideFrame ? performance.now() : 0;
    this.#serve(frame);
    return this.#state === 'idle' || this.#state === 'streaming';
  }

  /** Called now and then: deadlines for frames and for slow readers. */
  checkDeadlines(now: number): void {
    const { frameTimeoutMs, writeTimeoutMs } = this.#host.options;
    if (this.#state === 'idle' && this.#frameBegan > 0 && now - this.#frameBegan > frameTimeoutMs) {
      if (this.#queued === 0) this.cut('frame-timeout', `a frame took longer than ${frameTimeoutMs} ms`);
    } else if (this.stalledFor(now) > writeTimeoutMs) {
      this.cut('slow-reader', `took no bytes for ${writeTimeoutMs} ms with ${this.#queued} waiting`);
    }
  }

  /** Ends the connection behind the answer that is being worked on. Idle connections and streams end now. */
  shutDown(): void {
    this.#inputEnded = true;
    if (this.#state === 'busy') return;
    // What a stream has already is sent: the last event of a shutdown is one that people wait for.
    const stream = this.#state === 'streaming' ? this.#stream : null;
    for (let i = 0; stream !== null && i < LAST_FRAMES && this.#queued <= BACKLOG; i++) {
      if (!this.#writeNext(stream)) break;
    }
    this.finish();
  }

  /** Sends what is queued, then closes. */
  finish(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#stream?.watch.close();
    this.#socket.resume();
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Closes without sending what is queued. */
  cut(what: string, message: string): void {
    this.#log('warn', what, message);
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    // Later requests on the connection of a stream are never read.
    if (this.#state === 'streaming' || this.#state === 'closing') return;
    if (!this.#decoder.insideFrame) this.#frameBegan = performance.now();
    this.#decoder.push(chunk);
    this.#account();
    if (this.#host.heldBytes > this.#host.options.maxHeldBytes) {
      this.cut('too-much-held', `${this.#host.heldBytes} bytes of unfinished requests are held`);
      return;
    }
    this.#socket.pause();
    this.#host.scheduler.schedule(this);
  }

  #onEnd(): void {
    this.#inputEnded = true;
    if (this.#state === 'streaming') this.finish();
    else this.#host.scheduler.schedule(this);
  }

  #onClose(): void {
    this.#state = 'closing';
    const host = this.#host;
    host.queuedBytes -= this.#queued;
    host.heldBytes -= this.#held;
    this.#queued = 0;
    this.#held = 0;
    host.waitingForRoom.delete(this);
    host.scheduler.cancel(this);
    this.#stream?.watch.close();
    host.closed(this);
  }

  #serve(frame: CutFrame): void {
    if (frame.type === MessageType.LogsRequest && this.#mustWaitForRoom(1)) {
      this.#retry(frame);
      return;
    }
    const answer = handleRequest(this.#host.service, frame);
    if (!(answer instanceof Promise)) {
      this.#answer(answer);
      return;
    }
    this.#state = 'busy';
    answer.then((settled) => {
      if (this.#state !== 'busy') return;
      this.#state = 'idle';
      this.#answer(settled);
      this.#host.scheduler.schedule(this);
    });
  }

  /** Log requests wait while the answers to others fill the queue: one snapshot may be 16 MiB. */
  #retry(frame: CutFrame): void {
    this.#state = 'busy';
    this.#resumeWork = () => {
      this.#resumeWork = null;
      this.#state = 'idle';
      this.#serve(frame);
    };
  }

  /** Called when other connections have sent enough. */
  roomIsBack(): void {
    if (this.#resumeWork !== null) this.#resumeWork();
    this.#host.scheduler.schedule(this);
  }

  #answer(answer: Answer): void {
    switch (answer.kind) {
      case 'reply':
        this.#write(answer.frame);
        return;
      case 'close':
        this.#write(answer.frame);
        this.finish();
        return;
      case 'logs':
        this.#write(answer.first);
        this.#follow({ kind: 'logs', watch: answer.watch, encoder: answer.encoder });
        return;
      case 'events':
        this.#follow({ kind: 'events', watch: answer.watch });
    }
  }

  #follow(stream: Stream): void {
    this.#stream = stream;
    if (this.#inputEnded) {
      this.finish();
      return;
    }
    this.#state = 'streaming';
    this.#frameBegan = 0;
    stream.watch.onReadable(() => this.#host.scheduler.schedule(this));
    // Read on, and throw away, to notice at once when the client goes.
    this.#socket.resume();
    this.#host.scheduler.schedule(this);
  }

  #pumpStream(): boolean {
    const stream = this.#stream as Stream;
    for (let i = 0; i < FRAMES_PER_STEP; i++) {
      if (this.#queued > BACKLOG || this.#mustWaitForRoom(1)) return false;
      if (!this.#writeNext(stream)) {
        this.#reportLost(stream);
        return false;
      }
    }
    this.#reportLost(stream);
    return this.#state === 'streaming';
  }

  #writeNext(stream: Stream): boolean {
    if (stream.kind === 'events') {
      const event = stream.watch.next();
      if (event !== null) this.#write(encodeEvent(event));
      return event !== null;
    }
    const data = stream.watch.next();
    if (data === null) return false;
    const buffer = this.#host.pool.take(stream.encoder.sizeFor(data.length));
    this.#write(buffer.subarray(0, stream.encoder.encode(data, false, buffer)), buffer);
    return true;
  }

  /** Logs go on behind the gap; a gap in events would be a lie, so that stream ends. */
  #reportLost(stream: Stream): void {
    const lost = stream.watch.lost - this.#lostBefore;
    if (lost === 0) return;
    this.#lostBefore = stream.watch.lost;
    if (stream.kind === 'logs') this.#log('warn', 'slow-reader', `${lost} chunks of the log were skipped`);
    else {
      this.#log('warn', 'slow-reader', `${lost} events were lost: the subscription ends`);
      this.finish();
    }
  }

  #mustWaitForRoom(share: 1 | 2): boolean {
    const { options, queuedBytes, waitingForRoom } = this.#host;
    if (queuedBytes * 2 <= options.maxQueuedBytes * share) return false;
    waitingForRoom.add(this);
    return true;
  }

  #write(frame: Buffer, pooled?: Buffer): void {
    const { length } = frame;
    if (this.#queued === 0) this.#lastProgress = performance.now();
    this.#queued += length;
    this.#host.queuedBytes += length;
    let at = 0;
    // In slices, so that a slow client can be told from one that does not read at all.
    for (; length - at > SLICE; at += SLICE) {
      this.#socket.write(frame.subarray(at, at + SLICE), () => this.#sent(SLICE));
    }
    this.#socket.write(frame.subarray(at), () => {
      if (pooled !== undefined) this.#host.pool.give(pooled);
      this.#sent(length - at);
    });
  }

  #sent(length: number): void {
    if (this.#queued === 0) return;
    const host = this.#host;
    this.#queued -= length;
    host.queuedBytes -= length;
    this.#lastProgress = performance.now();
    if (this.#queued <= BACKLOG) host.scheduler.schedule(this);
    if (host.waitingForRoom.size === 0 || host.queuedBytes * 2 > host.options.maxQueuedBytes) return;
    const waiting = [...host.waitingForRoom];
    host.waitingForRoom.clear();
    for (const connection of waiting) connection.roomIsBack();
  }

  #account(): void {
    const { held } = this.#decoder;
    this.#host.heldBytes += held - this.#held;
    this.#held = held;
  }

  #badFrame(error: unknown): void {
    const what = error instanceof ControlError ? error.code : 'error';
    this.#log('info', 'bad-frame', `closed without an answer: ${what} ${messageOf(error)}`);
    this.finish();
  }

  #log(level: 'info' | 'warn', what: string, message: string): void {
    this.#host.options.log({ level, what, message, connection: this.number });
  }
}

/** Only requests that read their body get it kept; all others have theirs thrown away as it comes. */
function isRequest(type: number): boolean {
  return (
    type === MessageType.StatusRequest ||
    type === MessageType.LogsRequest ||
    type === MessageType.EventsSubscribe ||
    type === MessageType.StartRequest ||
    type === MessageType.StopRequest
  );
}
