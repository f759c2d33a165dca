// @ts-check
/** What sampling takes, and what unsubscribed diagnostics take on the hot paths. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { nodeProcess, runTogether } from '../children.mjs';
import { median } from '../statistics.mjs';

/** @param {import('../context.mjs').Context} context */
export async function measureMetrics(context) {
  const { channels, readers, seconds, records, rounds } = context.settings.metrics;
  const sampling = await context.withFolder(async (root) => {
    context.progress(`${channels} channels with ${readers} readers each`);
    const program = nodeProcess('metrics-channels', { root, channels, readers });
    const busy = spawn(program.command, program.args, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(busy.stdout, 'data');
      const [sampled] = await runTogether([nodeProcess('metrics-sampler', { root, seconds })]);
      if (sampled.channels !== channels || sampled.readers !== channels * readers) {
        throw new Error(`sampled ${sampled.channels} channels and ${sampled.readers} readers`);
      }
      return sampled;
    } finally {
      busy.kill('SIGKILL');
    }
  });
  const diagnostics = await context.withFolder(async (root) => {
    context.progress('diagnostics');
    const [{ without, subscribed }] = await runTogether([
      nodeProcess('diagnostics-cost', { root, records, rounds }),
    ]);
    const ratios = without.map(
      (/** @type {number} */ nanos, /** @type {number} */ i) => subscribed[i] / nanos,
    );
    return { nanos: median(without), ratio: median(ratios), ratios };
  });
  return { channels, readers, sampling, diagnostics };
}
