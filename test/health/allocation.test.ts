import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const BEATS = fileURLToPath(new URL('../../bench/processes/health-beats.mjs', import.meta.url));

test.each(['socket', 'socketVersion2', 'log', 'ring'])(
  'a beat by %s takes no heap in steady state',
  async (side) => {
    const parameters = JSON.stringify({ side, folder: temporaryFolder(), beats: 100_000 });
    const { stdout, stderr, code } = await run(process.execPath, ['--expose-gc', BEATS, parameters]);
    expect(code, stderr).toBe(0);
    // The least that any JavaScript number or object takes on the heap is 12 bytes.
    expect(JSON.parse(stdout).bytes).toBeLessThan(2);
  },
);
