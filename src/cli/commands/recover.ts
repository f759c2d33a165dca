/** `ringwire recover`: reports what a dead writer left in a channel, and repairs it. */
import type { Command } from 'commander';
import { channelKind, channelPaths, type RecoveryReport, recoverChannel } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import {
  type ChannelArgument,
  channelFields,
  channelLabel,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { ExitCode } from '../exit-codes.js';
import { printJson, printText } from '../print.js';
import { Progress } from '../progress.js';
import { renderRecovery } from '../rendering/recovery.js';
import { errorAsJson } from '../report-error.js';

interface RecoverOptions extends RootOptions {
  readonly close?: boolean;
  readonly cutDamage?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerRecover(program: Command): void {
  const command = program.command('recover').description('repair or close the channel of a dead writer');
  takesChannel(command)
    .option('--close', 'clear unfinished records and write the end marker')
    .option('--cut-damage', 'cut a damaged channel after its last sound record; keeps a copy of the file')
    .option('--dry-run', 'with --close or --cut-damage: only report what would be done')
    .option('--force', 'also for files without a lock of the writer, such as those of kekbit')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', HELP)
    .action(recover);
}

const HELP = `
Without --close and --cut-damage it changes nothing and prints a report. It
never changes the channel of a live writer: exit code 5. To continue writing,
use write --resume.`;

function recover(argument: ChannelArgument, options: RecoverOptions): void {
  const channel = channelNamed(argument, options);
  const { root, id } = channel;
  if (channelKind(root, id) === 'ring') throw isRing(root, id);
  const { close = false, cutDamage = false, force = false } = options;
  const dryRun = options.dryRun === true || !(close || cutDamage);
  let records = 'reading';
  using progress = new Progress(() => records);
  const report = recoverChannel(root, id, {
    dryRun,
    close,
    cutDamage,
    force,
    onProgress(position, capacity) {
      records = `read ${Math.floor((100 * position) / capacity)} % of channel ${channelLabel(channel)}`;
      progress.refresh();
    },
  });
  progress.stop();
  if (options.json) printJson({ ...channelFields(channel), ...asJson(report) });
  else printText(renderRecovery(report));
  const damaged = report.error !== null && (dryRun || !report.actions.includes('cut-damage'));
  process.exitCode = damaged ? ExitCode.NotSound : ExitCode.Ok;
}

/** A ring needs no recovery: its next writer resumes after the last published record. */
function isRing(root: string, id: bigint): RingwireError {
  const { file } = channelPaths(root, id);
  return new RingwireError(
    'INCOMPATIBLE_VERSION',
    `${file} is a ring, and needs no recovery: resume it with write --ring, or end it with write --ring --close </dev/null`,
    { path: file },
  );
}

function asJson(report: RecoveryReport): object {
  const { error } = report;
  return { ...report, error: error === null ? null : errorAsJson(error) };
}
