// @ts-check
/** Waiting on the doorbell: processor time without records, and the delay of a record after a sleep. */
import { nodeProcess, runTogether } from '../children.mjs';

/** @param {import('../context.mjs').Context} context */
export async function measureDoorbell(context) {
  const { wakes, idleMillis } = context.settings;
  const warmup = Math.floor(wakes / 10);
  const results = [];
  for (const mode of ['idle', 'idleAsync']) {
    context.progress(`doorbell, ${mode}`);
    const [sleeper] = await context.withFolder((root) =>
      runTogether([
        nodeProcess('sleeper', { root, mode, wakes, warmup, idleMillis }),
        nodeProcess('ticker', { root, wakes, warmup }),
      ]),
    );
    const { idleCpu, p50, p99, verified } = sleeper;
    if (verified !== warmup + wakes) throw new Error(`${verified} records verified`);
    results.push({ mode, wakes, idleMillis, idleCpu, wakeMicros: { p50, p99 }, verified: true });
  }
  return results;
}
