/** `ringwire aeron driver`: the embedded driver as a process of its own. */
import type { Command } from 'commander';
import { DriverWorker } from '../../../aeron/index.js';
import { Interruption } from '../../interruption.js';
import { printNote } from '../../print.js';
import { type DirectoryOptions, takesDirectory, wholeNumber } from './options.js';

interface DriverCommandOptions extends DirectoryOptions {
  readonly termLength: string;
  readonly keep?: boolean;
}

export function registerDriver(group: Command): void {
  takesDirectory(
    group.command('driver').description('run a media driver for aeron:ipc until SIGINT or SIGTERM'),
  )
    .option('--term-length <bytes>', 'bytes of a term: a power of two from 65536', String(16 * 2 ** 20))
    .option('--keep', 'leave the folder at the end, as the original does')
    .action(async (options: DriverCommandOptions) => {
      using interruption = new Interruption();
      const driver = await DriverWorker.start({
        directory: options.directory,
        termLength: wholeNumber('term-length', options.termLength, 65_536, 2 ** 30),
        deleteDirectoryOnClose: !options.keep,
      });
      printNote(`media driver for aeron:ipc in ${driver.directory}`);
      const interrupted = new Promise<void>((resolve) => {
        interruption.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([interrupted, driver.ended]);
      await driver.close();
      process.exitCode = interruption.exitCode;
    });
}
