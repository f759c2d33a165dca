/** Decodes and checks commands of clients, calls their handlers and responds with errors. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import * as commands from '../layout/command-layouts.js';
import type { AnyLayout, DriverOutput, Values } from './driver-output.js';

const MIN_HEAD_LENGTH = 16;
const OLD_REMOVE_DESTINATION_LENGTH = 32;

/** Handlers of commands by type. */
export class CommandDispatch {
  readonly #output: DriverOutput;
  readonly #handlers = new Map<number, { layout: AnyLayout; handle: (values: never) => void }>();

  /** Registers a refusal of the commands for destinations: this driver has no network transport. */
  constructor(output: DriverOutput) {
    this.#output = output;
    for (const layout of [
      commands.ADD_DESTINATION,
      commands.REMOVE_DESTINATION,
      commands.REMOVE_DESTINATION_BY_ID,
    ]) {
      this.on(layout as AnyLayout, () => {
        throw new AeronError(
          AeronErrorCode.UnknownPublication,
          'this driver has no publications with destinations',
        );
      });
    }
    for (const layout of [commands.ADD_RCV_DESTINATION, commands.REMOVE_RCV_DESTINATION]) {
      this.on(layout as AnyLayout, () => {
        throw new AeronError(
          AeronErrorCode.UnknownSubscription,
          'this driver has no subscriptions with destinations',
        );
      });
    }
  }

  /** Sets the handler of a command. */
  on<L extends AnyLayout>(layout: L, handle: (values: Values<L>) => void): void {
    this.#handlers.set(layout.typeId, { layout, handle });
  }

  /** Serves one command. */
  serve(typeId: number, payload: Buffer): void {
    const correlationId = payload.length >= MIN_HEAD_LENGTH ? payload.readBigInt64LE(8) : null;
    try {
      const entry = this.#handlers.get(typeId);
      if (entry === undefined)
        throw new AeronError(
          AeronErrorCode.UnknownCommand,
          `unknown command ${typeId}: the client is newer than this driver`,
        );
      if (typeId === commands.REJECT_IMAGE.typeId && payload.length === OLD_REMOVE_DESTINATION_LENGTH) {
        // 0x10 of this length is REMOVE_DESTINATION_BY_ID of a 1.46 client.
        throw new AeronError(
          AeronErrorCode.UnknownPublication,
          'this driver has no publications with destinations',
        );
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
