import { defineConfig } from 'vitest/config';
import { projects } from './test/projects.js';
import { SEED } from './test/seed.js';

const { pure, processes, alone } = projects();

/** Long enough for a busy machine: a test fails for what it asserts, and by this limit only when it hangs. */
const HANGS_MS = 180_000;

export default defineConfig({
  test: {
    // A test that fails now and then is a defect of the test or of the product: it is never tried again.
    retry: 0,
    // The workers and the processes that tests start all use the seed of this run.
    env: { RINGWIRE_SEED: String(SEED) },
    setupFiles: ['test/setup.ts'],
    testTimeout: HANGS_MS,
    expect: { poll: { timeout: 120_000 } },
    hookTimeout: HANGS_MS,
    // The groups run one after the other: the fast one first, so that a plain mistake shows within seconds.
    projects: [
      { extends: true, test: { name: 'pure', include: pure, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: { name: 'processes', include: processes, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
});
