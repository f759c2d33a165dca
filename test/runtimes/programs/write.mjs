// The writing side of an exchange: write.mjs KIND ROOT
import { JournalWriter, RingWriter, ShmWriter, writeAsync } from 'ringwire';
import { countOf, done, record } from './records.mjs';

const [kind, root] = process.argv.slice(2);
const channelId = 7;
const open = {
  log: () => ShmWriter.create(root, { channelId }),
  ring: () => RingWriter.create(root, { channelId, capacity: 65_536, policy: 'back-pressure' }),
  journal: () => JournalWriter.open(root, { channelId, capacity: 262_144 }),
  doorbell: () => ShmWriter.create(root, { channelId }),
};
const writer = open[kind]();

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
// A ring waits for the readers that are registered.
while (kind === 'ring' && writer.readers.length === 0) await pause(5);
for (let i = 0; i < countOf(kind); i++) {
  // The reader has fallen asleep on its doorbell before each record.
  if (kind === 'doorbell') await pause(30);
  await writeAsync(writer, record(i));
}
writer.close();
done();
