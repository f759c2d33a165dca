// The reading side of an exchange: read.mjs KIND ROOT
import { DoorbellIdle, JournalReader, RingReader, ShmReader } from 'ringwire';
import { countOf, done, record } from './records.mjs';

const [kind, root] = process.argv.slice(2);
const classes = { log: ShmReader, ring: RingReader, journal: JournalReader, doorbell: ShmReader };
const reader = await classes[kind].waitFor(root, 7, { timeoutMs: 60_000 });

let count = 0;
function verify(bytes) {
  if (!bytes.equals(record(count))) throw new Error(`record ${count} differs`);
  count++;
}
if (kind === 'doorbell') {
  const idle = new DoorbellIdle(reader);
  while (reader.endReason === null) {
    const polled = reader.poll((buffer, offset, length) => verify(buffer.subarray(offset, offset + length)));
    await idle.idleAsync(polled);
  }
} else for await (const bytes of reader.records()) verify(bytes);
if (count !== countOf(kind)) throw new Error(`${count} records, expected ${countOf(kind)}`);
if (reader.endReason?.code !== 'CLOSED') throw new Error(`ended by ${reader.endReason?.code}`);
reader.close();
done();
