/**
 * One connection of a control server: requests one after another, or one stream.
 *
 *   idle --request--> busy --answer--> idle          idle, busy --logs -f, events--> streaming
 *   any --end of client, bad frame, limit, server close--> closing (what is queued is sent, nothing is read)
 */
import type net from 'node:net';
import { reasonOf } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import type { ControlService } from '../control-service.js';
import { isOwnUser } from '../peer-check.js';
import type { CutFrame } from '../wire/frame-decoder.js';
import { MessageType } from '../wire/message-layout.js';
import { readingSocket } from './accepted-socket.js';
import { type Answer, handleRequest } from './request-handler.js';
import { type IntakeHost, RequestIntake } from './request-intake.js';
import type { BudgetUser, SendBudget } from './send-budget.js';
import { SendQueue } from './send-queue.js';
import { ServedStream, type StreamSource } from './served-stream.js';
import type { TurnScheduler, Worker } from './turn-scheduler.js';

/** A connection with this much unsent is not served until some of it is gone. */
const BACKLOG = 256 * 1024;
/** Frames of a stream written in one piece of work. */
const FRAMES_PER_STEP = 8;
/** Frames of a stream that are still sent when the server closes. */
const LAST_FRAMES = 1024;

/** What the connections of a server share. */
export interface ConnectionHost extends IntakeHost {
  readonly service: ControlService;
  readonly scheduler: TurnScheduler;
  /** Bytes unsent over all connections. */
  readonly budget: SendBudget;
  closed(connection: ServerConnection): void;
}

/** One connection: reads requests, sends answers, keeps the limits. */
export class ServerConnection implements Worker, BudgetUser {
  readonly number: number;
  readonly #socket: net.Socket;
  readonly #host: ConnectionHost;
  readonly #in: RequestIntake;
  readonly #out: SendQueue;
  #state: 'idle' | 'busy' | 'streaming' | 'closing' = 'idle';
  #stream: ServedStream | null = null;
  #inputEnded = false;
  /** Monotonic milliseconds of the last bytes in either direction. */
  #lastActive = performance.now();

