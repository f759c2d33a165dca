// A worker thread that writes to the channel of the thread that started it.
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { RetryWriter, WriteResult } from 'ringwire';

const { handle, count, mode } = workerData;
const writer = RetryWriter.attach(handle);
const record = Buffer.alloc(24);
record.writeUInt32LE(threadId, 0);

if (mode === 'claim') {
  const at = writer.tryClaim(40);
  writer.buffer.fill(0xee, at, at + 40);
  parentPort.postMessage('claimed');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
if (mode === 'stage') {
  for (let i = 0; i < 2; i++) {
    const at = writer.stage(16);
    writer.buffer.fill(0xee, at, at + 16);
  }
  parentPort.postMessage('staged');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
let busy = 0;
parentPort.postMessage('writing');
for (let n = 0; n < count; ) {
  record.writeUInt32LE(n, 4);
  record.fill(n & 0xff, 8);
  let taken;
  if (n % 4 === 3) {
    const at = writer.stage(24);
    if (at > 0) record.copy(writer.buffer, at);
    taken = at > 0 ? writer.publish() : at;
  } else taken = writer.tryWrite(record);
  if (taken > 0) n++;
  else if (taken === WriteResult.Busy) busy++;
  else break;
}
writer.close();
parentPort.postMessage({ busy });
