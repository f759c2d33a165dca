// Writes into an overwriting ring as fast as it can, until it is killed.
import { RingWriter, TickUnit } from 'ringwire';

const { root } = JSON.parse(process.argv[2]);
const options = { writerId: 1, channelId: 7, capacity: 65_536, maxMessageLength: 64, timeout: 10 };
const writer = RingWriter.create(root, { ...options, tickUnit: TickUnit.Secs });
const record = Buffer.alloc(32);
const write = () => {
  for (let i = 0; i < 100_000; i++) writer.write(record);
};
write();
process.send({ ready: true });
process.on('disconnect', () => process.exit());
setInterval(write, 0);
