/** Streams over logs, journals and rings: order, content, back pressure, abort and ends. */
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  RingReader,
  RingWriter,
  recordBatches,
  recordDuplex,
  recordReadable,
  recordReadableStream,
  recordWritable,
  recordWritableStream,
  ShmReader,
  ShmWriter,
} from '../../src/index.js';
import { RING, recordOf } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';

const KINDS = {
  log: (root: string) => {
    const writer = ShmWriter.create(root, { ...RING, capacity: 1 << 20, maxMessageLength: 56 });
    return { writer, reader: ShmReader.open(root, 7) };
  },
  journal: (root: string) => {
    const writer = JournalWriter.create(root, { ...RING, capacity: 16_384, maxMessageLength: 56 });
    return { writer, reader: JournalReader.open(root, 7) };
  },
  'back-pressure ring': (root: string) => {
    const writer = RingWriter.create(root, { ...RING, policy: 'back-pressure' });
    return { writer, reader: RingReader.open(root, 7) };
  },
};

for (const [kind, open] of Object.entries(KINDS)) {
  describe(`streams over a ${kind}`, () => {
    it.each(['records', 'batches'] as const)('carry every record in order, as %s', async (mode) => {
      const { writer, reader } = open(memoryFolder());
      const source = Array.from({ length: 2000 }, (_, i) => recordOf(i, 8 + (i % 40)));
      const seen: Buffer[] = [];
      const chunks = mode === 'records' ? source : [source.slice(0, 900), source.slice(900)];
      await Promise.all([
        pipeline(chunks, recordWritable(writer, { mode })),
        pipeline(recordReadable(reader, { mode }), async (stream) => {
          for await (const chunk of stream) seen.push(...(mode === 'batches' ? chunk : [chunk]));
        }),
      ]);
      expect(seen).toEqual(source);
    });

    it('carry bytes with any chunk boundaries', async () => {
      const { writer, reader } = open(memoryFolder());
      const source = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i * 7));
      const seen: Buffer[] = [];
      await Promise.all([
        pipeline([source.subarray(0, 3), source.subarray(3)], recordWritable(writer, { mode: 'bytes' })),
        pipeline(recordReadable(reader, { mode: 'bytes' }), async (stream) => {
          for await (const chunk of stream) seen.push(chunk);
        }),
      ]);
      expect(Buffer.concat(seen)).toEqual(source);
    });

    it('work as web streams', async () => {
      const { writer, reader } = open(memoryFolder());
      const out = recordWritableStream(writer).getWriter();
      for (let i = 0; i < 5; i++) await out.write(recordOf(i, 8));
      await out.close();
      const seen: Buffer[] = [];
      for await (const record of recordReadableStream(reader)) seen.push(record);
      expect(seen).toEqual(Array.from({ length: 5 }, (_, i) => recordOf(i, 8)));
    });

    it('end with an AbortError when the signal aborts while the reader sleeps', async () => {
      const { writer, reader } = open(memoryFolder());
      const abort = new AbortController();
      const stream = recordReadable(reader, { signal: abort.signal });
      const ended = pipeline(stream, async (records) => {
        for await (const _ of records) expect.fail('there is no record');
      });
      setTimeout(() => abort.abort(), 30);
      await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
      writer.close();
    });
  });
}

it('an unconsumed stream blocks the writer of its ring', async () => {
  const { writer, reader } = KINDS['back-pressure ring'](memoryFolder());
  const stream = recordReadable(reader, { highWaterMark: 4, batch: 4 });
  stream.read(0);
  let taken = 0;
  for (let turn = 0; turn < 50; turn++) {
    while (writer.tryWrite(recordOf(taken, 56)) > 0) taken++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // The ring, what the stream holds, and one batch.
  expect(taken).toBeLessThanOrEqual(15 + 4 + 4 + 1);
  let read = 0;
  stream.on('data', () => read++);
  await expect.poll(() => read).toBe(taken);
  stream.destroy();
  writer.close();
});

it('a writable blocks its producer while readers block the writer', async () => {
  const { writer, reader } = KINDS['back-pressure ring'](memoryFolder());
  const stream = recordWritable(writer, { highWaterMark: 2 });
  let more = true;
  for (let i = 0; i < 40 && more; i++) {
    more = stream.write(recordOf(i, 56));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(more).toBe(false);
  const drained = new Promise((resolve) => stream.once('drain', resolve));
  reader.poll(() => {});
  await drained;
  stream.destroy();
  reader.close();
});

it('a duplex reads from one channel and writes to another', async () => {
  const [there, back] = [KINDS.log(memoryFolder()), KINDS.log(memoryFolder())];
  const duplex = recordDuplex(back.reader, there.writer);
  duplex.write('question');
  await expect.poll(() => there.reader.tryRead()?.toString()).toBe('question');
  const answer = new Promise((resolve) => duplex.once('data', (record) => resolve(record.toString())));
  back.writer.write(Buffer.from('answer'));
  expect(await answer).toBe('answer');
  duplex.end();
  back.writer.close();
  await new Promise((resolve) => duplex.resume().once('close', resolve));
  expect(there.reader.tryRead()).toBeNull();
  expect(there.reader.endReason?.code).toBe('CLOSED');
  there.reader.close();
});

it('many readers of one process wait concurrently, and all wake up', async () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  const readers = Array.from({ length: 16 }, () => RingReader.open(root, 7));
  const all = readers.map(async (reader) => {
    for await (const batch of recordBatches(reader)) return batch.length;
    return 0;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  writer.write(recordOf(1, 8));
  expect(await Promise.all(all)).toEqual(Array(16).fill(1));
  for (const reader of readers) reader.close();
  writer.close();
});

it.each([
  ['records', Buffer.alloc(0)],
  ['records', ''],
  ['batches', [Buffer.from('a'), Buffer.alloc(0)]],
] as const)('an empty record in a stream of %s is refused and makes no heartbeat', async (mode, chunk) => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  using reader = RingReader.open(root, 7);
  const stream = recordWritable(writer, { mode });
  await expect(pipeline([chunk], stream)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  while (reader.tryRead() !== null);
  expect(reader.heartbeats).toBe(0);
});

it('an empty chunk in a stream of bytes adds nothing', async () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  using reader = RingReader.open(root, 7);
  await pipeline(
    [Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')],
    recordWritable(writer, { mode: 'bytes' }),
  );
  const seen: string[] = [];
  reader.poll((buffer, offset, length) => seen.push(buffer.toString('utf8', offset, offset + length)));
  expect([seen, reader.heartbeats]).toEqual([['a', 'b'], 0]);
});
