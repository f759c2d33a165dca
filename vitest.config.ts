import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that start processes by the dozen, install packages or run for seconds: they come last. */
const SLOW = [
  /\/test\/(package|docs)\//,
  /\/test\/cli\//,
  /(process|kill|race|contention|crash|soak|fuzz|mutation|bit-flip|hostile)[\w-]*\.test\.ts$/,
];

/** Fast files first, so that a plain mistake shows within seconds. */
class FastFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification) => SLOW.filter((slow) => slow.test(file.moduleId)).length;
    return [...files].sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    sequence: { sequencer: FastFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A test that fails now and then is a defect of the test or of the product: it is never tried again.
    retry: 0,
    // Most files start processes of their own and some check deadlines: two files at once overload two cores.
    maxWorkers: 1,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
});
