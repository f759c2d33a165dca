/** `ringwire verify`: reads a whole channel and reports whether it is sound. */
import type { Command } from 'commander';
import { type ChannelReport, verifyChannel } from '../../channel/index.js';
import {
  type ChannelArgument,
  channelLabel,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { ExitCode, exitCodeFor } from '../exit-codes.js';
import { printJson, printText } from '../print.js';
import { Progress } from '../progress.js';
import { reportAsJson } from '../rendering/channel-status.js';
import { renderVerdict, type Verdict } from '../rendering/verdict.js';

interface VerifyOptions extends RootOptions {
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('read a whole channel and report whether it is sound');
  takesChannel(command)
    .option('--json', 'print the verdict as JSON')
    .addHelpText('after', HELP)
    .action(verify);
}

const HELP = `
Exit code 0: sound; 1: damaged or truncated; 2: cannot be read. A channel that
was not closed may be sound. The format has no checksums: damage inside a
record is not detected.`;

function verify(argument: ChannelArgument, options: VerifyOptions): void {
  const channel = channelNamed(argument, options);
  const { root, id } = channel;
  let position = 0;
  let capacity = 1;
  using progress = new Progress(
    () => `verified ${Math.floor((100 * position) / capacity)} % of channel ${channelLabel(channel)}`,
  );
  const report = verifyChannel(root, id, {
    onProgress(at, of) {
      position = at;
      capacity = of;
      progress.refresh();
    },
  });
  progress.stop();
  const verdict = verdictOn(report);
  if (options.json) printJson({ verdict, name: channel.name ?? null, ...reportAsJson(report) });
  else printText(renderVerdict(verdict, report));
  const codes = { sound: ExitCode.Ok, damaged: ExitCode.NotSound, unreadable: ExitCode.Unusable };
  process.exitCode = codes[verdict];
}

function verdictOn({ error }: ChannelReport): Verdict {
  if (error === null) return 'sound';
  return exitCodeFor(error) === ExitCode.NotSound ? 'damaged' : 'unreadable';
}
