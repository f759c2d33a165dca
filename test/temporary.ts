/** Temporary folders of tests, removed when the test that asked for one is over. */
import fs from 'node:fs';
import tmp from 'tmp';
import { onTestFinished } from 'vitest';

const SHARED_MEMORY = '/dev/shm';

/** An empty folder for the running test. */
export function temporaryFolder(): string {
  return folderIn({});
}

/** The same in shared memory where the machine has some, for tests that write much. */
export function memoryFolder(): string {
  return folderIn(fs.existsSync(SHARED_MEMORY) ? { tmpdir: SHARED_MEMORY } : {});
}

function folderIn(place: { tmpdir?: string }): string {
  const folder = tmp.dirSync({ prefix: 'ringwire-test-', unsafeCleanup: true, ...place });
  onTestFinished(() => folder.removeCallback());
  return folder.name;
}
