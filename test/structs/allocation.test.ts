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
  // Bytes for each record; what is missing was never measured without a collection.
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(Object.keys(result)).toHaveLength(5);
  for (const [way, bytes] of Object.entries(result)) {
    // The smallest thing on the heap takes 16 bytes. What remains is the measurement's own.
    if (way === 'an object per record') expect(bytes, way).toBeGreaterThan(50);
    else expect(bytes, `${way}: ${stdout}`).toBeLessThan(0.5);
  }
});
