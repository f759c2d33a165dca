/** Starting a TCP server. */
import { once } from 'node:events';
import type net from 'node:net';
import { RingwireError, reasonOf, systemCode } from '../ringwire-error.js';

/** Where a server listens. */
export interface ServerAddress {
  readonly port: number;
  /** Address and port: `127.0.0.1:9465`, `[::1]:9465`. */
  readonly text: string;
}

/**
 * Listens on an IP address. `port` 0: the kernel chooses one. Later errors of the server are not thrown: accept() fails
 * without a free descriptor, and the server keeps listening.
 * @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET`
 */
export async function listenOn(server: net.Server, host: string, port: number): Promise<ServerAddress> {
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
  server.on('error', () => {});
  const bound = server.address() as net.AddressInfo;
  const text = `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  return { port: bound.port, text };
}
