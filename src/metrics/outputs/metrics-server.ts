/** A server of its own for metrics: `ringwire metrics`. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { Connections, isLoopback, isLoopbackHost, listenOn, requestedHost } from '../../platform/index.js';
import { loadPromClient } from './load-prom-client.js';
import { isAuthorized, type MetricsHandlerOptions, metricsHandler, refuse } from './metrics-handler.js';

/** Most connections at a time. */
const MAX_CONNECTIONS = 64;
/** Longest time that a client may take to send a request, in milliseconds. */
const REQUEST_MILLIS = 5000;
/** Longest time that a connection may be idle, in milliseconds: longer than usual scrape intervals. */
const KEEP_ALIVE_MILLIS = 70_000;

/** Options of {@link MetricsServer.listen}. */
export interface MetricsServerOptions extends MetricsHandlerOptions {
  /** IP address to listen on. Every client that reaches it sees which channels and processes exist. Default: 127.0.0.1. */
  readonly host?: string;
  /** Port, 0 to 65535. 0: the kernel chooses one. Default: 9465. */
  readonly port?: number;
}

/**
 * Serves the metrics of a sampler over HTTP. On a loopback address it refuses requests that name another host: a page of a
 * foreign site could read the answer by DNS rebinding.
 */
export class MetricsServer {
  /** The address it listens on: `127.0.0.1:9465`. */
  readonly address: string;
  readonly #server: http.Server;

  /**
   * Starts to listen.
   * @throws RingwireError `EXPORTER_UNAVAILABLE` without the package prom-client, `ADDRESS_IN_USE`,
   * `COULD_NOT_ACCESS_SOCKET`
   */
  static async listen(options: MetricsServerOptions): Promise<MetricsServer> {
    await loadPromClient();
    const { host = '127.0.0.1', port = 9465 } = options;
    const limits = { requestTimeout: REQUEST_MILLIS, headersTimeout: REQUEST_MILLIS };
    const connections = new Connections(MAX_CONNECTIONS);
    const handler = metricsHandler(options);
    const handle = (request: IncomingMessage, response: ServerResponse) => {
      if (isLoopback(host) && !isLoopbackHost(requestedHost(request) ?? '')) {
        refuse(request, response, 403, 'this server does not have the name in Host\n');
        return;
      }
      if (options.token !== undefined && isAuthorized(request, options.token)) {
        connections.admit(request.socket);
      }
      handler(request, response);
    };
    const server = http.createServer({ ...limits, keepAliveTimeout: KEEP_ALIVE_MILLIS }, handle);
    server.on('connection', (socket) => connections.add(socket));
    // `Expect: 100-continue` must not invite a body that is refused.
    server.on('checkContinue', handle);
    const { text } = await listenOn(server, host, port);
    return new MetricsServer(server, text);
  }

  private constructor(server: http.Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /** Closes all connections and stops listening. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
