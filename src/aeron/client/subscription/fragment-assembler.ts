/**
 * Assembles messages from fragments. Whole messages pass through without a copy. One assembler serves all images of a
 * subscription. Source: Aeron 1.53 `FragmentAssembler`, `ControlledFragmentAssembler`.
 */

import {
  FRAME_FLAGS_OFFSET,
  FRAME_HEADER_LENGTH,
  FrameFlag,
  framedLength,
} from '../../layout/frame-layout.js';
import {
  ControlledAction,
  type ControlledFragmentHandler,
  type FragmentHandler,
} from './fragment-handlers.js';
import { Header } from './header.js';

const FIRST_CAPACITY = 4096;

/** The partial message of one session. The frame header precedes the payload. */
class PartialMessage {
  buffer = Buffer.alloc(FIRST_CAPACITY);
  length = 0;
  nextTermOffset = -1;
  #firstLength = 0;
  #header: Header | null = null;

  start(from: Buffer, offset: number, length: number, header: Header): void {
    this.length = 0;
    this.#firstLength = length;
    from.copy(this.buffer, 0, header.offset, header.offset + FRAME_HEADER_LENGTH);
    this.#header = new Header(header.initialTermId, header.termLength, this.buffer, header.context);
    this.append(from, offset, length);
    this.nextTermOffset = header.nextTermOffset;
  }

  append(from: Buffer, offset: number, length: number): void {
    const needed = FRAME_HEADER_LENGTH + this.length + length;
    if (needed > this.buffer.length) {
      const larger = Buffer.alloc(Math.max(needed, Math.ceil(this.buffer.length * 1.5)));
      this.buffer.copy(larger);
      this.buffer = larger;
    }
    from.copy(this.buffer, FRAME_HEADER_LENGTH + this.length, offset, offset + length);
    this.length += length;
  }

  /** The header of the first fragment, changed to describe the whole message. */
  complete(last: Header): Header {
    const header = this.#header as Header;
    header.buffer = this.buffer;
    this.buffer.writeInt32LE(FRAME_HEADER_LENGTH + this.length, 0);
    this.buffer.writeUInt8(this.buffer.readUInt8(FRAME_FLAGS_OFFSET) | last.flags, FRAME_FLAGS_OFFSET);
    header.fragmentedFrameLength = framedLength(this.length, this.#firstLength);
    return header;
  }

  reset(): void {
    this.nextTermOffset = -1;
    this.length = 0;
  }
}

abstract class Assembler {
  readonly #sessions = new Map<number, PartialMessage>();

  /** Drops the fragments of a session whose image has ended. @returns whether the session had fragments */
  freeSession(sessionId: number): boolean {
    return this.#sessions.delete(sessionId);
  }

  protected first(sessionId: number): PartialMessage {
    let message = this.#sessions.get(sessionId);
    if (message === undefined) {
      message = new PartialMessage();
      this.#sessions.set(sessionId, message);
    }
    return message;
  }

  /** The message that a later fragment belongs to, or null when its first fragment was not received. */
  protected later(header: Header): PartialMessage | null {
    const message = this.#sessions.get(header.sessionId);
    if (message === undefined) return null;
    if (message.nextTermOffset === header.termOffset) return message;
    message.reset();
    return null;
  }
}

/**
 * Assembles fragments for `poll`.
 *
 * @example
 * const assembler = new FragmentAssembler((buffer, offset, length) => use(buffer.subarray(offset, offset + length)));
 * subscription.poll(assembler.handler, 10);
 */
export class FragmentAssembler extends Assembler {
  readonly #deliver: FragmentHandler;

  constructor(deliver: FragmentHandler) {
    super();
    this.#deliver = deliver;
  }

  /** The handler for `poll`. */
  readonly handler: FragmentHandler = (buffer, offset, length, header) => {
    const { flags } = header;
    if ((flags & FrameFlag.Unfragmented) === FrameFlag.Unfragmented) {
      this.#deliver(buffer, offset, length, header);
    } else if (flags & FrameFlag.Begin) {
      this.first(header.sessionId).start(buffer, offset, length, header);
    } else {
      const message = this.later(header);
      if (message === null) return;
      message.append(buffer, offset, length);
      message.nextTermOffset = header.nextTermOffset;
      if (flags & FrameFlag.End) {
        try {
          this.#deliver(message.buffer, FRAME_HEADER_LENGTH, message.length, message.complete(header));
        } finally {
          message.reset();
        }
      }
    }
  };
}

/**
 * Assembles fragments for `controlledPoll`. An aborted message is delivered again with its last fragment.
 *
 * @example
 * const assembler = new ControlledFragmentAssembler((buffer, offset, length) =>
 *   isFull() ? ControlledAction.Abort : store(buffer.subarray(offset, offset + length)),
 * );
 * subscription.controlledPoll(assembler.handler, 10);
 */
export class ControlledFragmentAssembler extends Assembler {
  readonly #deliver: ControlledFragmentHandler;

  constructor(deliver: ControlledFragmentHandler) {
    super();
    this.#deliver = deliver;
  }

  /** The handler for `controlledPoll`. */
  readonly handler: ControlledFragmentHandler = (buffer, offset, length, header) => {
    const { flags } = header;
    if ((flags & FrameFlag.Unfragmented) === FrameFlag.Unfragmented) {
      return this.#deliver(buffer, offset, length, header);
    }
    if (flags & FrameFlag.Begin) {
      this.first(header.sessionId).start(buffer, offset, length, header);
      return ControlledAction.Continue;
    }
    const message = this.later(header);
    if (message === null) return ControlledAction.Continue;
    const before = message.length;
    message.append(buffer, offset, length);
    if (!(flags & FrameFlag.End)) {
      message.nextTermOffset = header.nextTermOffset;
      return ControlledAction.Continue;
    }
    const action = this.#deliver(
      message.buffer,
      FRAME_HEADER_LENGTH,
      message.length,
      message.complete(header),
    );
    if (action === ControlledAction.Abort) message.length = before;
    else message.reset();
    return action;
  };
}
