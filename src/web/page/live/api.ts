/** Requests to the server of this page. */
import type { ErrorAnswer } from '../../api/answers.js';

/** A failed request. */
export class RequestError extends Error {
  /** Status code of the answer; 0 without one. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A JSON document. @throws RequestError */
export function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  return request<T>(path, { signal });
}

/** Does something. @throws RequestError */
export async function postAction(path: string, actionKey: string): Promise<void> {
  await request(path, { method: 'POST', headers: { 'X-Ringwire-Action': actionKey } });
}

async function request<T>(path: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, credentials: 'same-origin' });
  } catch {
    throw new RequestError(0, 'the server does not answer');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  const message = (body as ErrorAnswer | null)?.error.message ?? `the server answered ${response.status}`;
  throw new RequestError(response.status, message);
}
