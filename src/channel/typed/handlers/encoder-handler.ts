import type { RecordDecorator } from './record-decorator.js';

/**
 * The innermost handler of a chain: adds no bytes to the data. Source: kekbit 0.3.1 `EncoderHandler`.
 *
 * @example
 * ```ts
 * const handler = link(new EncoderHandler(), new SequenceHandler());
 * ```
 */
export class EncoderHandler implements RecordDecorator {
  readonly incomingLength = 0;
  readonly outgoingLength = 0;
  incoming(): void {}
  outgoing(): void {}
  receive(): void {}
}
