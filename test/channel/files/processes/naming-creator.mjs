// Creates the channel of each name that it is sent, and answers what came of it.
import { JournalWriter, RingWriter, ShmWriter } from 'ringwire';

const [root] = process.argv.slice(2);
const KINDS = { log: ShmWriter, ring: RingWriter, journal: JournalWriter };

process.on('message', ({ name, kind }) => {
  try {
    const writer = KINDS[kind].create(root, { name, capacity: 16_384, maxMessageLength: 100 });
    writer.write(Buffer.from(name));
    writer.close();
    process.send({ result: 'created', id: String(writer.header.channelId) });
  } catch (error) {
    process.send({
      result: error.name === 'RingwireError' ? error.code : 'thrown',
      why: String(error.stack),
    });
  }
});
process.send({ result: 'ready' });
