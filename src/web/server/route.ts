/** Routes: which handler answers which request. */
import type { ServerResponse } from 'node:http';
import { HttpError } from './http-error.js';

/** What a handler receives. */
export interface Call {
  readonly response: ServerResponse;
  /** Values of the `{name}` parts of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Aborts when the client has closed the connection. */
  readonly signal: AbortSignal;
}

/** One operation of the API. docs/web-api.openapi.json describes it. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Path with parameters, as OpenAPI writes it: `/api/channels/{id}/records`. */
  readonly path: string;
  readonly handle: (call: Call) => void | Promise<void>;
}

/** A route, and the values of its path. */
export interface Match {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the route of a request. @throws HttpError 404, 405, 400 */
export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  const parts = path.split('/');
  const same = routes.filter((route) => fits(route.path.split('/'), parts));
  if (same.length === 0) throw new HttpError(404, 'NOT_FOUND', 'no such page');
  const route = same.find((candidate) => candidate.method === method);
  if (route === undefined)
    throw new HttpError(405, 'WRONG_METHOD', `use ${same.map((r) => r.method).join(' or ')}`);
  return { route, parameters: valuesOf(route.path.split('/'), parts) };
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length && pattern.every((name, i) => isParameter(name) || name === parts[i])
  );
}

function valuesOf(pattern: readonly string[], parts: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  pattern.forEach((name, i) => {
    if (isParameter(name)) values[name.slice(1, -1)] = decoded(parts[i] ?? '');
  });
  return values;
}

function isParameter(name: string): boolean {
  return name.startsWith('{');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpError(400, 'BAD_PATH', 'the path is not encoded correctly');
  }
}

/** A whole number of the query. @throws HttpError 400 */
export function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= 1 && value <= max) return value;
  throw new HttpError(400, 'BAD_QUERY', `${name} must be a whole number from 1 to ${max}`);
}

/** A text of the query. @throws HttpError 400 */
export function shortText(query: URLSearchParams, name: string, longest: number): string {
  const text = query.get(name) ?? '';
  if (text.length <= longest) return text;
  throw new HttpError(400, 'BAD_QUERY', `${name} must have at most ${longest} characters`);
}

/** Answers with a value as JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendEncoded(response, JSON.stringify(value), status);
}

/** Answers with a JSON document. */
export function sendEncoded(response: ServerResponse, json: string, status = 200): void {
  const body = Buffer.from(json);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
  });
  response.end(body);
}
