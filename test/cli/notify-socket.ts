/** The socket of a service manager, at which a test receives what a service reports. */
import { onTestFinished } from 'vitest';
import { BoundSocket, DatagramSocket, MessageHeader } from '../../src/platform/index.js';
import { AF_UNIX } from '../../src/platform/libc.js';
import { unixAddress } from '../../src/platform/sockets/socket-address.js';

export class NotifySocket {
  readonly #socket: DatagramSocket;
  readonly #message = new MessageHeader(4096);
  /** What was received so far, a text for each datagram. */
  readonly received: string[] = [];

  /** @param address a path, or `@` and an abstract name */
  constructor(address: string) {
    if (address.startsWith('@')) {
      this.#socket = DatagramSocket.open(AF_UNIX);
      if (this.#socket.bindTo(unixAddress(address)) !== 0) throw new Error(`cannot bind ${address}`);
      onTestFinished(() => this.#socket.close());
    } else {
      const bound = BoundSocket.bind(address, 0o600);
      this.#socket = bound.socket;
      onTestFinished(() => bound.close());
    }
  }

  /** Resolves when a datagram with this text has been received. */
  async until(text: string, count = 1): Promise<void> {
    while (this.received.filter((each) => each === text).length < count) {
      const length = this.#socket.receive(this.#message);
      if (length >= 0) this.received.push(this.#message.data.toString('utf8', 0, length));
      else await new Promise(setImmediate);
    }
  }
}
