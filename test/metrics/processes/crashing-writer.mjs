// Resumes a ring until it has a number of records of 56 bytes. Crashes after each third of them, except the last.
import { RingWriter } from 'ringwire';

const { root, channelId, records } = JSON.parse(process.argv[2]);
const writer = RingWriter.resume(root, channelId);
const third = Math.floor(records / 3);
const until = [third, 2 * third, records].find((end) => end > writer.sequence);
const record = Buffer.alloc(56, 7);
while (writer.sequence < until) writer.write(record);
if (until < records) process.kill(process.pid, 'SIGKILL');
process.stdout.write('all written\n');
setInterval(() => {}, 1000);
