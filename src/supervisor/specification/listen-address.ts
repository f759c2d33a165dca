/** The address of a listening socket that a manager opens for a process. */
import net from 'node:net';

/** An address of `listen`. */
export interface ListenAddress {
  /** TCP port, 1 to 65 535. */
  readonly port: number;
  /** IPv4 or IPv6 address; `0.0.0.0` and `::` mean every address of the machine. Default 127.0.0.1. */
  readonly host?: string;
}

/** The host of an address without one. */
export const DEFAULT_HOST = '127.0.0.1';

/** `8080`, `0.0.0.0:8080` or `[::1]:8080`. @throws Error when it is none of these */
export function parseListenAddress(text: string): ListenAddress {
  const [, inBrackets, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text.trim()) ?? [];
  const port = Number(digits ?? Number.NaN);
  const named = inBrackets ?? plain;
  const host = named === 'localhost' ? DEFAULT_HOST : named;
  if (!(port >= 1 && port <= 65_535) || (host !== undefined && net.isIP(host) === 0)) {
    throw new Error(`must be PORT or HOST:PORT with an IP address, not '${text}'`);
  }
  return host === undefined ? { port } : { port, host };
}
