/** In steady state a record costs no heap, whichever way it is written or read. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { availableBackends } from '../../../src/platform/index.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';

const SCRIPT = fileURLToPath(new URL('./processes/measure-allocation.mjs', import.meta.url));
const RECORDS = sized({ test: 200_000, all: 1_000_000, long: 1_000_000 });

describe.each(availableBackends())(`${RECORDS} records with %s`, (backend) => {
  it('allocate no heap memory', () => {
    // 512 MiB of young generation: a collection in between would hide what was allocated before it.
    const flags = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512'];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...flags, SCRIPT, memoryFolder(), backend, String(RECORDS)],
      { encoding: 'utf8', timeout: 110_000 },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Bytes for each record; what is missing was never measured without a collection.
    const result = JSON.parse(stdout) as Record<string, number>;
    // The smallest thing on the heap takes 16 bytes. What remains is the measurement's own.
    for (const way of ['write', 'tryClaim', 'writeBatch', 'stage', 'poll']) {
      expect(result[way], `${way}: ${stdout}`).toBeLessThan(0.5);
    }
    // Where every record is followed by an empty poll the clock is read for each: one number of 16 bytes.
    expect(result['poll in turns']).toBeLessThan(17);
    expect(result['a view per record']).toBeGreaterThan(50);
    expect(result['a number per record']).toBeGreaterThan(15);
  });
});
