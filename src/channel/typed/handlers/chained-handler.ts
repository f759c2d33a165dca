import type { RecordDecorator } from './record-decorator.js';

/** Two nested handlers: the bytes of the decorator are outside. Source: kekbit 0.3.1 `ChainedHandler`. */
export class ChainedHandler implements RecordDecorator {
  readonly incomingLength: number;
  readonly outgoingLength: number;
  readonly #inner: RecordDecorator;
  readonly #outer: RecordDecorator;

  constructor(handler: RecordDecorator, decorator: RecordDecorator) {
    this.#inner = handler;
    this.#outer = decorator;
    this.incomingLength = decorator.incomingLength + handler.incomingLength;
    this.outgoingLength = handler.outgoingLength + decorator.outgoingLength;
  }

  incoming(buffer: Buffer, offset: number): void {
    this.#outer.incoming(buffer, offset);
    this.#inner.incoming(buffer, offset + this.#outer.incomingLength);
  }

  outgoing(buffer: Buffer, offset: number, start: number): void {
    this.#inner.outgoing(buffer, offset, start + this.#outer.incomingLength);
    this.#outer.outgoing(buffer, offset + this.#inner.outgoingLength, start);
  }

  attempted(): void {
    this.#outer.attempted?.();
    this.#inner.attempted?.();
  }

  published(): void {
    this.#outer.published?.();
    this.#inner.published?.();
  }

  check(buffer: Buffer, start: number, end: number, position: number): void {
    const { incomingLength, outgoingLength } = this.#outer;
    this.#outer.check?.(buffer, start, end, position);
    this.#inner.check?.(buffer, start + incomingLength, end - outgoingLength, position);
  }

  receive(buffer: Buffer, start: number, end: number): void {
    const { incomingLength, outgoingLength } = this.#outer;
    this.#outer.receive(buffer, start, end);
    this.#inner.receive(buffer, start + incomingLength, end - outgoingLength);
  }
}

/**
 * Wraps a decorator around a handler.
 * `link(link(new EncoderHandler(), new SequenceHandler()), new TimestampHandler(unit))` makes records of timestamp,
 * sequence number and data.
 */
export function link(handler: RecordDecorator, decorator: RecordDecorator): ChainedHandler {
  return new ChainedHandler(handler, decorator);
}
