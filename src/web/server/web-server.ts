/** The server of `ringwire web`: one page, a JSON API, and streams of events. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { Connections, listenOn } from '../../platform/index.js';
import { apiRoutes } from '../api/api-routes.js';
import { Access } from '../security/access.js';
import { assetRoutes } from './assets.js';
import { RequestHandler } from './request-handler.js';
import { SnapshotFeed } from './snapshot-feed.js';
import { type ResolvedWebOptions, resolveWebOptions, type WebOptions } from './web-options.js';

/** Limits of one request. A browser sends less than 2 KiB of headers. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
} as const;

/** Most connections at a time. */
export const MAX_CONNECTIONS = 256;
/** A TLS handshake must end within this time. */
const HANDSHAKE_MILLIS = 5000;

/** A running server. */
export class WebServer {
  readonly #server: http.Server;
  readonly #feed: SnapshotFeed;
  readonly #access: Access;
  readonly #connections = new Connections(MAX_CONNECTIONS);
  readonly #options: ResolvedWebOptions;
  #address = '';

  /** Takes the first snapshot and listens. @throws RingwireError `INVALID_ARGUMENT`, `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET` */
  static async listen(options: WebOptions): Promise<WebServer> {
    const server = new WebServer(resolveWebOptions(options));
    await server.#listen();
    return server;
  }

  private constructor(options: ResolvedWebOptions) {
    const { tls, token, loopback, names, source } = options;
    this.#options = options;
    this.#access = new Access({ token, loopback, names, secure: tls !== undefined });
    this.#feed = new SnapshotFeed(source);
    const routes = [
      ...assetRoutes(new URL('dist/web/page/', options.packageFolder)),
      ...apiRoutes(options, this.#access, this.#feed),
    ];
    const handler = new RequestHandler(routes, this.#access, this.#connections);
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void handler.handle(request, response);
    this.#server =
      tls === undefined
        ? http.createServer(LIMITS, handle)
        : https.createServer({ ...LIMITS, ...tls, handshakeTimeout: HANDSHAKE_MILLIS }, handle);
    // Requests that node:http refuses, such as headers that are too long, get no answer with details.
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    this.#server.on('connection', (socket) => this.#connections.add(socket));
    // `Expect: 100-continue` must not invite a body that is refused.
    this.#server.on('checkContinue', handle);
  }

  /** The address of the page, without the token: `http://127.0.0.1:9460/`. */
  get url(): string {
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    return `${scheme}://${this.#address}/`;
  }

  /** The secret. It lets the first request of a browser in: `?token=…` after {@link url}. */
  get token(): string {
    return this.#access.token;
  }

  /** Closes all connections, and stops sampling and listening. */
  async close(): Promise<void> {
    this.#feed.stop();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#connections.close();
    await closed;
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options;
    const address = await listenOn(this.#server, host, port);
    this.#address = address.text;
    this.#access.nameCookie(address.port);
    await this.#feed.start();
  }
}
