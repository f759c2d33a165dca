/**
 * Two real processes, mixed sizes, every record verified in content and sequence (INV-RING-01 to INV-RING-06).
 * The long size carries 50 million records in each setting.
 */
import { expect, it } from 'vitest';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { RingProcess } from './ring-processes.js';

const TIMEOUT = 3_600_000;

const SETTINGS = [
  { capacity: 1024, maxMessageLength: 120, count: 100_000 },
  { capacity: 1152, maxMessageLength: 40, count: 100_000 },
  { capacity: 65_536, maxMessageLength: 700, count: 300_000 },
  { capacity: 1 << 22, maxMessageLength: 256, count: 600_000 },
];

for (const policy of ['overwrite', 'back-pressure'] as const) {
  for (const delivery of ['copy', 'in-place'] as const) {
    if (policy === 'overwrite' && delivery === 'in-place') continue;
    for (const { capacity, maxMessageLength, count } of SETTINGS) {
      const name = `${policy}, ${delivery}, ${capacity} bytes: every record is whole, in order and accounted for`;
      it(name, { timeout: TIMEOUT }, async () => {
        const root = memoryFolder();
        const most = maxMessageLength;
        const records = sized({ test: count / 5, all: count, long: 50_000_000 });
        const writer = new RingProcess('verified-writer', {
          ...{ root, capacity, maxMessageLength, policy, count: records },
        });
        await writer.ready();
        const reader = new RingProcess('verified-reader', { root, most, delivery });
        await reader.ready();
        writer.process.send('go');
        const written = await writer.done();
        const read = await reader.done();
        expect(read.mismatch).toBeNull();
        expect(read.end).toBe('CLOSED');
        expect((read.delivered as number) + (read.lost as number)).toBe(written.sequence);
        expect(read.losses?.records).toBe(read.lost);
        if (policy === 'back-pressure') expect(read.lost).toBe(0);
      });
    }
  }
}
