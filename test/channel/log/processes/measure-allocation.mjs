// Bytes of heap that one record costs, by way of writing or reading. Started with a young generation so large that
// nothing is collected meanwhile: what was allocated is what the heap has grown by.
import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';
import { ShmReader, ShmWriter, TickUnit } from 'ringwire';

const [root, backend, count] = process.argv.slice(2);
const COUNT = Number(count);
const SIZE = 24;
let channelId = 0;
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

function channel() {
  channelId++;
  const writer = ShmWriter.create(root, {
    writerId: 1,
    channelId,
    capacity: COUNT * 32 + 4096,
    maxMessageLength: 100,
    timeout: 30,
    tickUnit: TickUnit.Secs,
    backend,
  });
  return { writer, reader: ShmReader.open(root, channelId, { backend }) };
}

const record = Buffer.alloc(SIZE, 1);
const batch = Array.from({ length: 16 }, () => Buffer.alloc(SIZE, 2));
let kept;
let bytes = 0;
const handler = (_buffer, _offset, length) => {
  bytes += length;
};

const ways = {
  write: ({ writer }) => {
    for (let i = 0; i < COUNT; i++) writer.write(record);
  },
  tryClaim: ({ writer }) => {
    for (let i = 0; i < COUNT; i++) {
      const offset = writer.tryClaim(SIZE);
      writer.buffer[offset] = i;
      writer.commit();
    }
  },
  writeBatch: ({ writer }) => {
    for (let i = 0; i < COUNT; i += 16) writer.writeBatch(batch);
  },
  stage: ({ writer }) => {
    for (let i = 0; i < COUNT; i += 16) {
      for (let k = 0; k < 16; k++) {
        const offset = writer.stage(SIZE);
        writer.buffer[offset] = k;
      }
      writer.publish();
    }
  },
  poll: ({ reader }) => {
    while (reader.poll(handler, 100) > 0);
  },
  // One record, then nothing: two processes that take turns. It starts the clock of the time-out each time.
  'poll in turns': ({ reader, writer }) => {
    for (let i = 0; i < COUNT; i++) {
      writer.write(record);
      reader.poll(handler);
      reader.poll(handler);
    }
  },
  // What the others must not do, to show that it would be seen.
  'a view per record': ({ writer }) => {
    for (let i = 0; i < COUNT; i++) {
      kept = record.subarray(0, SIZE);
      writer.write(kept);
    }
  },
  'a number per record': () => {
    for (let i = 0; i < COUNT; i++) kept = BigInt(i);
  },
};

function filled() {
  const made = channel();
  for (let i = 0; i < COUNT; i++) made.writer.write(record);
  return made;
}

const perRecord = {};
for (const [name, way] of Object.entries(ways)) {
  const make = name === 'poll' ? filled : channel;
  const close = ({ writer, reader }) => {
    reader.close();
    writer.close();
    fs.rmSync(writer.path);
  };
  // Until everything on the way is compiled.
  for (let round = 0; round < 3; round++) {
    const warm = make();
    way(warm);
    close(warm);
  }
  // The least of three: what a record costs is in each of them, what the engine's own work costs is not.
  for (let round = 0; round < 3; round++) {
    const measured = make();
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
    collections = 0;
    const before = v8.getHeapStatistics().used_heap_size;
    way(measured);
    const grown = v8.getHeapStatistics().used_heap_size - before;
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (collections === 0) perRecord[name] = Math.min(perRecord[name] ?? Infinity, grown / COUNT);
    close(measured);
  }
}
if (bytes === 0) throw new Error('nothing was read');
fs.writeSync(1, JSON.stringify(perRecord));
