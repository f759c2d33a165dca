/** The writer process of `ringwire demo`. */
import { ShmWriter, TickUnit } from '../../../channel/index.js';
import { DEMO_CHANNEL, type DemoPlan, nextOrder, sendReport } from './demo-messages.js';
import { runDemoProcess, turn } from './demo-process.js';
import { demoLength, fillDemoRecord, LONGEST_DEMO_RECORD } from './demo-records.js';

/** Records between two turns of the event loop. */
const BURST = 5000;

await runDemoProcess(async (plan) => {
  const writer = ShmWriter.create(plan.root, {
    writerId: process.pid,
    channelId: DEMO_CHANNEL,
    capacity: plan.capacity,
    maxMessageLength: LONGEST_DEMO_RECORD,
    timeout: 2000,
    tickUnit: TickUnit.Millis,
  });
  sendReport({ report: 'ready' });
  await nextOrder();
  const { heartbeats, flushMillis } = await writeRecords(writer, plan);
  const start = performance.now();
  writer.close();
  const closeMillis = performance.now() - start;
  const result = { records: plan.records, heartbeats, flushMillis, closeMillis };
  sendReport({ report: 'writer done', result });
});

async function writeRecords(
  writer: ShmWriter,
  plan: DemoPlan,
): Promise<{ heartbeats: number; flushMillis: number }> {
  const { records } = plan;
  const half = records >>> 1;
  const beatEvery = Math.max(1, Math.floor(records / plan.heartbeats));
  let heartbeats = 0;
  let flushMillis = 0;
  for (let sequence = 0; sequence < records; sequence++) {
    if (sequence === half) {
      if (plan.inject === 'kill') process.kill(process.pid, 'SIGKILL');
      flushMillis = await timedFlush(writer);
    }
    writeOne(writer, sequence, sequence === half ? plan.inject : undefined);
    if (sequence % beatEvery === 0 && heartbeats < plan.heartbeats) {
      writer.heartbeat();
      heartbeats++;
    }
    if (sequence % BURST === 0) await turn();
  }
  return { heartbeats, flushMillis };
}

/** Writes a record in place, or a wrong one for `inject`. */
function writeOne(writer: ShmWriter, sequence: number, inject: DemoPlan['inject']): void {
  if (inject === 'drop') return;
  const number = inject === 'swap' ? sequence + 1 : sequence;
  const length = demoLength(number);
  const at = writer.tryClaim(length);
  if (at < 0) throw new Error(`the channel took ${sequence} records and no more (${at})`);
  fillDemoRecord(writer.buffer, at, number, length);
  if (inject === 'flip') writer.buffer[at + length - 1] = (writer.buffer[at + length - 1] ?? 0) ^ 1;
  writer.commit();
}

async function timedFlush(writer: ShmWriter): Promise<number> {
  const start = performance.now();
  await writer.flushAsync();
  return performance.now() - start;
}
