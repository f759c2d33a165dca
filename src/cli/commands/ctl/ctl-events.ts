/** `ringwire ctl events`. */
import type { Command } from 'commander';
import { Interruption } from '../../interruption.js';
import { printJsonLine, printText } from '../../print.js';
import { eventLine } from '../../rendering/ctl/event-line.js';
import { type CtlOptions, talksToManager, withManager } from './ctl-action.js';

interface EventsOptions extends CtlOptions {
  readonly process?: string;
  readonly type?: string;
}

/** Adds the command to its group. */
export function registerCtlEvents(ctl: Command): void {
  talksToManager(ctl.command('events'))
    .description('print events as they happen, until the manager ends')
    .option('--process <ids>', 'only these processes, separated by commas')
    .option('--type <types>', 'only these types, separated by commas')
    .option('--json', 'print a JSON object for each event')
    .action(events);
}

async function events(options: EventsOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  await withManager(options, async (client) => {
    const filter = { ids: split(options.process), types: split(options.type), signal };
    for await (const event of client.events(filter)) {
      if (options.json) printJsonLine(event);
      else printText(eventLine(event));
    }
  });
}

/** The parts of a list, without the blanks around them; empty parts do not count. */
function split(list = ''): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
