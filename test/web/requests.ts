/** A server in this process, and raw requests to it: what no browser would send. */
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { Sampler } from '../../src/metrics/index.js';
import { type WebOptions, WebServer } from '../../src/web/index.js';
import { memoryFolder } from '../temporary.js';

/** Folder of the package. */
export const PACKAGE = pathToFileURL(`${path.resolve(import.meta.dirname, '../..')}/`);

/** A server on a free port; it ends with the test. */
export async function serve(options: Partial<WebOptions> = {}): Promise<WebServer> {
  const root = options.root ?? memoryFolder();
  const sampler = new Sampler({ root });
  onTestFinished(() => sampler.close());
  const server = await WebServer.listen({
    ...{ port: 0, root, source: sampler, packageFolder: PACKAGE },
    ...{ processes: null, health: null, aeron: null },
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

/** An answer, as far as the tests look at it. */
export interface Answer {
  /** 0 when the server closed the connection without an answer. */
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Sends bytes as they are, and reads until the server closes the connection. */
export function sendRaw(server: WebServer, request: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
    const chunks: Buffer[] = [];
    socket.on('error', () => {});
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString())));
    socket.write(request);
  });
}

/** A request with these headers beside `Host`; null removes one. The connection closes after the answer. */
export function send(
  server: WebServer,
  request: string,
  headers: Readonly<Record<string, string | null>> = {},
): Promise<Answer> {
  const all = { Host: new URL(server.url).host, Connection: 'close', ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return sendRaw(server, `${request} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
}

/** The headers of a program that knows the token. */
export function withToken(server: WebServer): Record<string, string> {
  return { Authorization: `Bearer ${server.token}` };
}

function parse(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const headers = text.slice(0, end);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1] ?? 0), headers, body: text.slice(end + 4) };
}
