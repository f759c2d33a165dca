// Tries everything one can do with a channel and prints what came of it: 'ok', or the code of the error.
import fs from 'node:fs';
import { recoverChannel, removeStaleLock, ShmReader, ShmWriter, TickUnit } from 'ringwire';

const [root, channel = '7'] = process.argv.slice(2);
const channelId = Number(channel);

function outcome(call) {
  try {
    call();
    return 'ok';
  } catch (error) {
    return error.name === 'RingwireError' ? error.code : String(error.stack);
  }
}

const outcomes = {
  open: outcome(() => ShmReader.open(root, channelId).close()),
  resume: outcome(() => ShmWriter.resume(root, channelId).close()),
  recover: outcome(() => recoverChannel(root, channelId, { dryRun: false })),
  removeLock: outcome(() => removeStaleLock(root, channelId, { force: true })),
  create: outcome(() =>
    ShmWriter.create(root, {
      writerId: 1,
      channelId,
      capacity: 16_384,
      maxMessageLength: 100,
      timeout: 30,
      tickUnit: TickUnit.Secs,
    }).close(),
  ),
};
fs.writeSync(1, JSON.stringify(outcomes));
