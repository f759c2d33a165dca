/** What a stream of JetStream holds, as far as a relay needs it. */
import { createHash } from 'node:crypto';
import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { RingwireError } from '../../platform/index.js';
import { TransientFault } from '../transient-fault.js';
import { ApiError, apiErrorCode, classify } from './nats-faults.js';

/** Times in a row that a stream must be missing before the relay believes it: the servers of a cluster may be starting. */
const BELIEVED_AFTER = 4;
const MESSAGE_ID = 'Nats-Msg-Id';

/** Tells a stream from every other, also from a later one of the same name; 1 to 2^48-1. */
export function streamIdentity({ config, created }: StreamInfo): number {
  return Math.max(1, createHash('sha256').update(`${config.name} ${created}`).digest().readUIntBE(0, 6));
}

/** Asks for a stream, and remembers how often it was missing. */
export class StreamLookup {
  readonly #name: string;
  #missing = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws RingwireError `NOT_FOUND`; TransientFault while it is not certain */
  async find(manager: JetStreamManager, create?: Partial<StreamConfig>): Promise<StreamInfo> {
    try {
      const info = await manager.streams.info(this.#name);
      this.#missing = 0;
      return info;
    } catch (error) {
      if (apiErrorCode(error) !== ApiError.StreamNotFound) throw classify(error);
    }
    this.#missing++;
    const message = `the server has no stream '${this.#name}'`;
    if (this.#missing < BELIEVED_AFTER) {
      throw new TransientFault(
        create === undefined ? message : `${message}: it is created if it stays missing`,
      );
    }
    if (create === undefined) {
      throw new RingwireError('NOT_FOUND', `${message}: create it, or let the relay create it`);
    }
    try {
      return await manager.streams.add({ name: this.#name, ...create });
    } catch (error) {
      throw apiErrorCode(error) === null
        ? classify(error)
        : new RingwireError(
            'REFUSED',
            `the server did not create the stream '${this.#name}': ${(error as Error).message}`,
            { cause: error },
          );
    }
  }
}

/** The id of the last message: null for a message without an id, undefined where the stream does not have the message. */
export async function lastMessageId(
  manager: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<string | null | undefined> {
  try {
    const message = await manager.streams.getMessage(stream, { seq: sequence });
    return message === null ? undefined : message.header.get(MESSAGE_ID) || null;
  } catch (error) {
    if (apiErrorCode(error) === ApiError.MessageNotFound) return undefined;
    throw classify(error);
  }
}

/** Whether a subject is among the subjects of a stream: `*` stands for one token, `>` for the rest. */
export function takesSubject(patterns: readonly string[], subject: string): boolean {
  const tokens = subject.split('.');
  return patterns.some((pattern) => {
    const parts = pattern.split('.');
    const rest = parts.indexOf('>');
    if (rest >= 0 ? tokens.length <= rest : tokens.length !== parts.length) return false;
    return parts.every((part, n) => part === '>' || part === '*' || part === tokens[n]);
  });
}