  constructor(number: number, accepted: net.Socket, host: ConnectionHost) {
    this.number = number;
    this.#host = host;
    this.#in = new RequestIntake(host);
    const socket = readingSocket(accepted, (bytes) => this.#onData(bytes));
    this.#socket = socket;
    this.#out = new SendQueue(socket, host.budget, host.pool, () => this.#onSent());
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#log('info', 'connection-error', reasonOf(error)));
    socket.on('close', () => this.#onClose());
  }

  get isStreaming(): boolean {
    return this.#state === 'streaming';
  }

  /** Bytes unsent. */
  get queued(): number {
    return this.#out.queued;
  }

  /** Milliseconds since the client took bytes, while there are any for it; else 0. */
  stalledFor(now: number): number {
    return this.#out.stalledFor(now);
  }

  /** Milliseconds without a byte while no request or answer is in progress; else 0. */
  idleFor(now: number): number {
    const idle = this.#state === 'idle' && this.queued === 0 && !this.#in.hasWaiting;
    return idle && this.#in.unfinishedFor(now) === 0 ? now - this.#lastActive : 0;
  }

  /** One request, or some frames of the stream. */
  step(): boolean {
    if (this.#state === 'streaming') return this.#pumpStream();
    if (this.#state !== 'idle' || !this.#mayAnswer()) return false;
    let frame: CutFrame | null;
    try {
      frame = this.#in.next();
      if (frame === null && this.#inputEnded) this.#in.end();
    } catch (error) {
      this.#badFrame(error);
      return false;
    }
    if (frame === null) {
      if (this.#inputEnded) this.finish();
      else this.#socket.resume();
      return false;
    }
    // One snapshot may be 16 MiB: requests for logs wait while other answers fill the budget.
    if (frame.type === MessageType.LogsRequest && !this.#host.budget.admitsLogs(this)) {
      this.#in.putBack(frame);
      return false;
    }
    this.#serve(frame);
    return this.#state === 'idle' || this.#state === 'streaming';
  }

  /** Called when the budget may have room. */
  roomIsBack(): void {
    this.#host.scheduler.schedule(this);
  }

  /** Enforces the deadlines for frames and for slow readers; called several times a second. */
  checkDeadlines(now: number): void {
    const { frameTimeoutMs, writeTimeoutMs } = this.#host.options;
    // While the server itself is busy, the client is not late.
    const waitsForFrame = this.#state === 'idle' && this.queued === 0 && !this.#in.hasWaiting;
    if (waitsForFrame && this.#in.unfinishedFor(now) > frameTimeoutMs) {
      this.cut('frame-timeout', `a frame took longer than ${frameTimeoutMs} ms`);
    } else if (this.stalledFor(now) > writeTimeoutMs) {
      this.cut('slow-reader', `took no bytes for ${writeTimeoutMs} ms with ${this.queued} waiting`);
    }
  }

  /** Ends the connection after the answer in progress. Idle connections and streams end now. */
  shutDown(): void {
    this.#inputEnded = true;
    if (this.#state === 'busy' || this.#in.hasWaiting) return;
    // Sends what a stream has already: clients wait for the last event of a shutdown.
    const stream = this.#state === 'streaming' ? this.#stream : null;
    for (let i = 0; stream !== null && i < LAST_FRAMES && this.queued <= BACKLOG; i++) {
      if (!stream.sendNext()) break;
    }
    this.finish();
  }

  /** Sends what is queued, then closes. */
  finish(): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#stream?.close();
    this.#socket.resume();
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Closes without sending what is queued. */
  cut(what: string, message: string): void {
    this.#log('warn', what, message);
    this.#socket.destroy();
  }

  /** @param bytes valid during the call */
  #onData(bytes: Buffer): void {
    this.#lastActive = performance.now();
    // Later requests on the connection of a stream are never read.
    if (this.#state === 'streaming' || this.#state === 'closing') return;
    try {
      this.#in.take(bytes);
    } catch (error) {
      this.#badFrame(error);
      return;
    }
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
    host.budget.forget(this);
    host.scheduler.cancel(this);
    this.#in.release();
    this.#out.release();
    this.#stream?.close();
    host.closed(this);
  }

  #serve(frame: CutFrame): void {
    const answer = handleRequest(this.#host.service, frame, () => isOwnUser(this.#socket));
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

  #answer(answer: Answer): void {
    switch (answer.kind) {
      case 'reply':
        this.#out.writePieces(answer.frame);
        return;
      case 'close':
        this.#out.writePieces(answer.frame);
        this.finish();
        return;
      case 'logs':
        this.#out.writePieces(answer.first);
        this.#follow(answer);
        return;
      case 'events':
        this.#follow(answer);
    }
  }

  #follow(source: StreamSource): void {
    const stream = new ServedStream(source, this.#out, this.#host.pool);
    this.#stream = stream;
    if (this.#inputEnded) {
      this.finish();
      return;
    }
    this.#state = 'streaming';
    stream.onReadable(() => this.#host.scheduler.schedule(this));
    // Keeps reading and discards the bytes, to notice at once when the client closes.
    this.#socket.resume();
    this.#host.scheduler.schedule(this);
  }

  #pumpStream(): boolean {
    const stream = this.#stream as ServedStream;
    for (let i = 0; i < FRAMES_PER_STEP; i++) {
      if (!this.#mayContinue()) return false;
      if (!stream.sendNext()) {
        this.#reportLost(stream);
        return false;
      }
    }
    this.#reportLost(stream);
    return this.#state === 'streaming';
  }

  /** Logs continue after the gap. A subscription to events ends, because it promises every event. */
  #reportLost(stream: ServedStream): void {
    const lost = stream.takeLost();
    if (lost === 0) return;
    if (stream.kind === 'logs') this.#log('warn', 'slow-reader', `${lost} chunks of the log were skipped`);
    else {
      this.#log('warn', 'slow-reader', `${lost} events were lost: the subscription ends`);
      this.finish();
    }
  }

  /** One answer is always possible, so that a client that reads never waits for clients that do not. */
  #mayAnswer(): boolean {
    return this.queued === 0 || (this.queued <= BACKLOG && this.#host.budget.admitsMore);
  }

  #mayContinue(): boolean {
    const { budget } = this.#host;
    return this.queued === 0 ? budget.admitsFrame(this) : this.queued <= BACKLOG && budget.admitsMore;
  }

  #onSent(): void {
    this.#lastActive = performance.now();
    if (this.queued <= BACKLOG) this.#host.scheduler.schedule(this);
  }

  #badFrame(error: unknown): void {
    const what = error instanceof ControlError ? error.code : 'error';
    this.#log('info', 'bad-frame', `closed without an answer: ${what} ${reasonOf(error)}`);
    this.finish();
  }

  #log(level: 'info' | 'warn', what: string, message: string): void {
    this.#host.options.log({ level, what, message, connection: this.number });
  }
}
