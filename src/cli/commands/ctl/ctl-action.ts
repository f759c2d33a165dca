/** What all `ctl` commands share: where the manager is, and how failures end. Exit 1 is failure, 2 wrong usage. */
import path from 'node:path';
import type { Command } from 'commander';
import { ControlClient, ControlError, runtimeDirectory, SOCKET_NAME } from '../../../control/index.js';
import { SupervisorError } from '../../../supervisor/index.js';
import { ExitCode } from '../../exit-codes.js';
import { printError } from '../../print.js';

export interface CtlOptions {
  readonly runtimeDir?: string;
  readonly json?: boolean;
}

export const FAILED = 1;

export function takesRuntimeDir(command: Command): Command {
  return command.option(
    '--runtime-dir <folder>',
    'folder of the socket; else CLIWRAP_RUNTIME_DIR, else that of the manager started last',
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
    fail(error.message);
  }
}

export function fail(message: string, code: number = FAILED): void {
  printError(`ringwire ctl: ${message}`);
  process.exitCode = code;
}

export function wrongUsage(message: string): void {
  fail(message, ExitCode.Unusable);
}
