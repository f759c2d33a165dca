/** `ringwire exit-codes`: the meaning of the exit codes of all commands. */
import type { Command } from 'commander';
import { EXIT_CODES } from './exit-codes.js';
import { printJson, printText } from './print.js';
import { renderColumns } from './rendering/table.js';

/** Adds the command to the program. */
export function registerExitCodes(program: Command): void {
  program
    .command('exit-codes')
    .description('print the meaning of the exit codes')
    .option('--json', 'print JSON')
    .addHelpText('after', () => `\n${exitCodeTable()}`)
    .action((options: { json?: boolean }) => {
      if (options.json) printJson(EXIT_CODES);
      else printText(`${exitCodeTable()}\n`);
    });
}

function exitCodeTable(): string {
  return renderColumns(
    ['code', 'meaning'],
    EXIT_CODES.map(({ code, meaning }) => [String(code), meaning]),
  );
}
