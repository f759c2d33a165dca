/** Beats by UDP. Only a key attests the sender of a datagram; plain frames require an option. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { RingwireError, reasonOf } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import { SecureReceiver } from '../secure/secure-receiver.js';
import type { FrameIntake } from './frame-intake.js';
import type { FrameSource } from './socket-source.js';
import type { Tracker } from './tracker.js';
import { UdpAgents } from './udp-agents.js';

/** Options of a UDP listener. */
export interface UdpOptions {
  /** IP address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Port, 0 to 65535. 0: the kernel chooses one, see `VlpObserver.udpPort`. */
  readonly port: number;
  /** Keys with which agents seal frames, 32 bytes each, from `readKeyFile`. Default: none. */
  readonly sharedKeys?: readonly Uint8Array[];
  /** Keys from which the key of each agent is derived, 32 bytes each. Default: none. */
  readonly masterKeys?: readonly Uint8Array[];
  /** Whether to accept unsealed frames. Every sender that reaches the port can then claim any pid. Default: false. */
  readonly acceptPlain?: boolean;
  /** Requested receive buffer of the socket in bytes, limited by `net.core.rmem_max`. Default: 1 MiB. */
  readonly receiveBufferBytes?: number;
}

const RECEIVE_BUFFER = 1024 * 1024;

/** The parts of an observer that a UDP source uses. */
export interface UdpParts {
  readonly tracker: Tracker;
  readonly thresholdMs: number;
  readonly intake: FrameIntake;
  /** Called after every datagram. */
  readonly afterDrain: () => void;
}

/** Receives beats by UDP. */
export class UdpSource implements FrameSource {
  readonly #socket: dgram.Socket;
  readonly #intake: FrameIntake;
  readonly #afterDrain: () => void;
  readonly #receiver: SecureReceiver;
  readonly #acceptPlain: boolean;
  /** Whether the port was bound. */
  readonly #listening: Promise<boolean>;
  /** Sessions of plain frames are separate, so that they cannot displace the sessions of sealed frames. */
  readonly #sealedAgents: UdpAgents;
  readonly #plainAgents: UdpAgents;

  /** @throws RingwireError `INVALID_ARGUMENT`, `INVALID_KEY` */
  constructor(options: UdpOptions, { tracker, thresholdMs, intake, afterDrain }: UdpParts) {
    const { host = '127.0.0.1', port, sharedKeys = [], masterKeys = [], acceptPlain = false } = options;
    const version = net.isIP(host);
    if (version === 0)
      throw new RingwireError('INVALID_ARGUMENT', `udp.host must be an IP address, not '${host}'`);
    if (sharedKeys.length + masterKeys.length === 0 && !acceptPlain) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        'udp requires keys: give sharedKeys or masterKeys, or acceptPlain: true in a trusted network',
      );
    }
    this.#intake = intake;
    this.#afterDrain = afterDrain;
    this.#acceptPlain = acceptPlain;
    this.#receiver = new SecureReceiver(sharedKeys, masterKeys);
    this.#sealedAgents = new UdpAgents(tracker, thresholdMs, -1);
    this.#plainAgents = new UdpAgents(tracker, thresholdMs, -2);
    const recvBufferSize = options.receiveBufferBytes ?? RECEIVE_BUFFER;
    this.#socket = dgram.createSocket({
      type: version === 4 ? 'udp4' : 'udp6',
      recvBufferSize,
      // An address needs no look-up. Without one the socket is bound before the path of the Unix socket appears, which
      // tells agents that the observer is there.
      lookup: (address, _options, done) => done(null, address, version),
    });
    this.#socket.on('message', (message, { address, port }) => this.#message(message, address, port));
    // In a later turn, when the owner of the observer listens: binding fails inside of its constructor.
    this.#socket.on('error', (error) => setImmediate(() => intake.ioError(`udp: ${reasonOf(error)}`)));
    this.#listening = once(this.#socket, 'listening').then(
      () => true,
      () => false,
    );
    this.#socket.bind(port, host);
  }

  /** The port when it is bound; null when the bind failed. */
  async port(): Promise<number | null> {
    if (!(await this.#listening)) return null;
    try {
      return this.#socket.address().port;
    } catch {
      return null;
    }
  }

  /** No effect: Node reads the socket until it is empty. */
  drain(): boolean {
    return false;
  }

  async close(): Promise<void> {
    await this.#listening;
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  #message(message: Buffer, address: string, port: number): void {
    const intake = this.#intake;
    if (SecureReceiver.isSealed(message.length)) {
      const receiver = this.#receiver;
      const frame = receiver.open(message);
      if (frame === null) intake.refuseSealed(receiver.refusal);
      else {
        const { keyName, session } = receiver;
        intake.udp(frame, FRAME_LENGTH, { keyName, address, session }, this.#sealedAgents);
      }
    } else if (message.length !== FRAME_LENGTH) {
      intake.truncated(message.length);
    } else if (this.#acceptPlain) {
      const sender = { keyName: 'plain', address, session: String(port) };
      intake.udp(message, FRAME_LENGTH, sender, this.#plainAgents);
    } else {
      intake.refuseSender('udp', 0, -1, -1);
    }
    this.#afterDrain();
  }
}
