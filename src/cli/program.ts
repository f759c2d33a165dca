/** The command line as a whole. Every command, or group of commands, registers itself from a file of its own. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAeron } from './commands/aeron.js';
import { registerBench } from './commands/bench.js';
import { registerCat } from './commands/cat.js';
import { registerCompletion } from './commands/completion.js';
import { registerCtl } from './commands/ctl.js';
import { registerDemo } from './commands/demo.js';
import { registerExitCodes } from './commands/exit-codes.js';
import { registerLs } from './commands/ls.js';
import { registerRecover } from './commands/recover.js';
import { registerStat } from './commands/stat.js';
import { registerTail } from './commands/tail.js';
import { registerUnlock } from './commands/unlock.js';
import { registerVerify } from './commands/verify.js';
import { registerVlp } from './commands/vlp.js';
import { registerWrite } from './commands/write.js';
import { reportUsage } from './report-error.js';

const EXAMPLES = `
Examples:
  ringwire demo                                  two processes exchange a million verified records
  seq 1000 | ringwire write 7                    the lines of a stream become the records of channel 7
  ringwire tail 7                                follow channel 7 from its beginning
  ringwire cat 7 --format json | jq .data        its records as JSON
  ringwire ls                                    all channels, and which of them are alive
  ringwire verify 7 && echo sound

A channel is named by its id, decimal or 0x hexadecimal, below a root folder: --root, else RINGWIRE_ROOT, else a
folder of your own in /dev/shm. The path of a .kekbit file works too.
Exit codes: ringwire help exit-codes. Colours follow NO_COLOR and FORCE_COLOR.`;

/** Ours and later groups: each adds its commands to the program. */
const GROUPS: readonly ((program: Command) => void)[] = [
  registerDemo,
  registerWrite,
  registerTail,
  registerCat,
  registerStat,
  registerLs,
  registerVerify,
  registerRecover,
  registerUnlock,
  registerBench,
  registerAeron,
  registerVlp,
  registerCtl,
  registerCompletion,
  registerExitCodes,
];

/** `json`: whether errors are to be JSON. */
export function buildProgram(json: boolean): Command {
  const program = new Command('ringwire')
    .description('Processes on one machine exchange records through a memory-mapped file.')
    .version(packageVersion(), '-V, --version')
    .configureOutput({ outputError: (text) => reportUsage(text, json) })
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  for (const register of GROUPS) register(program);
  return program;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
