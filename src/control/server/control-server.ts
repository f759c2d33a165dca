/** Server of the control socket. */
import net from 'node:net';
import path from 'node:path';
import { everyMs, type LongTimer } from '../../platform/index.js';
import { ControlError } from '../control-error.js';
import type { ControlService } from '../control-service.js';
import { BufferPool } from '../wire/buffer-pool.js';
import { ACCEPT_OPTIONS } from './accepted-socket.js';
import { type ListeningSocket, listenAt, type SocketOptions } from './listening-socket.js';
import { SendBudget } from './send-budget.js';
import { type ConnectionHost, ServerConnection } from './server-connection.js';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './server-options.js';
import { TurnScheduler } from './turn-scheduler.js';

/** A client that blocks others by not reading is cut after this long without progress. */
const STALL_WHEN_CROWDED_MILLIS = 1_000;
/** A connection without a request for this long gives its place to a new one when all places are taken. */
const IDLE_WHEN_FULL_MILLIS = 1_000;

/**
 * Serves a {@link ControlService} on a Unix socket.
 * @example
 * const server = new ControlServer(service);
 * await server.listen('/run/app/manager.sock');
 */
export class ControlServer {
  readonly #options: ResolvedServerOptions;
  readonly #connections = new Set<ServerConnection>();
  readonly #host: ConnectionHost;
  readonly #server: net.Server;
  #socket: ListeningSocket | null = null;
  #sweeper: LongTimer | null = null;
  #accepted = 0;
  #path = '';
  #closing = false;

  /** Does not listen yet. @throws ControlError `INVALID_ARGUMENT` for an unknown option or a value out of range */
  constructor(service: ControlService, options: ServerOptions = {}) {
    this.#options = resolveServerOptions(options);
    this.#host = {
      service,
      options: this.#options,
      scheduler: new TurnScheduler(),
      pool: new BufferPool(),
      budget: new SendBudget(this.#options.maxQueuedBytes),
      heldBytes: 0,
      closed: (connection) => this.#connections.delete(connection),
    };
    this.#server = net.createServer(ACCEPT_OPTIONS, (socket) => this.#accept(socket));
  }

  /** Absolute path of the socket; empty before {@link listen}. */
  get path(): string {
    return this.#path;
  }

  /** Open connections, streams among them, bytes waiting to be sent, and bytes of unfinished requests. */
  get load(): { connections: number; streams: number; queuedBytes: number; heldBytes: number } {
    let streams = 0;
    for (const connection of this.#connections) if (connection.isStreaming) streams++;
    const { budget, heldBytes } = this.#host;
    return { connections: this.#connections.size, streams, queuedBytes: budget.queued, heldBytes };
  }

  /**
   * Listens at `socketPath`. A stale socket at the path is replaced; anything else is left alone. Creates the folder
   * with mode 0700 when it is missing.
   * @throws ControlError `SERVER_RUNNING`, `NOT_A_SOCKET`, `PATH_TOO_LONG`, `ACCESS_DENIED`
   */
  async listen(socketPath: string, options: SocketOptions = {}): Promise<void> {
    if (this.#closing || this.#socket !== null) {
      throw new ControlError('INVALID_ARGUMENT', 'a server listens once: create a new one');
    }
    // A later chdir must not change which file is removed at close.
    const absolute = path.resolve(socketPath);
    this.#socket = await listenAt(this.#server, absolute, options);
    this.#path = absolute;
    const { frameTimeoutMs, writeTimeoutMs } = this.#options;
    const period = Math.min(250, frameTimeoutMs / 2, writeTimeoutMs / 2);
    this.#sweeper = everyMs(period, () => this.#sweep()).unref();
  }

  /**
   * Stops listening and removes the socket. Ends idle connections and streams now, and other connections after their
   * current request or {@link ServerOptions.closeTimeoutMs}. A second call does nothing.
   */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket?.unlink();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.shutDown();
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.cut('close-timeout', 'the server closed');
    }, this.#options.closeTimeoutMs);
    await closed;
    clearTimeout(deadline);
    this.#sweeper?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: net.Socket): void {
    const number = ++this.#accepted;
    const { maxConnections, log } = this.#options;
    if (this.#closing || (this.#connections.size >= maxConnections && !this.#replaceIdle())) {
      const message = `refused: ${maxConnections} connections are open`;
      log({ level: 'warn', what: 'too-many-connections', message, connection: number });
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#connections.add(new ServerConnection(number, socket, this.#host));
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.checkDeadlines(now);
    if (this.#host.budget.isCrowded) this.#makeRoom(now);
  }

  /** Cuts the connection that has been idle longest. @returns false when every connection is at work */
  #replaceIdle(): boolean {
    const now = performance.now();
    let longest: ServerConnection | null = null;
    for (const connection of this.#connections) {
      if (connection.idleFor(now) > (longest?.idleFor(now) ?? IDLE_WHEN_FULL_MILLIS)) longest = connection;
    }
    if (longest === null) return false;
    longest.cut('too-many-connections', 'idle while a new connection needs the place');
    this.#connections.delete(longest);
    return true;
  }

  /** Cuts connections whose clients do not read, the one with the most unsent bytes first, until others have room. */
  #makeRoom(now: number): void {
    const stalled = [...this.#connections].filter(
      (connection) => connection.stalledFor(now) >= STALL_WHEN_CROWDED_MILLIS,
    );
    let queued = this.#host.budget.queued;
    for (const connection of stalled.sort((a, b) => b.queued - a.queued)) {
      if (queued * 2 <= this.#options.maxQueuedBytes) return;
      queued -= connection.queued;
      connection.cut('slow-reader', `${connection.queued} bytes unread while others wait for room`);
    }
  }
}
