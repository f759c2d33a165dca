/** The server of the control socket. */
import net from 'node:net';
import { ControlError } from '../control-error.js';
import type { ControlService } from '../control-service.js';
import { BufferPool } from '../wire/buffer-pool.js';
import { ACCEPT_OPTIONS } from './accepted-socket.js';
import { isSharedFolder, type ListeningSocket, listenAt, type SocketOptions } from './listening-socket.js';
import { SendBudget } from './send-budget.js';
import { type ConnectionHost, ServerConnection } from './server-connection.js';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './server-options.js';
import { TurnScheduler } from './turn-scheduler.js';

/** A client that blocks others by not reading is cut after this long without progress. */
const STALL_WHEN_CROWDED_MILLIS = 1_000;

export class ControlServer {
  readonly #options: ResolvedServerOptions;
  readonly #connections = new Set<ServerConnection>();
  readonly #host: ConnectionHost;
  readonly #server: net.Server;
  #socket: ListeningSocket | null = null;
  #sweeper: NodeJS.Timeout | null = null;
  #accepted = 0;
  #path = '';
  #closing = false;

  /** @throws ControlError `INVALID_ARGUMENT` */
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

  /** The path given to {@link listen}. */
  get path(): string {
    return this.#path;
  }

  /** Open connections, those that are streams, bytes waiting to be sent, bytes of unfinished requests. */
  get load(): { connections: number; streams: number; queuedBytes: number; heldBytes: number } {
    let streams = 0;
    for (const connection of this.#connections) if (connection.isStreaming) streams++;
    const { budget, heldBytes } = this.#host;
    return { connections: this.#connections.size, streams, queuedBytes: budget.queued, heldBytes };
  }

  /**
   * Listens at `socketPath`; see listening-socket.ts for what happens to something that lies there.
   * @throws ControlError `SERVER_RUNNING`, `NOT_A_SOCKET`, `PATH_TOO_LONG`, `ACCESS_DENIED`
   */
  async listen(socketPath: string, options: SocketOptions = {}): Promise<void> {
    if (this.#closing || this.#socket !== null) {
      throw new ControlError('INVALID_ARGUMENT', 'a server listens once: make a new one');
    }
    this.#socket = await listenAt(this.#server, socketPath, options);
    this.#path = socketPath;
    if (isSharedFolder(socketPath)) {
      const message = `others may write to the folder of ${socketPath} and so replace the socket`;
      this.#options.log({ level: 'warn', what: 'shared-folder', message });
    }
    const { frameTimeoutMs, writeTimeoutMs } = this.#options;
    const period = Math.min(250, frameTimeoutMs / 2, writeTimeoutMs / 2);
    this.#sweeper = setInterval(() => this.#sweep(), period);
    this.#sweeper.unref();
  }

  /** Stops listening, ends idle connections and streams now and the others behind their running request. */
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
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(socket: net.Socket): void {
    const number = ++this.#accepted;
    const { maxConnections, log } = this.#options;
    if (this.#closing || this.#connections.size >= maxConnections) {
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

  /** Cuts those whose clients do not read, the one with the most unsent first, until there is room for others. */
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
