/**
 * Decides which requests are served.
 *
 * INV-WEB-01: no answer but the refusal leaves the server unless the request names this server in `Host`, comes from no
 * other origin, and carries the token or a cookie that was made from it.
 * INV-WEB-02: a request that changes something also carries the token, or the action key that only a page of this origin
 * can read. A cookie alone, which browsers send by themselves, changes nothing.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { isLoopbackHost, isSameSecret, requestedHost } from '../../platform/index.js';
import { HttpError } from '../server/http-error.js';

/** Header with the action key of a page. */
const ACTION_HEADER = 'x-ringwire-action';

/** Options of {@link Access}. */
export interface AccessOptions {
  /** The secret of this server. Default: 32 random bytes. */
  readonly token?: string | undefined;
  /** Whether the server listens on a loopback address. */
  readonly loopback: boolean;
  /** Whether the server speaks TLS. */
  readonly secure: boolean;
  /** Names beside IP addresses that `Host` may hold when the server listens elsewhere. Default: none. */
  readonly names?: readonly string[] | undefined;
}

/** The rules of one server. */
export class Access {
  /** The secret in the printed URL. */
  readonly token: string;
  /** Proves that a page of this origin sends a request. */
  readonly actionKey: string;
  readonly #cookieValue: string;
  readonly #loopback: boolean;
  readonly #scheme: 'http' | 'https';
  readonly #names: ReadonlySet<string>;
  #cookieName = 'ringwire';

  constructor({ token, loopback, secure, names = [] }: AccessOptions) {
    this.token = token ?? randomBytes(32).toString('base64url');
    this.#cookieValue = derived(this.token, 'cookie');
    this.actionKey = derived(this.token, 'action');
    this.#loopback = loopback;
    this.#scheme = secure ? 'https' : 'http';
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** Cookies belong to all ports of a host: each server has a name of its own. */
  nameCookie(port: number): void {
    this.#cookieName = `ringwire-${port}`;
  }

  /** The `Set-Cookie` header that lets a browser in. */
  get cookie(): string {
    const secure = this.#scheme === 'https' ? '; Secure' : '';
    return `${this.#cookieName}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }

  /**
   * Requires that the request was meant for this server. Refuses DNS rebinding: the browser sends the name of the foreign
   * page in `Host`.
   * @throws HttpError 400 or 403
   */
  requireHost(request: IncomingMessage): void {
    const name = requestedHost(request);
    if (name === null) throw new HttpError(400, 'BAD_HOST', 'one Host header is required');
    const known = this.#loopback
      ? isLoopbackHost(name)
      : this.#names.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
    if (!known) throw new HttpError(403, 'FOREIGN_HOST', 'this server does not have the name in Host');
  }

  /** Requires that no page of another origin sent the request. @throws HttpError 403 */
  requireOrigin({ headers }: IncomingMessage): void {
    const { origin, host, 'sec-fetch-site': site } = headers;
    const own = origin === undefined || origin.toLowerCase() === `${this.#scheme}://${host}`.toLowerCase();
    const same = site === undefined || site === 'same-origin' || site === 'none';
    if (!own || !same) throw new HttpError(403, 'FOREIGN_ORIGIN', 'requests of other origins are refused');
  }

  /** Requires the token or the cookie. @throws HttpError 401 */
  requireAccess(request: IncomingMessage): void {
    if (this.isToken(bearer(request)) || this.#hasCookie(request)) return;
    throw new HttpError(401, 'NO_ACCESS', 'open the URL that ringwire web printed, or send the token');
  }

  /** Requires the token or the action key. @throws HttpError 403 */
  requireAction(request: IncomingMessage): void {
    const key = request.headers[ACTION_HEADER];
    if (this.isToken(bearer(request)) || isSameSecret(String(key ?? ''), this.actionKey)) return;
    throw new HttpError(403, 'NO_ACTION_KEY', `an action needs the header ${ACTION_HEADER}`);
  }

  /** Whether this is the token of the server. */
  isToken(text: string | null): boolean {
    return text !== null && isSameSecret(text, this.token);
  }

  #hasCookie({ headers }: IncomingMessage): boolean {
    return (headers.cookie ?? '').split(';').some((pair) => {
      const [name = '', value = ''] = pair.trim().split('=', 2);
      return name === this.#cookieName && isSameSecret(value, this.#cookieValue);
    });
  }
}

function derived(token: string, purpose: string): string {
  return createHmac('sha256', token).update(`ringwire web ${purpose}`).digest('base64url');
}

function bearer({ headers }: IncomingMessage): string | null {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
