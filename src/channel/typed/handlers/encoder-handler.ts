import type { RecordDecorator } from './record-decorator.js';

/** The data alone: where a chain of handlers begins. Source: kekbit 0.3.1 `EncoderHandler`. */
export class EncoderHandler implements RecordDecorator {
  readonly incomingLength = 0;
  readonly outgoingLength = 0;
  incoming(): void {}
  outgoing(): void {}
  receive(): void {}
}
