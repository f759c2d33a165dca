/** The name by which a client reached a server. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** The host in the one `Host` header, in lower case and without its port; null if there is not one, or it is no host. */
export function requestedHost({ headers, rawHeaders }: IncomingMessage): string | null {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1) return null;
  return hostName(headers.host ?? '');
}

/** The value of a `Host` header in lower case and without its port; null if it is no host. */
export function hostName(host: string): string | null {
  return /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase() ?? null;
}

/** Whether an IP address is that of this machine only. */
export function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && /^127\.|^::1$/.test(address);
}

/**
 * Whether a browser reaches a loopback address by this host. Any other name came from a foreign page by DNS rebinding: its
 * name resolves to this machine, and the browser sends it in `Host`.
 */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[|\]$/g, ''));
}
