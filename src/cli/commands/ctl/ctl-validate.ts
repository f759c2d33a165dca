/** `ringwire ctl validate`. */
import type { Command } from 'commander';
import { readConfiguration } from '../../../supervisor/index.js';
import { printJson, printNote, printText } from '../../print.js';
import { guarded, takesFile } from './ctl-action.js';

interface ValidateOptions {
  readonly file: string;
  readonly json?: boolean;
}

/** Adds the command to its group. */
export function registerCtlValidate(ctl: Command): void {
  takesFile(ctl.command('validate'))
    .description('check a configuration file')
    .option('--json', 'print JSON')
    .action((options: ValidateOptions) => guarded(async () => validate(options)));
}

async function validate({ file, json }: ValidateOptions): Promise<void> {
  const { groups, processes, ignored } = readConfiguration(file);
  if (json) return printJson({ groups, processes: processes.length, ignored });
  for (const key of ignored) printNote(`${file}: ${key} has no effect here`);
  printText(`OK: ${groups} groups, ${processes.length} processes\n`);
}
