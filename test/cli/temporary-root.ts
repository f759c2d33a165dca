/** A root folder for the running test, in memory where there is room: large channels are then cheap. */
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import os from 'node:os';
import tmp from 'tmp';
import { onTestFinished } from 'vitest';

const SPARE = 64 << 20;

/** `bytes`: what the test puts there. */
export function temporaryRoot(bytes = 0): string {
  const memory = existsSync('/dev/shm') ? statfsSync('/dev/shm') : null;
  const fits = memory !== null && memory.bavail * memory.bsize > bytes + SPARE;
  const tmpdir = fits ? '/dev/shm' : os.tmpdir();
  const folder = tmp.dirSync({ prefix: 'ringwire-test-', unsafeCleanup: true, tmpdir });
  onTestFinished(() => folder.removeCallback());
  return folder.name;
}

/** The temporary folders a command has at this moment. */
export function leftBehind(prefix: string, pid: number | undefined): string[] {
  return ['/dev/shm', os.tmpdir()]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.startsWith(`${prefix}-${pid}-`)));
}

/** Waits until a condition is true; the timeout of the test ends the wait. */
export async function appeared(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
