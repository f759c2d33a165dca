/** Temporary folders of tests, removed when the test that asked for one is over. */
import tmp from 'tmp';
import { onTestFinished } from 'vitest';

/** An empty folder for the running test. */
export function temporaryFolder(): string {
  const folder = tmp.dirSync({ prefix: 'ringwire-test-', unsafeCleanup: true });
  onTestFinished(() => folder.removeCallback());
  return folder.name;
}
