/** The reader process of `ringwire demo`: verifies every record, its place in the sequence and all of its bytes. */
import { ShmReader } from '../../../channel/index.js';
import { DoorbellIdle } from '../../../platform/index.js';
import { DEMO_CHANNEL, type ReaderResult, sendReport } from './demo-messages.js';
import { runDemoProcess } from './demo-process.js';
import { isDemoRecord } from './demo-records.js';

const REPORT_EVERY_MILLIS = 50;
/** Records between two checks of the time. */
const BURST = 5000;

await runDemoProcess(async (plan) => {
  const reader = await ShmReader.waitFor(plan.root, DEMO_CHANNEL, { timeoutMs: 10_000 });
  sendReport({ report: 'ready' });
  const result = await readRecords(reader, plan.records);
  reader.close();
  sendReport({ report: 'reader done', result });
});

async function readRecords(reader: ShmReader, records: number): Promise<ReaderResult> {
  const idle = new DoorbellIdle(reader);
  let expected = 0;
  let bytes = 0;
  let fault: string | null = null;
  let first = 0;
  let last = 0;
  let reported = performance.now();
  const verify = (buffer: Buffer, offset: number, length: number, position: number) => {
    if (fault !== null) return;
    if (isDemoRecord(buffer, offset, length, expected)) {
      expected++;
      bytes += length;
    } else fault = `the record at position ${position} is not record ${expected}`;
  };
  while (fault === null) {
    const start = performance.now();
    const count = reader.poll(verify, BURST);
    const now = performance.now();
    if (count > 0) {
      if (first === 0) first = start;
      last = now;
    } else if (reader.endReason !== null) break;
    if (now - reported >= REPORT_EVERY_MILLIS) {
      reported = now;
      sendReport({ report: 'progress', records: expected, bytes });
    }
    await idle.idleAsync(count);
  }
  return {
    verified: expected,
    bytes,
    heartbeats: reader.heartbeats,
    millis: last - first,
    fault: fault ?? faultAtEnd(reader, expected, records),
  };
}

function faultAtEnd(reader: ShmReader, got: number, records: number): string | null {
  const end = reader.endReason;
  if (end !== null && end.code !== 'CLOSED') return `${end.code}: ${end.message}`;
  return got === records ? null : `the channel was closed after ${got} of ${records} records`;
}
