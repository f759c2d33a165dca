/**
 * Serves metrics over HTTP/1.0, for any path.
 *
 * INV-SCRAPE-01: no client keeps a connection for longer than {@link CONNECTION_MILLIS}, also if it sends or reads
 * slowly. While all connections are in use, a new one replaces the oldest.
 */
import net from 'node:net';
import { TokenBucket, type VlpObserver } from '../../health/index.js';
import { hostName, isLoopback, isLoopbackHost, isSameSecret, listenOn } from '../../platform/index.js';
import { loadPromClient } from '../outputs/load-prom-client.js';
import type { ObserverEndpointCounters } from './observer-families.js';
import { observerPage } from './observer-page.js';

const MAX_REQUEST = 4096;
const MAX_CONNECTIONS = 32;
/** Longest duration of a connection in milliseconds: an absolute limit, not an idle timeout. */
const CONNECTION_MILLIS = 5000;
/** Most addresses whose rate is tracked. */
const MAX_ADDRESSES = 1024;

/** Options of {@link ObserverEndpoint.listen}. */
export interface ObserverEndpointOptions {
  /** IP address to listen on. Every client that reaches it sees which processes exist. Default: 127.0.0.1. */
  readonly host?: string;
  /** Port, 0 to 65535. 0: the kernel chooses one, see {@link ObserverEndpoint.address}. */
  readonly port: number;
  /** Token that clients must send as `Authorization: Bearer TOKEN`. Default: none. */
  readonly token?: string;
  /** Most connections per second for each client address; 0: no limit. Default: 0. */
  readonly rateLimitPerSecond?: number;
  /** Most connections of one address in a burst, from 1. Default: 10. */
  readonly rateLimitBurst?: number;
}

/**
 * Serves the metrics of an observer over HTTP.
 *
 * @example
 * const metrics = await ObserverEndpoint.listen(observer, { port: 9100 });
 */
export class ObserverEndpoint {
  /** The address it listens on: `127.0.0.1:9100`. */
  readonly address: string;
  /** Counters of connections without an answer; they only grow. */
  readonly counters: ObserverEndpointCounters = { authFailures: 0, rateLimited: 0, drained: 0 };
  readonly #observer: VlpObserver;
  readonly #token: string | null;
  readonly #server: net.Server;
  /** Open connections, oldest first. */
  readonly #connections = new Set<net.Socket>();
  readonly #rate: { readonly perSecond: number; readonly burst: number };
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * Starts to listen.
   * @throws RingwireError `EXPORTER_UNAVAILABLE` without the package prom-client, `ADDRESS_IN_USE`,
   * `COULD_NOT_ACCESS_SOCKET`
   */
  static async listen(observer: VlpObserver, options: ObserverEndpointOptions): Promise<ObserverEndpoint> {
    await loadPromClient();
    const { host = '127.0.0.1', port } = options;
    const server = net.createServer();
    const { text } = await listenOn(server, host, port);
    return new ObserverEndpoint(observer, server, text, options);
  }

  private constructor(
    observer: VlpObserver,
    server: net.Server,
    address: string,
    options: ObserverEndpointOptions,
  ) {
    const { token = null, rateLimitPerSecond = 0, rateLimitBurst = 10 } = options;
    this.#observer = observer;
    this.#token = token;
    this.#rate = { perSecond: rateLimitPerSecond, burst: rateLimitBurst };
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
    this.address = address;
  }

  /** Closes all connections and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: net.Socket): void {
    socket.on('error', () => socket.destroy());
    if (!this.#mayConnect(socket.remoteAddress ?? '')) {
      this.counters.rateLimited++;
      socket.destroy();
      return;
    }
    if (this.#connections.size >= MAX_CONNECTIONS) this.#drain(first(this.#connections));
    this.#connections.add(socket);
    const deadline = setTimeout(() => this.#drain(socket), CONNECTION_MILLIS);
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#connections.delete(socket);
    });
    this.#serve(socket);
  }

  #drain(socket: net.Socket | undefined): void {
    if (socket === undefined) return;
    this.counters.drained++;
    this.#connections.delete(socket);
    socket.destroy();
  }

  #mayConnect(address: string): boolean {
    if (this.#rate.perSecond === 0) return true;
    const bucket = this.#buckets.get(address) ?? new TokenBucket(this.#rate.perSecond, this.#rate.burst);
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(first(this.#buckets.keys()) ?? '');
    return bucket.take(performance.now());
  }

  #serve(socket: net.Socket): void {
    let request = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      request += chunk;
      if (/\r?\n\r?\n/.test(request) || request.length >= MAX_REQUEST) {
        socket.removeAllListeners('data');
        socket.resume();
        void this.#answer(request).then((answer) => socket.end(answer));
      }
    });
  }

  async #answer(request: string): Promise<string> {
    if (!/^GET \S* ?/.test(request))
      return response('405 Method Not Allowed', 'GET only\n', 'Allow: GET\r\n');
    if (!this.#isMeant(request)) {
      return response('403 Forbidden', 'this server does not have the name in Host\n');
    }
    if (this.#token !== null && !isAuthorized(request, this.#token)) {
      this.counters.authFailures++;
      return response('401 Unauthorized', 'a token is required\n');
    }
    return response('200 OK', await observerPage(this.#observer, this.counters));
  }

  /** Refuses DNS rebinding, as `MetricsServer` does. A client without a `Host` header is no browser. */
  #isMeant(request: string): boolean {
    const { address } = this.#server.address() as net.AddressInfo;
    const host = /^host:[ \t]*(.*?)[ \t]*\r?$/im.exec(request)?.[1];
    return host === undefined || !isLoopback(address) || isLoopbackHost(hostName(host) ?? '');
  }
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}

function response(status: string, body: string, headers = ''): string {
  return `HTTP/1.0 ${status}\r\n${headers}Content-Type: text/plain; version=0.0.4\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function isAuthorized(request: string, token: string): boolean {
  const given = /^authorization:[ \t]*bearer[ \t]+(\S+)[ \t]*\r?$/im.exec(request)?.[1] ?? '';
  return isSameSecret(given, token);
}
