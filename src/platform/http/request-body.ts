/** Requests that have a body although no operation takes one. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Whether the request has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** Closes the connection after the answer, without reading the rest of the body. */
export function dropBody(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  if (hasBody(request)) response.once('finish', () => request.socket.destroySoon());
}
