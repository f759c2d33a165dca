/** Reading fields in place and encoding cost no heap in steady state. Integers of 64 bits are BigInts and do. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from '../child.js';
import { sized } from '../size.js';

const SCRIPT = fileURLToPath(new URL('./processes/measure-allocation.mjs', import.meta.url));
const RECORDS = sized({ test: 200_000, all: 1_000_000, long: 1_000_000 });

it(`${RECORDS} records cost no heap, read in place or encoded`, async () => {
  // 512 MiB of young generation: a collection in between would hide what was allocated before it.
  const flags = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];
  const { code, stdout, stderr } = await run(process.execPath, [...flags, SCRIPT, String(RECORDS)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const result = JSON.parse(stdout) as Record<string, { bytes: number; collections: number }>;
  for (const [way, { bytes, collections }] of Object.entries(result)) {
    expect(collections, way).toBe(0);
    // The smallest thing on the heap takes 16 bytes. What remains is the measurement's own.
    if (way === 'an object per record') expect(bytes, way).toBeGreaterThan(50);
    else expect(bytes, `${way}: ${stdout}`).toBeLessThan(0.5);
  }
});
