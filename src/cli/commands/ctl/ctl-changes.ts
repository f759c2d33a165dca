/** `ringwire ctl scale`, `signal` and `shutdown`. */
import type { Command } from 'commander';
import { printJson, printText } from '../../print.js';
import { wholeNumberOption } from '../../quantities.js';
import { type CtlOptions, talksToManager, withManager } from './ctl-action.js';

interface SignalOptions extends CtlOptions {
  readonly group?: boolean;
}

const MAX_INSTANCES = 1000;

/** Adds the commands to their group. */
export function registerCtlChanges(ctl: Command): void {
  talksToManager(ctl.command('scale'))
    .description('start or stop instances of a process, the highest first')
    .argument('<id>', 'a process with the key instances')
    .argument('<count>', 'number of instances, 1 to 1000', wholeNumberOption(1, MAX_INSTANCES))
    .option('--json', 'print JSON')
    .action((id: string, count: number, options: CtlOptions) =>
      withManager(options, async (client) => {
        await client.scale(id, count);
        done(options, { id, instances: count }, `scaled ${id} to ${count}`);
      }),
    );
  talksToManager(ctl.command('signal'))
    .description('send a signal to a process, or to all its instances')
    .argument('<id>', 'the process')
    .argument('<signal>', 'name, such as HUP or SIGUSR2')
    .option('-g, --group', 'send it to the whole process group')
    .option('--json', 'print JSON')
    .action((id: string, signal: string, options: SignalOptions) =>
      withManager(options, async (client) => {
        await client.signal(id, signal, { group: options.group ?? false });
        done(options, { id, signal }, `sent ${signal} to ${id}`);
      }),
    );
  talksToManager(ctl.command('shutdown'))
    .description('stop all processes in order, and end the manager')
    .option('--json', 'print JSON')
    .action((options: CtlOptions) =>
      withManager(options, async (client) => {
        await client.shutdown();
        done(options, { shutdown: true }, 'the manager has stopped all processes');
      }),
    );
}

function done({ json }: CtlOptions, result: object, text: string): void {
  if (json) printJson({ ok: true, ...result });
  else printText(`${text}\n`);
}
