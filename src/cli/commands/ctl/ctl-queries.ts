/** `ringwire ctl list`, `status`, `start`, `stop` and `restart`: one answer each. */
import type { Command } from 'commander';
import type { ControlClient } from '../../../control/index.js';
import { reasonOf } from '../../../platform/index.js';
import { printError, printJson, printText } from '../../print.js';
import { processList } from '../../rendering/ctl/process-list.js';
import { tableOptions } from '../../rendering/fitting-table.js';
import { processStatus, processTable } from '../../rendering/process-table.js';
import { type CtlOptions, FAILED, talksToManager, withManager } from './ctl-action.js';
import { registerCtlTop } from './ctl-top.js';

interface ListOptions extends CtlOptions {
  readonly original?: boolean;
}

/** Adds the commands to their group. */
export function registerCtlQueries(ctl: Command): void {
  talksToManager(ctl.command('list'))
    .description('list all processes, with what they use and how they ended last')
    .option('--original', 'print the four columns of the original command, with pids of ended runs')
    .option('--json', 'print JSON')
    .action((options: ListOptions) =>
      withManager(options, async (client) => {
        const entries = await client.list();
        if (options.json) printJson(entries);
        else if (options.original) printText(processTable(entries));
        else printText(processList(entries, tableOptions()));
      }),
    );
  talksToManager(ctl.command('status <id>'))
    .description('show one process')
    .option('--json', 'print JSON')
    .action((id: string, options: CtlOptions) =>
      withManager(options, async (client) => {
        const entry = await client.status(id);
        if (options.json) printJson(entry);
        else printText(processStatus(entry));
      }),
    );
  changes(ctl, 'start', 'started', 'start processes, and what they depend on', (client, id) =>
    client.start(id),
  );
  changes(ctl, 'stop', 'stopped', 'stop processes and everything they started', (client, id) =>
    client.stop(id),
  );
  changes(ctl, 'restart', 'restarted', 'stop processes, then start them', (client, id) => client.restart(id));
  registerCtlTop(ctl);
}

function changes(
  ctl: Command,
  verb: string,
  done: string,
  description: string,
  change: (client: ControlClient, id: string) => Promise<void>,
): void {
  talksToManager(ctl.command(`${verb} <id...>`))
    .description(description)
    .option('--json', 'print JSON')
    .action((ids: string[], options: CtlOptions) =>
      withManager(options, async (client) => {
        const results = [];
        for (const id of ids) {
          try {
            await change(client, id);
            results.push({ id, ok: true });
            if (!options.json) printText(`${done} ${id}\n`);
          } catch (error) {
            process.exitCode = FAILED;
            results.push({ id, ok: false, error: reasonOf(error) });
            if (!options.json) printError(`ringwire ctl ${verb} ${id}: ${reasonOf(error)}`);
          }
        }
        if (options.json) printJson(results);
      }),
    );
}
