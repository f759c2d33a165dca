// Registers with a ring with back pressure, reads some records, and waits to be killed.
import { RingReader } from 'ringwire';

const { root, channelId, records, name } = JSON.parse(process.argv[2]);
const reader = RingReader.open(root, channelId, { name });
let read = 0;
while (read < records) read += reader.poll(() => {}, records - read);
// A reader publishes its position at the beginning of the next poll.
reader.poll(() => {}, 0);
process.send({ position: reader.position });
// Keeps the reader: one that is collected leaves the ring.
setInterval(() => reader.position, 1000);
