// Beats from two worker threads and the main thread at once: 100 each, a dropped one is beaten again.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { BeatOutcome, Status, VlpAgent } from 'ringwire/health';

const target = isMainThread ? process.argv[2] : workerData;

async function beats() {
  const agent = VlpAgent.connect(target);
  let sent = 0;
  while (sent < 100) {
    if (agent.beat(Status.Ok, sent) === BeatOutcome.Sent) sent++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  agent.close();
  return sent;
}

if (isMainThread) {
  const threads = [1, 2].map(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), { workerData: target });
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
  );
  const counts = await Promise.all([beats(), ...threads]);
  process.send({ sent: counts.reduce((sum, count) => sum + count, 0) });
  process.disconnect();
} else {
  parentPort.postMessage(await beats());
}
