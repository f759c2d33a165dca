/** Runs before each test file: one seed for fast-check and for our own generators, printed when a test fails. */
import fc from 'fast-check';
import { beforeEach } from 'vitest';
import { SEED } from './seed.js';

fc.configureGlobal({ seed: SEED });

beforeEach(({ onTestFailed }) => {
  onTestFailed(() => void process.stderr.write(`to repeat the random values: RINGWIRE_SEED=${SEED}\n`));
});
