/**
 * The open connections of an HTTP server.
 *
 * INV-WEB-03: a bounded number of connections is open. While all are in use, a new one replaces the oldest that was not
 * admitted, so that slow strangers do not shut out others.
 */
import type { Socket } from 'node:net';

/** Keeps the table of a server. A connection is known by its peer, which a TLS socket shares with the one below it. */
export class Connections {
  /** Connections without an admitted request, oldest first. */
  readonly #strangers = new Map<string, Socket>();
  readonly #admitted = new Map<string, Socket>();
  readonly #most: number;

  /** @param most most connections at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a new connection, and closes one when there are too many. */
  add(socket: Socket): void {
    const peer = peerOf(socket);
    this.#strangers.set(peer, socket);
    socket.once('close', () => {
      for (const table of [this.#strangers, this.#admitted])
        if (table.get(peer) === socket) table.delete(peer);
    });
    // A connection that the other side resets is over, not a failure of the server.
    socket.on('error', () => socket.destroy());
    if (this.#strangers.size + this.#admitted.size <= this.#most) return;
    for (const [oldest, stranger] of this.#strangers) {
      this.#strangers.delete(oldest);
      stranger.destroy();
      return;
    }
  }

  /** Notes that a request of this connection showed a secret: it is not replaced. */
  admit(socket: Socket): void {
    const peer = peerOf(socket);
    const stranger = this.#strangers.get(peer);
    if (stranger === undefined) return;
    this.#strangers.delete(peer);
    this.#admitted.set(peer, stranger);
  }

  /** Closes every connection. */
  close(): void {
    for (const socket of [...this.#strangers.values(), ...this.#admitted.values()]) socket.destroy();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
