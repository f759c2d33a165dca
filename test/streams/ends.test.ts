/**
 * Ends of iterations and streams: only a closed channel ends them; a dead writer is an error; they wait for a
 * late one.
 */
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { iterateRecords } from '../../src/channel/index.js';
import {
  JournalReader,
  JournalWriter,
  json,
  observeChannel,
  type Reader,
  RingReader,
  RingWriter,
  recordBatches,
  recordReadable,
  recordReadableStream,
  ShmReader,
  ShmWriter,
  TimeoutReader,
  TypedReader,
  type Writer,
} from '../../src/index.js';
import { ManualClock } from '../../src/platform/index.js';
import { child } from '../child.js';
import { memoryFolder } from '../temporary.js';

const OPTIONS = {
  writerId: 1,
  channelId: 7,
  capacity: 65_536,
  maxMessageLength: 500,
  timeout: 100,
  tickUnit: 3,
} as const;

const KINDS = {
  log: { writer: ShmWriter, reader: ShmReader },
  ring: { writer: RingWriter, reader: RingReader },
  journal: { writer: JournalWriter, reader: JournalReader },
};
type Kind = keyof typeof KINDS;

/** Every surface that delivers records until there is an end; each calls `take` once for every record. */
const SURFACES: Record<string, (reader: Reader, take: () => void) => Promise<void>> = {
  'records()': async (reader, take) => {
    for await (const _ of reader.records()) take();
  },
  recordBatches: async (reader, take) => {
    for await (const batch of recordBatches(reader)) batch.forEach(take);
  },
  iterateRecords: async (reader, take) => {
    for await (const _ of iterateRecords(reader)) take();
  },
  'a typed reader': async (reader, take) => {
    for await (const _ of new TypedReader(reader, json())) take();
  },
  'a stream of records': async (reader, take) => {
    for await (const _ of recordReadable(reader)) take();
  },
  'a pipeline of records': (reader, take) =>
    pipeline(
      recordReadable(reader),
      new Writable({
        objectMode: true,
        write(_chunk, _encoding, done) {
          take();
          done();
        },
      }),
    ),
  'a web stream': async (reader, take) => {
    for await (const _ of recordReadableStream(reader)) take();
  },
  'records() of a TimeoutReader': async (reader, take) => {
    for await (const _ of new TimeoutReader(reader).records()) take();
  },
};

async function killedChannel(kind: Kind): Promise<string> {
  const root = memoryFolder();
  const writer = child(new URL('processes/killed-writer.mjs', import.meta.url), root, kind);
  expect(await once(writer, 'exit')).toEqual([null, 'SIGKILL']);
  return root;
}

describe.each(Object.keys(KINDS) as Kind[])('over a %s', (kind) => {
  it('every surface delivers the records of a killed writer and then fails, also when started again', async () => {
    const root = await killedChannel(kind);
    const read = async (name: string) => {
      using reader = KINDS[kind].reader.open(root, 7);
      let records = 0;
      const surface = SURFACES[name] as (typeof SURFACES)[string];
      const dead = { code: 'TIMEOUT', writer: 'dead' };
      await expect(
        surface(reader, () => records++),
        name,
      ).rejects.toMatchObject(dead);
      expect(records, name).toBe(10);
      // A stream has closed its reader.
      if (name.includes('stream') || name.includes('pipeline')) return;
      await expect(
        surface(reader, () => {}),
        name,
      ).rejects.toMatchObject(dead);
    };
    await Promise.all(Object.keys(SURFACES).map(read));
  });

  it('a stream waits for a writer that is late, reports it, and ends when it closes', async () => {
    const root = memoryFolder();
    const clock = new ManualClock();
    const writer: Writer = KINDS[kind].writer.create(root, OPTIONS);
    const stream = recordReadable(KINDS[kind].reader.open(root, 7, { clock }));
    const late: unknown[] = [];
    stream.on('late', (timeout) => late.push(timeout));
    const seen: string[] = [];
    stream.on('data', (record) => seen.push(String(record)));
    writer.write(Buffer.from('a'));
    await once(stream, 'data');
    const ticking = setInterval(() => clock.advance(200), 1);
    await once(stream, 'late');
    clearInterval(ticking);
    writer.write(Buffer.from('b'));
    writer.close();
    await once(stream, 'end');
    expect(seen).toEqual(['a', 'b']);
    expect(late).toEqual([expect.objectContaining({ code: 'TIMEOUT', writer: 'late' })]);
  });
});

