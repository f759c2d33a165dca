/** Beats by UDP. Nothing attests a sender there but a key; plain frames are taken only when asked for. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { type Clock, RingwireError, reasonOf } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import { SecureReceiver } from '../secure/secure-receiver.js';
import type { FrameIntake } from './frame-intake.js';
import type { FrameSource } from './socket-source.js';

export interface UdpOptions {
  /** IP address to listen on, default 127.0.0.1. */
  readonly host?: string;
  /** 0 lets the kernel choose: see `VlpObserver.udpPort`. */
  readonly port: number;
  /** Keys that are accepted, 32 bytes each, from `readKeyFile`. */
  readonly sharedKeys?: readonly Uint8Array[];
  readonly masterKeys?: readonly Uint8Array[];
  /** Take frames that are not sealed: anybody who reaches the port can then speak for any pid. Default false. */
  readonly acceptPlain?: boolean;
}

/** In place of the number of a channel. */
const UDP_INDEX = 0x10_0000;

export class UdpSource implements FrameSource {
  readonly #socket: dgram.Socket;
  readonly #intake: FrameIntake;
  readonly #afterDrain: () => void;
  readonly #receiver: SecureReceiver;
  readonly #acceptPlain: boolean;
  readonly #listening: Promise<unknown>;

  /** @throws RingwireError `INVALID_ARGUMENT`, `INVALID_KEY` */
  constructor(options: UdpOptions, clock: Clock, intake: FrameIntake, afterDrain: () => void) {
    const { host = '127.0.0.1', port, sharedKeys = [], masterKeys = [], acceptPlain = false } = options;
    const version = net.isIP(host);
    if (version === 0) throw new RingwireError('INVALID_ARGUMENT', `'${host}' is not an IP address`);
    if (sharedKeys.length + masterKeys.length === 0 && !acceptPlain) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        'give keys for udp, or acceptPlain: true in a network you trust',
      );
    }
    this.#intake = intake;
    this.#afterDrain = afterDrain;
    this.#acceptPlain = acceptPlain;
    this.#receiver = new SecureReceiver(sharedKeys, masterKeys, clock);
    this.#socket = dgram.createSocket(version === 4 ? 'udp4' : 'udp6');
    this.#socket.on('message', (message) => this.#message(message));
    this.#socket.on('error', (error) => intake.ioError(`udp: ${reasonOf(error)}`));
    this.#listening = once(this.#socket, 'listening').catch(() => {});
    this.#socket.bind(port, host);
  }

  /** The port, once it is bound; null when it could not be. */
  async port(): Promise<number | null> {
    await this.#listening;
    try {
      return this.#socket.address().port;
    } catch {
      return null;
    }
  }

  /** Node delivers datagrams by itself. */
  drain(): boolean {
    return false;
  }

  async close(): Promise<void> {
    await this.#listening;
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  #message(message: Buffer): void {
    if (SecureReceiver.isSealed(message.length)) {
      const frame = this.#receiver.open(message);
      if (frame === null) this.#intake.refuseSender('udp', 0, -1, -1);
      else this.#intake.udp(frame, FRAME_LENGTH, UDP_INDEX);
    } else if (this.#acceptPlain || message.length !== FRAME_LENGTH) {
      this.#intake.udp(message, message.length, UDP_INDEX);
    } else {
      this.#intake.refuseSender('udp', 0, -1, -1);
    }
    this.#afterDrain();
  }
}
