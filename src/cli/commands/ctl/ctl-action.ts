/** Common parts of the `ctl` commands: the socket, and the exit codes 1 (failure), 2 (wrong usage), 5 (folder taken). */
import path from 'node:path';
import type { Command } from 'commander';
import { ControlClient, ControlError, runtimeDirectory, SOCKET_NAME } from '../../../control/index.js';
import { SupervisorError } from '../../../supervisor/index.js';
import { ExitCode } from '../../exit-codes.js';
import { printError } from '../../print.js';
import { wholeNumberOption } from '../../quantities.js';

/** Options that the `ctl` commands share. */
export interface CtlOptions {
  readonly runtimeDir?: string;
  readonly uid?: number;
  readonly json?: boolean;
}

/** Exit code of a failure. */
export const FAILED = 1;

const DEFAULT_FILE = 'cliwrap.yaml';

/** Adds the option `--runtime-dir`. */
function takesRuntimeDir(command: Command): Command {
  return command.option(
    '--runtime-dir <folder>',
    'folder of the socket (default: CLIWRAP_RUNTIME_DIR, else the only manager)',
  );
}

/** Adds the option `--file`. */
export function takesFile(command: Command): Command {
  return command.option('-f, --file <yaml>', 'configuration file', DEFAULT_FILE);
}

/** Adds the options `--file` and `--runtime-dir` of commands that run a manager. */
export function takesManager(command: Command): Command {
  return takesFile(command).option(
    '--runtime-dir <folder>',
    'folder of the manager (default: runtime.dir of the file)',
  );
}

/** Adds the options of commands that send requests to a manager. */
export function talksToManager(command: Command): Command {
  return takesRuntimeDir(command).option(
    '--uid <uid>',
    'accept only a manager that runs as this user (default: you or root)',
    wholeNumberOption(0, 2 ** 32 - 2),
  );
}

/** Runs `work` with a client and closes it. */
export async function withManager(
  options: CtlOptions,
  work: (client: ControlClient) => Promise<void>,
): Promise<void> {
  await guarded(async () => {
    const client = await ControlClient.dial(path.join(runtimeDirectory(options.runtimeDir), SOCKET_NAME), {
      // A stop takes as long as the manager gives the process.
      timeoutMs: 0,
      ...(options.uid === undefined ? {} : { peerUids: [options.uid] }),
    });
    try {
      await work(client);
    } finally {
      client.close();
    }
  });
}

/** Turns errors of the manager and of the configuration into one line and exit 1. */
export async function guarded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ControlError && error.code === 'ABORTED') return;
    if (!(error instanceof ControlError) && !(error instanceof SupervisorError)) throw error;
    fail(error.message, exitCodeOf(error.code));
  }
}

function exitCodeOf(code: ControlError['code'] | SupervisorError['code']): number {
  if (code === 'MANAGER_RUNNING') return ExitCode.Taken;
  return code === 'SEVERAL_MANAGERS' ? ExitCode.Unusable : FAILED;
}

/** Prints an error and sets the exit code. */
export function fail(message: string, code: number = FAILED): void {
  printError(`ringwire ctl: ${message}`);
  process.exitCode = code;
}
