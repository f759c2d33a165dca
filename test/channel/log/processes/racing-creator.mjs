// Waits for a channel number, tries at once to create (or resume) it, writes its name if it won, says what came of it.
import { ShmWriter, TickUnit } from 'ringwire';

const [mode, root, name] = process.argv.slice(2);

process.on('message', ({ channelId, at }) => {
  while (Date.now() < at);
  try {
    const writer =
      mode === 'create'
        ? ShmWriter.create(root, {
            writerId: Number(name),
            channelId,
            capacity: 16_384,
            maxMessageLength: 100,
            timeout: 30,
            tickUnit: TickUnit.Secs,
          })
        : ShmWriter.resume(root, channelId);
    writer.write(Buffer.from(`writer ${name}`));
    writer.close();
    process.send({ name, result: 'won' });
  } catch (error) {
    process.send({ name, result: error.name === 'RingwireError' ? error.code : String(error.stack) });
  }
});
process.send({ name, result: 'ready' });
