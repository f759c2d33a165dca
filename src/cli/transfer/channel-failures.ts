/** The errors of channels of a command that reads several: the other channels continue. */
import { RingwireError } from '../../platform/index.js';
import { type ChannelAddress, channelLabel, resolveChannel } from '../channel-argument.js';
import { type ExitCode, exitCodeFor } from '../exit-codes.js';
import { reportError } from '../report-error.js';

/** Reports the errors, and keeps the exit code. */
export class ChannelFailures {
  /** The exit code of the first error; undefined without one. */
  exitCode: ExitCode | undefined;
  readonly #json: boolean;

  /** @param json whether errors are JSON */
  constructor(json: boolean) {
    this.#json = json;
  }

  /** Reports the error of a channel. @throws the error if it is an internal one */
  report(error: unknown, address: ChannelAddress): void {
    if (!(error instanceof RingwireError)) throw error;
    reportError(error, this.#json, labelOf(address));
    this.exitCode ??= exitCodeFor(error);
  }
}

function labelOf(address: ChannelAddress): string {
  try {
    return channelLabel(resolveChannel(address));
  } catch {
    return String(address.key);
  }
}
