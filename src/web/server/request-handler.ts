/** One request: the rules, its route, and the answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ControlError } from '../../control/index.js';
import { type Connections, dropBody, hasBody, RingwireError } from '../../platform/index.js';
import type { ErrorAnswer } from '../api/answers.js';
import type { Access } from '../security/access.js';
import { SECURITY_HEADERS } from '../security/headers.js';
import { HttpError } from './http-error.js';
import { findRoute, type Route, sendJson } from './route.js';
import { sendSignIn } from './sign-in.js';

/** Codes of errors that name something which does not exist. */
const MISSING = new Set<string>(['NOT_FOUND', 'STORAGE_NOT_FOUND', 'STORAGE_NOT_READY']);

/** Answers the requests of a server. */
export class RequestHandler {
  readonly #routes: readonly Route[];
  readonly #access: Access;
  readonly #connections: Connections;

  constructor(routes: readonly Route[], access: Access, connections: Connections) {
    this.#routes = routes;
    this.#access = access;
    this.#connections = connections;
  }

  /** Answers a request. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value ?? '');
    try {
      await this.#answer(request, response);
    } catch (error) {
      this.#fail(error, request, response);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    requireNoBody(request);
    this.#access.requireHost(request);
    this.#access.requireOrigin(request);
    const [path = '', query = ''] = url.split('?', 2);
    const parameters = new URLSearchParams(query);
    if (method === 'GET' && path === '/' && this.#access.isToken(parameters.get('token'))) {
      response.writeHead(303, { location: '/', 'set-cookie': this.#access.cookie }).end();
      return;
    }
    this.#access.requireAccess(request);
    this.#connections.admit(request.socket);
    const { route, parameters: values } = findRoute(this.#routes, method, path);
    if (method === 'POST') this.#access.requireAction(request);
    await route.handle({ response, parameters: values, query: parameters, signal: endOf(response) });
  }

  #fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, code, message } = describe(error);
    // The rest of a refused request is not read.
    if (status !== 404 || hasBody(request)) dropBody(request, response);
    if (status === 401 && request.method === 'GET' && request.url?.split('?')[0] === '/') {
      sendSignIn(response);
      return;
    }
    const answer: ErrorAnswer = { error: { code, message } };
    sendJson(response, answer, status);
  }
}

/** No operation takes a body. @throws HttpError 413 */
function requireNoBody(request: IncomingMessage): void {
  if (!hasBody(request)) return;
  throw new HttpError(413, 'BODY', 'requests have no body here');
}

function endOf(response: ServerResponse): AbortSignal {
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  return ended.signal;
}

function describe(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof HttpError) return error;
  if (error instanceof RingwireError || error instanceof ControlError) {
    return { status: MISSING.has(error.code) ? 404 : 409, code: error.code, message: error.message };
  }
  return { status: 500, code: 'INTERNAL', message: 'internal error (bug)' };
}
