/** `ringwire ctl reload`: makes a running manager equal to a configuration file. */
import readline from 'node:readline/promises';
import type { Command } from 'commander';
import type { ControlClient, ReloadReport } from '../../../control/index.js';
import { readConfiguration } from '../../../supervisor/index.js';
import { ExitCode } from '../../exit-codes.js';
import { Interruption } from '../../interruption.js';
import { printError, printJson, printNote, printText } from '../../print.js';
import { reloadSummary, reloadText } from '../../rendering/ctl/reload-report.js';
import { type CtlOptions, FAILED, fail, guarded, talksToManager, withManager } from './ctl-action.js';

interface ReloadOptions extends CtlOptions {
  readonly file: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the command to its group. */
export function registerCtlReload(ctl: Command): void {
  talksToManager(ctl.command('reload'))
    .description('compare a configuration file with what runs, and apply the difference')
    .option('-f, --file <yaml>', 'configuration file', 'cliwrap.yaml')
    .option('-y, --yes', 'apply without a question')
    .option('--dry-run', 'only print the difference')
    .option('--json', 'print the report as JSON')
    .action((options: ReloadOptions) => guarded(() => reload(options)));
}

async function reload(options: ReloadOptions): Promise<void> {
  const { file, yes = false, dryRun = false, json = false } = options;
  const { processes, ignored } = readConfiguration(file);
  if (!yes && !dryRun && !(process.stdin.isTTY && process.stdout.isTTY)) {
    return fail(
      'reload asks on a terminal only: add --yes to apply the changes, or --dry-run to see them',
      ExitCode.Unusable,
    );
  }
  for (const key of ignored) printNote(`${file}: ${key} has no effect here`);
  await withManager(options, async (client) => {
    const difference = await client.reload(processes, { dryRun: true });
    const summary = reloadSummary(difference);
    if (!json) printText(reloadText(difference));
    if (!json && (summary === null || dryRun)) printText(`${summary ?? 'nothing to change'}\n`);
    // Applied without a change also: it starts what waits for a dependency.
    if (!dryRun && (yes || summary === null || (await confirmed(summary))))
      await apply(client, processes, json);
    else if (json) printJson(difference);
  });
}

async function apply(client: ControlClient, processes: readonly object[], json: boolean): Promise<void> {
  const report: ReloadReport = await client.reload(processes);
  if (report.failures.length > 0) process.exitCode = FAILED;
  if (json) return printJson(report);
  for (const { id, reason } of report.failures) printError(`ringwire ctl reload ${id}: ${reason}`);
  if (report.failures.length === 0 && reloadSummary(report) !== null) printText('reloaded\n');
}

/** Asks on the terminal. Ctrl-C and the end of the input mean no. */
async function confirmed(summary: string): Promise<boolean> {
  using interruption = new Interruption();
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const { signal } = interruption;
    const answer = terminal.question(`${summary}: apply? [y/N] `, { signal }).catch(() => '');
    return /^y(es)?$/i.test((await Promise.race([answer, ended])).trim());
  } finally {
    terminal.close();
  }
}