it('a late writer that dies is reported as dead during the same silence', () => {
  const clock = new ManualClock();
  const root = memoryFolder();
  const writer = ShmWriter.create(root, OPTIONS);
  using reader = ShmReader.open(root, 7, { clock });
  const states = [];
  reader.poll(() => {});
  for (const step of [200, 200]) {
    clock.advance(step);
    reader.poll(() => {});
    states.push(reader.endReason?.writer);
    writer.detach();
  }
  expect(states).toEqual(['late', 'dead']);
});

it('a final timeout fails an iteration although the writer is alive', async () => {
  const root = memoryFolder();
  using _writer = ShmWriter.create(root, { ...OPTIONS, timeout: 10 });
  using reader = ShmReader.open(root, 7, { timeout: 'final' });
  await expect(async () => {
    for await (const _ of reader.records());
  }).rejects.toMatchObject({ code: 'TIMEOUT', writer: 'late', final: true });
});

it('an unknown lock counts as that of a live writer', async () => {
  const reason = { code: 'TIMEOUT', writer: 'unknown' };
  const late: unknown[] = [];
  const stop = new AbortController();
  const source = { doorbell: null, endReason: reason, tryRead: () => null } as never;
  const onLate = (timeout: unknown) => {
    late.push(timeout);
    setImmediate(() => stop.abort());
  };
  for await (const _ of iterateRecords(source, { signal: stop.signal, onLate }));
  expect(late).toEqual([reason]);
});

it('records that a writer published just before it died are delivered before the error', async () => {
  const records = ['last'];
  let reads = 0;
  const dead = { code: 'TIMEOUT', writer: 'dead' };
  const source = {
    doorbell: null,
    endReason: dead,
    // The first read came before the record; the look at the lock came after the death.
    tryRead: () => (reads++ === 0 ? null : (records.shift() ?? null)),
  } as never;
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const record of iterateRecords(source)) seen.push(record);
  })();
  await expect(reading).rejects.toBe(dead);
  expect(seen).toEqual(['last']);
});

it('eleven loops on one signal do not warn, and all of them end', async () => {
  const root = memoryFolder();
  using _writer = ShmWriter.create(root, { ...OPTIONS, timeout: 60_000 });
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  const stop = new AbortController();
  const { signal } = stop;
  const loops = Array.from({ length: 11 }, async () => {
    using reader = ShmReader.open(root, 7);
    for await (const _ of reader.records({ signal }));
  });
  const waits = Promise.allSettled(Array.from({ length: 11 }, () => ShmReader.waitFor(root, 8, { signal })));
  const observed = Promise.allSettled(
    Array.from({ length: 11 }, () => observeChannel(root, 7, { signal, observeMs: 60_000 })),
  );
  const streams = Array.from({ length: 11 }, () => recordReadable(ShmReader.open(root, 7), { signal }));
  const closed = streams.map((stream) => {
    stream.resume();
    return once(
      stream.on('error', () => {}),
      'close',
    ).catch(() => {});
  });
  await new Promise(setImmediate);
  stop.abort();
  await Promise.all([...loops, ...closed]);
  for (const wait of await waits) expect(wait.status).toBe('rejected');
  for (const scan of await observed) expect(scan.status).toBe('rejected');
  await new Promise(setImmediate);
  process.off('warning', warn);
  expect(warnings).toEqual([]);
});
