/** One run of the command line: builds it, runs the command, turns whatever happens into an exit code. */
import { CommanderError } from 'commander';
import { EXIT_CODES, ExitCode, exitCodeFor } from './exit-codes.js';
import { buildProgram } from './program.js';
import { reportError } from './report-error.js';

/** `argv` is that of the process: interpreter, script, arguments. */
export async function run(argv: readonly string[]): Promise<number> {
  endQuietlyWithoutReader();
  try {
    await buildProgram().parseAsync(argv);
    return Number(process.exitCode ?? ExitCode.Ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Ok : ExitCode.Unusable;
    const early = isBrokenPipe(error);
    if (!early) reportError(error, argv.includes('--json'));
    return early ? ExitCode.Ok : exitCodeFor(error);
  }
}

/** Whoever reads our output may stop: `ringwire cat 7 | head` is no error. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error) => {
    if (!isBrokenPipe(error)) throw error;
    process.exit(EXIT_CODES[0]?.code);
  });
}

function isBrokenPipe(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EPIPE';
}
