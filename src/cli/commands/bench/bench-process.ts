/** A process of `ringwire bench`: takes one role after the other, as the command orders. */
import { type Reader, ShmReader, ShmWriter, TickUnit } from '../../../channel/index.js';
import { BusySpinIdle } from '../../../platform/index.js';
import {
  type BenchOrder,
  type BenchReply,
  type BenchResult,
  type BenchTask,
  ONE_WAY_CHANNEL,
  PING_CHANNEL,
  PONG_CHANNEL,
} from './bench-messages.js';
import { BENCH_LENGTH, benchCapacity, benchRecord, fillBenchRecord, isBenchRecord } from './bench-records.js';

/** Ends the process when its partner has died. */
const LONGEST_MILLIS = 30_000;
const CHECK_CLOCK_EVERY = 100_000;

const ROLES = { write, verify, ping, echo };

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
process.on('message', (order) => void play(order as BenchOrder));

async function play({ role, task }: BenchOrder): Promise<void> {
  try {
    send({ reply: 'done', result: await ROLES[role](task) });
  } catch (error) {
    send({ reply: 'failed', message: `${role}: ${error instanceof Error ? error.message : String(error)}` });
  }
}

/** Measures from the poll that brings the first record to the last record verified. */
async function verify(task: BenchTask): Promise<BenchResult> {
  using reader = await ShmReader.waitFor(task.root, ONE_WAY_CHANNEL, { timeoutMs: LONGEST_MILLIS });
  send({ reply: 'ready' });
  const check = new Check(reader);
  let first = 0;
  const idle = new BusySpinIdle();
  const deadline = new Deadline();
  while (check.verified < task.count) {
    const start = performance.now();
    const count = reader.poll(check.handler);
    if (first === 0 && count > 0) first = start;
    if (count === 0 && reader.endReason !== null) throw reader.endReason;
    idle.idle(count);
    deadline.check(check.verified);
  }
  return { verified: check.verified, millis: performance.now() - first };
}

async function write(task: BenchTask): Promise<BenchResult> {
  using writer = create(task.root, ONE_WAY_CHANNEL, task.count);
  const go = nextGo();
  send({ reply: 'ready' });
  await go;
  const start = performance.now();
  if (task.batch === 1) writeSingly(writer, task.count);
  else writeInBatches(writer, task.count, task.batch);
  return { verified: task.count, millis: performance.now() - start };
}

function writeSingly(writer: ShmWriter, count: number): void {
  const { bytes, words } = benchRecord();
  for (let sequence = 0; sequence < count; sequence++) {
    fillBenchRecord(words, sequence);
    writer.write(bytes);
  }
}

function writeInBatches(writer: ShmWriter, count: number, batch: number): void {
  const records = Array.from({ length: batch }, benchRecord);
  const buffers = records.map(({ bytes }) => bytes);
  for (let sequence = 0; sequence < count; sequence += batch) {
    for (let i = 0; i < batch; i++)
      fillBenchRecord((records[i] as { words: Int32Array }).words, sequence + i);
    writer.writeBatch(buffers);
  }
}

async function ping(task: BenchTask): Promise<BenchResult> {
  using writer = create(task.root, PING_CHANNEL, task.count);
  const go = nextGo();
  send({ reply: 'ready' });
  using reader = await ShmReader.waitFor(task.root, PONG_CHANNEL, { timeoutMs: LONGEST_MILLIS });
  await go;
  const { bytes, words } = benchRecord();
  const check = new Check(reader);
  const micros = new Float64Array(task.count);
  const deadline = new Deadline();
  const begun = performance.now();
  for (let round = 0; round < task.count; round++) {
    fillBenchRecord(words, round);
    const start = performance.now();
    writer.write(bytes);
    while (reader.poll(check.handler, 1) === 0) deadline.check(check.verified);
    micros[round] = (performance.now() - start) * 1000;
  }
  const millis = performance.now() - begun;
  return { verified: check.verified, millis, roundTrip: percentiles(micros) };
}

async function echo(task: BenchTask): Promise<BenchResult> {
  using reader = await ShmReader.waitFor(task.root, PING_CHANNEL, { timeoutMs: LONGEST_MILLIS });
  using writer = create(task.root, PONG_CHANNEL, task.count);
  send({ reply: 'ready' });
  const check = new Check(reader);
  const { bytes, words } = benchRecord();
  const deadline = new Deadline();
  const start = performance.now();
  for (let round = 0; round < task.count; round++) {
    while (reader.poll(check.handler, 1) === 0) deadline.check(check.verified);
    fillBenchRecord(words, round);
    writer.write(bytes);
  }
  return { verified: check.verified, millis: performance.now() - start };
}

/** Verifies records in order; throws at the first wrong one. */
class Check {
  verified = 0;
  #i32: Int32Array = new Int32Array(0);
  readonly handler = (buffer: Buffer, offset: number, length: number, position: number): void => {
    if (this.#i32.buffer !== buffer.buffer) {
      this.#i32 = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
    }
    if (!isBenchRecord(this.#i32, offset >> 2, length, this.verified))
      throw new Error(`the record at position ${position} is not record ${this.verified}`);
    this.verified++;
  };

  constructor(reader: Reader) {
    if (reader.position !== 0) throw new Error('the benchmark reads from the beginning');
  }
}

/** Fails when no record has arrived for {@link LONGEST_MILLIS}; checks the time at intervals. */
class Deadline {
  #end = performance.now() + LONGEST_MILLIS;
  #count = 0;
  #received = 0;

  /** @param received number of records so far */
  check(received: number): void {
    if (++this.#count % CHECK_CLOCK_EVERY !== 0) return;
    const now = performance.now();
    if (received !== this.#received) {
      this.#received = received;
      this.#end = now + LONGEST_MILLIS;
    } else if (now > this.#end) {
      throw new Error(`no record arrived for ${LONGEST_MILLIS / 1000} s`);
    }
  }
}

function create(root: string, channelId: number, records: number): ShmWriter {
  return ShmWriter.create(root, {
    channelId,
    writerId: process.pid,
    capacity: benchCapacity(records),
    maxMessageLength: BENCH_LENGTH,
    timeout: LONGEST_MILLIS,
    tickUnit: TickUnit.Millis,
    prefault: true,
  });
}

function percentiles(values: Float64Array): { p50: number; p99: number; max: number } {
  values.sort();
  const at = (share: number) => values[Math.floor((values.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function send(reply: BenchReply): void {
  process.send?.(reply);
}

/** Resolves at the next message, which starts the work; must be called before `ready` is sent. */
function nextGo(): Promise<void> {
  process.removeAllListeners('message');
  return new Promise((resolve) =>
    process.once('message', () => {
      process.on('message', (order) => void play(order as BenchOrder));
      resolve();
    }),
  );
}
