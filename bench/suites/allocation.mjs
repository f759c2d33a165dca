// @ts-check
import { nodeProcess, runTogether } from '../children.mjs';

/** Heap bytes per record of `write`, `tryClaim` with `commit`, and `poll`. @param {import('../context.mjs').Context} context */
export async function measureAllocation(context) {
  context.progress('allocation');
  const records = context.settings.allocationRecords;
  const [{ results }] = await context.withFolder((root) =>
    runTogether([nodeProcess('allocating', { root, records }, ['--expose-gc'])]),
  );
  return results;
}
