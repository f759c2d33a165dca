// Creates or resumes a channel, publishes, leaves something unfinished, says so, and waits to be killed.
import { ShmWriter, TickUnit } from 'ringwire';

const [root, mode, backend, count] = process.argv.slice(2);
const writer =
  mode === 'resume'
    ? ShmWriter.resume(root, 7, { backend })
    : ShmWriter.create(root, {
        writerId: 1,
        channelId: 7,
        capacity: 65_536,
        maxMessageLength: 200,
        timeout: 30,
        tickUnit: TickUnit.Secs,
        backend,
      });
for (let i = 0; i < Number(count); i++) writer.write(Buffer.from(`${mode} ${i}`));
// Died in a claim whose bytes look like two whole records.
const at = writer.tryClaim(48);
writer.buffer.writeBigUInt64LE(8n, at);
writer.buffer.write('not one!', at + 8);
writer.buffer.writeBigUInt64LE(8n, at + 16);
process.send({ position: writer.writeOffset });
setInterval(() => {}, 1000);
