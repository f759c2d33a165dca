/**
 * The open connections of the server.
 *
 * INV-WEB-03: at most {@link MAX_CONNECTIONS} connections are open. While all are in use, a new one replaces the oldest
 * that has not shown the token, so that slow strangers do not shut out a browser.
 */
import type { Socket } from 'node:net';

/** Most connections at a time. */
export const MAX_CONNECTIONS = 256;

/** Keeps the table of a server. A connection is known by its peer, which a TLS socket shares with the one below it. */
export class Connections {
  /** Connections without an admitted request, oldest first. */
  readonly #strangers = new Map<string, Socket>();
  readonly #admitted = new Map<string, Socket>();

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
    if (this.#strangers.size + this.#admitted.size <= MAX_CONNECTIONS) return;
    for (const [oldest, stranger] of this.#strangers) {
      this.#strangers.delete(oldest);
      stranger.destroy();
      return;
    }
  }

  /** Notes that a request of this connection showed the token or cookie. */
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
