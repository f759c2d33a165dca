/** Answers requests for metrics of an existing `node:http` server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dropBody, hasBody, isSameSecret, reasonOf } from '../../platform/index.js';
import { type MetricLimits, MetricTable } from '../definitions/metrics-table.js';
import type { Sampler } from '../sampler.js';
import { formatFor, type MetricsPage, type PageFamily, prometheusPage } from './prometheus-page.js';

/** Options of {@link metricsHandler}. */
export interface MetricsHandlerOptions {
  /** What is sampled for each request. */
  readonly sampler: Sampler;
  /** Age in milliseconds up to which the last snapshot is served again. Default: 500. */
  readonly maxAgeMs?: number;
  /** Most items of each group with labels of their own. Default: see the documentation. */
  readonly limits?: MetricLimits;
  /** Token that clients must send as `Authorization: Bearer TOKEN`. Default: none. */
  readonly token?: string;
  /** Families after those of the sampler. Default: none. */
  readonly extra?: () => readonly PageFamily[];
}

/** Answers a request; never throws. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Creates a handler that serves the metrics of a sampler for every path: Prometheus text, or OpenMetrics for clients
 * that accept it. Requires the package prom-client.
 *
 * @example
 * const metrics = metricsHandler({ sampler: new Sampler({ root }) });
 * http.createServer((request, response) => {
 *   if (request.url === '/metrics') metrics(request, response);
 * });
 *
 * @throws RingwireError `INVALID_ARGUMENT` for invalid limits
 */
export function metricsHandler(options: MetricsHandlerOptions): MetricsHandler {
  const { sampler, maxAgeMs = 500, limits, token, extra } = options;
  const table = new MetricTable(limits);
  const page = async (accept: string | undefined) =>
    prometheusPage(
      [...table.families(await sampler.recent(maxAgeMs)), ...(extra?.() ?? [])],
      formatFor(accept),
    );
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(request, response, 405, 'GET only\n', { allow: 'GET, HEAD' });
      return;
    }
    if (hasBody(request)) {
      refuse(request, response, 413, 'requests have no body here\n');
      return;
    }
    if (token !== undefined && !isAuthorized(request, token)) {
      refuse(request, response, 401, 'a token is required\n', { 'www-authenticate': 'Bearer' });
      return;
    }
    page(request.headers.accept).then(
      (answer) => send(request, response, answer),
      (error: unknown) => refuse(request, response, 500, `${reasonOf(error)}\n`),
    );
  };
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { contentType, body }: MetricsPage,
): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Answers with an error, and closes the connection. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  dropBody(request, response);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

/** Whether the request carries the token. */
export function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const given = /^bearer[ \t]+(\S+)[ \t]*$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  return isSameSecret(given, token);
}
