/** Commands of clients: decoded, checked, handed to who serves them; what goes wrong is answered. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import * as commands from '../layout/command-layouts.js';
import type { AnyLayout, DriverOutput, Values } from './driver-output.js';

const MIN_HEAD_LENGTH = 16;
const OLD_REMOVE_DESTINATION_LENGTH = 32;

export class CommandDispatch {
  readonly #output: DriverOutput;
  readonly #handlers = new Map<number, { layout: AnyLayout; handle: (values: never) => void }>();

  /** Knows what is refused by every driver without a network: destinations. */
  constructor(output: DriverOutput) {
    this.#output = output;
    for (const layout of [
      commands.ADD_DESTINATION,
      commands.REMOVE_DESTINATION,
      commands.REMOVE_DESTINATION_BY_ID,
    ]) {
      this.on(layout as AnyLayout, () => {
        throw new AeronError(AeronErrorCode.UnknownPublication, 'no publication here has destinations');
      });
    }
    for (const layout of [commands.ADD_RCV_DESTINATION, commands.REMOVE_RCV_DESTINATION]) {
      this.on(layout as AnyLayout, () => {
        throw new AeronError(AeronErrorCode.UnknownSubscription, 'no subscription here has destinations');
      });
    }
  }

  on<L extends AnyLayout>(layout: L, handle: (values: Values<L>) => void): void {
    this.#handlers.set(layout.typeId, { layout, handle });
  }

  serve(typeId: number, payload: Buffer): void {
    const correlationId = payload.length >= MIN_HEAD_LENGTH ? payload.readBigInt64LE(8) : null;
    try {
      const entry = this.#handlers.get(typeId);
      if (entry === undefined)
        throw new AeronError(AeronErrorCode.UnknownCommand, `unknown command ${typeId}`);
      if (typeId === commands.REJECT_IMAGE.typeId && payload.length === OLD_REMOVE_DESTINATION_LENGTH) {
        // What clients of 1.46 call REMOVE_DESTINATION_BY_ID.
        throw new AeronError(AeronErrorCode.UnknownPublication, 'no publication here has destinations');
      }
      const values = entry.layout.decode(payload);
      if (values === null) {
        throw new AeronError(
          AeronErrorCode.MalformedCommand,
          `${entry.layout.name} of ${payload.length} bytes is malformed`,
        );
      }
      entry.handle(values as never);
    } catch (error) {
      this.#output.fail(error, correlationId);
    }
  }
}
