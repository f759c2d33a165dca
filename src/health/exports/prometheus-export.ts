/** Metrics over HTTP/1.0, any path. A client that says nothing, or too much, costs a connection for a short time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { RingwireError, reasonOf, systemCode } from '../../platform/index.js';
import type { VlpObserver } from '../observer/observer.js';
import { prometheusText } from './prometheus-text.js';

const MAX_REQUEST = 4096;
const MAX_CONNECTIONS = 32;
const REQUEST_MILLIS = 5000;

export interface PrometheusOptions {
  /** IP address, default 127.0.0.1: whoever reaches it sees which processes there are. */
  readonly host?: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  /** Asked for as `Authorization: Bearer TOKEN`; default none. */
  readonly token?: string;
}

export class PrometheusExport {
  /** Where it listens: `127.0.0.1:9100`. */
  readonly address: string;
  readonly #server: net.Server;
  readonly #connections = new Set<net.Socket>();

  /** @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET` */
  static async listen(observer: VlpObserver, options: PrometheusOptions): Promise<PrometheusExport> {
    const { host = '127.0.0.1', port, token = null } = options;
    const connections = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      serve(socket, () => prometheusText(observer), token);
    });
    server.maxConnections = MAX_CONNECTIONS;
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      throw new RingwireError(
        systemCode(error) === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'COULD_NOT_ACCESS_SOCKET',
        `cannot listen on ${host}:${port}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
    return new PrometheusExport(server, connections);
  }

  private constructor(server: net.Server, connections: Set<net.Socket>) {
    this.#server = server;
    this.#connections = connections;
    const { address, family, port } = server.address() as net.AddressInfo;
    this.address = `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function serve(socket: net.Socket, text: () => string, token: string | null): void {
  let request = '';
  socket.setTimeout(REQUEST_MILLIS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    request += chunk;
    if (/\r?\n\r?\n/.test(request) || request.length >= MAX_REQUEST) {
      socket.removeAllListeners('data');
      socket.resume();
      socket.end(answer(request, text, token));
    }
  });
}

function answer(request: string, text: () => string, token: string | null): string {
  if (!/^GET \S* ?/.test(request)) return response('405 Method Not Allowed', 'GET only\n', 'Allow: GET\r\n');
  if (token !== null && !isAuthorized(request, token))
    return response('401 Unauthorized', 'a token is needed\n');
  return response('200 OK', text());
}

function response(status: string, body: string, headers = ''): string {
  return `HTTP/1.0 ${status}\r\n${headers}Content-Type: text/plain; version=0.0.4\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

/** Compared by digests, in constant time. */
function isAuthorized(request: string, token: string): boolean {
  const given = /^authorization:[ \t]*bearer[ \t]+(\S+)[ \t]*\r?$/im.exec(request)?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest();
  return timingSafeEqual(digest(given), digest(token));
}
