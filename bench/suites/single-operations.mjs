// @ts-check
/** Single operations of one process, measured by tinybench. One iteration is many operations on one large channel. */
import * as ringwire from 'ringwire';
import { Bench } from 'tinybench';
import { benchChannel, DATA } from '../processes/channel-options.mjs';
import { stampedRecord } from '../record-content.mjs';

const LENGTHS = [16, 64, 256, 1024];
const BATCH = 16;

/** @param {import('../context.mjs').Context} context */
export async function measureSingleOperations(context) {
  const { operations, iterations } = context.settings;
  const results = [];
  for (const { name, length, prepare } of tasks()) {
    context.progress(`single operations: ${name}`);
    results.push(
      await context.withFolder(async (root) => {
        const calls = operations * (iterations * 2 + 4);
        const writer = ringwire.ShmWriter.create(root, benchChannel(DATA, calls, Math.max(length, 16)));
        const reader = ringwire.ShmReader.open(root, DATA);
        const bench = new Bench({ time: 0, iterations, warmupTime: 0, warmupIterations: iterations });
        bench.add(name, prepare(writer, reader, operations));
        await bench.run();
        const [task] = bench.tasks;
        const result = task?.result;
        reader.close();
        writer.close();
        if (result === undefined || !('latency' in result)) throw new Error(`${name}: no result`);
        const { latency } = result;
        return {
          name,
          nanosPerOperation: (latency.p50 * 1e6) / operations,
          marginOfErrorPercent: latency.rme,
          operations,
          iterations,
        };
      }),
    );
  }
  return results;
}

/**
 * @typedef {object} Task
 * @property {string} name
 * @property {number} length
 * @property {(writer: ringwire.ShmWriter, reader: ringwire.ShmReader, operations: number) => () => void} prepare
 */

/** @returns {Task[]} */
function tasks() {
  const noop = () => {};
  return [
    ...LENGTHS.map((length) => ({
      name: `write, ${length} bytes`,
      length,
      prepare: repeated((writer) => {
        const { record, stamp } = stampedRecord(length);
        return (n) => {
          stamp(n);
          writer.write(record);
        };
      }),
    })),
    {
      name: 'tryClaim and commit, 64 bytes',
      length: 64,
      prepare: repeated((writer) => {
        const { buffer } = writer;
        const words = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
        return (n) => {
          words[writer.tryClaim(64) >> 2] = n;
          writer.commit();
        };
      }),
    },
    {
      name: 'writeBatch of 16, 64 bytes, per record',
      length: 64,
      prepare(writer, _reader, operations) {
        const batch = Array.from({ length: BATCH }, () => stampedRecord(64).record);
        return () => {
          for (let n = 0; n < operations; n += BATCH) writer.writeBatch(batch);
        };
      },
    },
    { name: 'heartbeat', length: 0, prepare: repeated((writer) => () => writer.heartbeat()) },
    {
      name: 'poll, 64 bytes, per record',
      length: 64,
      prepare(writer, reader, operations) {
        const { record } = stampedRecord(64);
        for (let n = 0; n < operations; n++) writer.write(record);
        return () => {
          reader.moveTo(0);
          if (reader.poll(noop) !== operations) throw new Error('records are missing');
        };
      },
    },
    {
      name: 'tryRead, 64 bytes',
      length: 64,
      prepare(writer, reader, operations) {
        const { record } = stampedRecord(64);
        for (let n = 0; n < operations; n++) writer.write(record);
        return () => {
          reader.moveTo(0);
          for (let n = 0; n < operations; n++)
            if (reader.tryRead() === null) throw new Error('a record is missing');
        };
      },
    },
    {
      name: 'poll, nothing there',
      length: 0,
      prepare: repeated((_writer, reader) => () => reader.poll(noop)),
    },
  ];
}

/**
 * @param {(writer: ringwire.ShmWriter, reader: ringwire.ShmReader) => (n: number) => unknown} make one operation
 * @returns {Task['prepare']}
 */
function repeated(make) {
  return (writer, reader, operations) => {
    const operation = make(writer, reader);
    return () => {
      for (let n = 0; n < operations; n++) operation(n);
    };
  };
}
