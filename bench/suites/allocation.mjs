// @ts-check
import { nodeProcess, runTogether } from '../children.mjs';

/** Heap bytes per record of every way of writing, and of `poll`. @param {import('../context.mjs').Context} context */
export async function measureAllocation(context) {
  const records = context.settings.allocationRecords;
  const rows = [];
  for (const kind of ['ring', 'log']) {
    context.progress(`allocation, ${kind}`);
    const [{ results }] = await context.withFolder((root) =>
      runTogether([nodeProcess('allocating', { root, kind, records }, ['--expose-gc'])]),
    );
    rows.push(...results);
  }
  return rows;
}
