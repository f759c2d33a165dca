// Writes numbered records of mixed sizes into a journal until it has `count`, or is killed; goes on where the last one ended.
// With `lead` it never is further ahead of the registered cursor, in bytes.
import { JournalWriter, journalStatus, TickUnit, WriteResult } from 'ringwire';
import { lengthOf, recordOf } from './numbered.mjs';

const {
  root,
  capacity,
  maxBytes,
  count,
  most,
  lead,
  pauseEvery = 0,
  keepForCursors = false,
} = JSON.parse(process.argv[2]);
const writer = JournalWriter.open(root, {
  writerId: process.pid,
  channelId: 5,
  capacity,
  maxMessageLength: most,
  timeout: 60,
  tickUnit: TickUnit.Secs,
  retention: { maxBytes, keepForCursors },
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
const isAhead = () => writer.writeOffset - journalStatus(root, 5).cursors[0].place.position > lead;
process.send({ ready: true, sequence: writer.sequence });
for (let n = writer.sequence; n < count; n++) {
  const length = lengthOf(n, most);
  if (n % 3 === 0) {
    const at = writer.tryClaim(length);
    recordOf(n, length).copy(writer.buffer, at);
    writer.commit();
  } else if (n % 31 === 4 && n + 2 < count) {
    for (let i = 0; i < 3; i++) {
      const size = lengthOf(n + i, most);
      let at = writer.stage(size);
      if (at === WriteResult.StageFull) {
        writer.publish();
        at = writer.stage(size);
      }
      recordOf(n + i, size).copy(writer.buffer, at);
    }
    writer.publish();
    n += 2;
  } else if (n % 31 === 1 && n + 2 < count) {
    writer.writeBatch([0, 1, 2].map((i) => recordOf(n + i, lengthOf(n + i, most))));
    n += 2;
  } else writer.write(recordOf(n, length));
  if (pauseEvery > 0 && n % pauseEvery === 0) await turn();
  if (lead !== undefined && n % 32 === 0) while (isAhead()) await turn();
}
writer.close();
process.send({ done: true, sequence: writer.sequence, segments: writer.segment + 1 });
process.disconnect();
