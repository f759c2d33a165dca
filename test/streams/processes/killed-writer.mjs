/** Writes ten records into a channel and is killed: node killed-writer.mjs ROOT KIND */
import { JournalWriter, RingWriter, ShmWriter } from '../../../dist/index.js';

const [root, kind] = process.argv.slice(2);
const writers = { log: ShmWriter, ring: RingWriter, journal: JournalWriter };
const writer = writers[kind].create(root, {
  writerId: 1,
  channelId: 7,
  capacity: 65_536,
  maxMessageLength: 500,
  timeout: 100,
  tickUnit: 3,
});
for (let i = 0; i < 10; i++) writer.write(Buffer.from(JSON.stringify(`record ${i}`)));
process.kill(process.pid, 'SIGKILL');
