/** `ringwire aeron driver-tool pid | terminate`: as the DriverTool of the original. */
import type { Command } from 'commander';
import { CncFile } from '../../../aeron/index.js';
import { printJson, printText } from '../../print.js';
import { type DirectoryOptions, takesDirectory } from './options.js';
import { withSession } from './session.js';

interface PidOptions extends DirectoryOptions {
  readonly json?: boolean;
}

interface TerminateOptions extends DirectoryOptions {
  readonly token: string;
}

/** Adds the commands to their group. */
export function registerDriverTool(group: Command): void {
  const tool = group.command('driver-tool').description('identify or terminate a media driver');
  takesDirectory(tool.command('pid').description('print the process id of the driver'))
    .option('--json', 'print JSON')
    .action((options: PidOptions) => {
      using file = CncFile.open(options.directory, options);
      if (options.json) printJson({ pid: Number(file.header.pid) });
      else printText(`${file.header.pid}\n`);
    });
  takesDirectory(tool.command('terminate').description('ask the driver to terminate'))
    .option('--token <text>', 'token for the termination validator of the driver', '')
    .action(terminate);
}

/** The driver does not answer, and terminates only if its validator accepts the token. */
async function terminate(options: TerminateOptions): Promise<void> {
  await withSession(options, async ({ aeron }) => {
    aeron.requestDriverTermination(Buffer.from(options.token));
  });
}
