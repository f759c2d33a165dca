/** `ringwire aeron driver`: the embedded driver as a process of its own. */
import type { Command } from 'commander';
import { DriverWorker } from '../../../aeron/index.js';
import { onAbort, parseBytes, QuantityError, RingwireError } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printNote } from '../../print.js';
import { type DirectoryOptions, takesFolder } from './options.js';

interface DriverCommandOptions extends DirectoryOptions {
  readonly termLength: string;
  readonly keep?: boolean;
}

/** Adds the command to its group. */
export function registerDriver(group: Command): void {
  takesFolder(group.command('driver').description('run a media driver for aeron:ipc until SIGINT or SIGTERM'))
    .option('--term-length <size>', 'length of a term: a power of two from 64K to 1G', '16M')
    .option('--keep', 'keep the folder at the end, as the original does')
    .action(async (options: DriverCommandOptions) => {
      using interruption = new Interruption();
      const driver = await DriverWorker.start({
        directory: options.directory,
        termLength: termLengthOf(options.termLength),
        deleteDirectoryOnClose: !options.keep,
      });
      printNote(`media driver for aeron:ipc in ${driver.directory}`);
      const interrupted = new Promise<void>((resolve) => {
        onAbort(interruption.signal, resolve);
      });
      await Promise.race([interrupted, driver.ended]);
      await driver.close();
      if (driver.failure !== null) throw driver.failure;
      process.exitCode = interruption.exitCode;
    });
}

/** The driver checks the range. @throws RingwireError `INVALID_ARGUMENT` */
function termLengthOf(text: string): number {
  try {
    return parseBytes(text);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new RingwireError('INVALID_ARGUMENT', `--term-length ${error.message}`);
  }
}
