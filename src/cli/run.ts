/** One run of the command line: builds it, runs the command, turns whatever happens into an exit code. */
import { CommanderError } from 'commander';
import { RingwireError } from '../platform/index.js';
import { withDoubleDashes } from './commands/ctl/go-flags.js';
import { ExitCode, exitCodeFor } from './exit-codes.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';

/** `argv` is that of the process: interpreter, script, arguments. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  handleOutputErrors(json);
  try {
    const words = argv[2] === 'ctl' ? withDoubleDashes(argv) : argv;
    await (await buildProgram(json, argv.slice(2, 4))).parseAsync(words);
    return Number(process.exitCode ?? ExitCode.Ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Unusable;
    const early = isBrokenPipe(error);
    if (!early) reportError(error, json);
    return early ? ExitCode.Ok : exitCodeFor(error);
  }
}

/**
 * The reader of our output may stop: `ringwire cat 7 | head` is no error. A full disk is. What cannot be written to
 * stderr is lost, and changes no exit code.
 */
function handleOutputErrors(json: boolean): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error) => {
    if (isBrokenPipe(error)) process.exit(ExitCode.Ok);
    const full = (error as { code?: unknown }).code === 'ENOSPC';
    const code = full ? 'NO_SPACE' : 'COULD_NOT_ACCESS_STORAGE';
    const failure = new RingwireError(code, `cannot write to standard output: ${error.message}`);
    reportError(failure, json);
    process.exit(exitCodeFor(failure));
  });
}

function isBrokenPipe(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EPIPE';
}
