/**
 * The listening sockets of the processes that have one. Instances share a socket, and it stays open until the last of
 * them is removed: connections wait while no instance accepts.
 */
import { ListeningPort } from '../platform/index.js';
import { DEFAULT_HOST } from './specification/listen-address.js';
import type { ResolvedSpec } from './specification/process-spec.js';

/** The sockets of one manager. */
export class ListeningPorts {
  readonly #ports = new Map<string, ListeningPort>();

  /**
   * The descriptor of the socket of a process; opened when it has none yet.
   * @param shared another process may hold a socket of an earlier manager at this address
   * @returns null for a process without `listen`
   * @throws RingwireError `ADDRESS_IN_USE`, `COULD_NOT_ACCESS_SOCKET`, `INVALID_ARGUMENT`
   */
  of(spec: ResolvedSpec, shared: boolean): number | null {
    const { listen } = spec;
    if (listen === undefined) return null;
    const name = spec.of ?? spec.id;
    let port = this.#ports.get(name);
    if (port === undefined) {
      port = new ListeningPort(listen.host ?? DEFAULT_HOST, listen.port, shared);
      this.#ports.set(name, port);
    }
    return port.fd;
  }

  /** Closes the socket of a process. */
  close(name: string): void {
    this.#ports.get(name)?.close();
    this.#ports.delete(name);
  }

  /** Closes all sockets. */
  closeAll(): void {
    for (const name of [...this.#ports.keys()]) this.close(name);
  }
}
