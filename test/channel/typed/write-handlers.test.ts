import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChannelOptions,
  ChecksumHandler,
  EncoderHandler,
  link,
  type RecordDecorator,
  raw,
  SequenceHandler,
  ShmReader,
  ShmWriter,
  TickUnit,
  TimestampHandler,
  TypedReader,
  TypedWriter,
  utf8,
} from '../../../src/channel/index.js';
import { crc32, tableCrc32 } from '../../../src/platform/crc32.js';
import type { Clock } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';
import { readJson, vectorsFolder } from '../../vectors.js';
import { bytesOf, CHANNEL, DATA, EXAMPLE, fileOf, poke } from '../log/example-channel.js';

/** A clock that tells the given times, one after the other. */
function clockOf(...nanos: bigint[]): Clock {
  return { monotonicMillis: () => 0, unixNanos: () => nanos.shift() as bigint };
}

function recordsOf(root: string): Buffer[] {
  using reader = ShmReader.open(root, CHANNEL);
  const records: Buffer[] = [];
  for (let record = reader.tryRead(); record !== null; record = reader.tryRead()) records.push(record);
  return records;
}

const vectors = vectorsFolder('kekbit');

interface Vector {
  file: string;
  channel_id: string;
  metadata: { creation_time: string };
  records: { hex: string }[];
}

describe('records equal those of kekbit byte by byte', () => {
  /** Writes what the original wrote, with times taken from its records at `at`. */
  function compare(
    name: string,
    unit: TickUnit | null,
    at: number,
    handlerOf: (clock: Clock) => RecordDecorator,
    write: (writer: TypedWriter<Uint8Array>) => void,
  ): void {
    const folder = vectors;
    const vector = readJson<Vector>(path.join(folder, name, 'vector.json'));
    const ticks = vector.records.map(({ hex }) => Buffer.from(hex, 'hex').readBigUInt64LE(at));
    const times = unit === null ? [] : ticks.map((tick) => tick * 10n ** BigInt(9 - unit));
    const root = temporaryFolder();
    const options: ChannelOptions = {
      writerId: 1,
      channelId: BigInt(vector.channel_id),
      capacity: 0,
      maxMessageLength: 100,
      timeout: 5,
      tickUnit: TickUnit.Secs,
      clock: clockOf(BigInt(vector.metadata.creation_time) * 1_000_000_000n),
    };
    const writer = new TypedWriter(ShmWriter.create(root, options), raw, handlerOf(clockOf(...times)));
    write(writer);
    writer.close();
    const theirs = readFileSync(path.join(folder, vector.file));
    const ours = readFileSync(fileOf(root, options.channelId));
    expect(ours.subarray(0, theirs.length).equals(theirs)).toBe(true);
    expect(ours.subarray(theirs.length).equals(Buffer.alloc(ours.length - theirs.length))).toBe(true);
  }

  const both = (writer: TypedWriter<Uint8Array>) => {
    writer.write(Buffer.from('one'));
    writer.write(Buffer.from('two'));
  };

  test('a sequence that starts after 47', () =>
    compare('new-handlers-seq', null, 0, () => link(new EncoderHandler(), new SequenceHandler(47)), both));

  test('timestamp, sequence, data', () =>
    compare(
      'new-handlers-ts-seq',
      TickUnit.Millis,
      0,
      (clock) =>
        link(link(new EncoderHandler(), new SequenceHandler()), new TimestampHandler(TickUnit.Millis, clock)),
      both,
    ));

  test('sequence, timestamp, data', () =>
    compare(
      'new-handlers-seq-ts',
      TickUnit.Nanos,
      8,
      (clock) =>
        link(link(new EncoderHandler(), new TimestampHandler(TickUnit.Nanos, clock)), new SequenceHandler()),
      both,
    ));

  test('with the option attempt a refused record leaves a gap', () =>
    compare(
      'new-handlers-seq-gap',
      null,
      0,
      () => link(new EncoderHandler(), new SequenceHandler(0, { advance: 'attempt' })),
      (writer) => {
        writer.write(Buffer.from('one'));
        expect(() => writer.write(Buffer.alloc(113))).toThrow(
          expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED' }),
        );
        writer.write(Buffer.from('two'));
      },
    ));

  test('a bare timestamp, of a record without data', () =>
    compare(
      'new-handlers-bare-ts',
      TickUnit.Secs,
      0,
      (clock) => new TimestampHandler(TickUnit.Secs, clock),
      (writer) => writer.write(Buffer.alloc(0)),
    ));
});

describe('sequence', () => {
  test('a refused record uses no number by default', () => {
    const root = temporaryFolder();
    const writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), raw, new SequenceHandler());
    writer.write(Buffer.from('a'));
    expect(writer.tryWrite(Buffer.alloc(10_000))).toBeLessThan(0);
    writer.write(Buffer.from('b'));
    writer.close();
    expect(recordsOf(root).map((record) => record.readBigUInt64LE())).toEqual([1n, 2n]);
  });

  test('carries into the high half, and wraps at 2^64', () => {
    const root = temporaryFolder();
    const first = new TypedWriter(ShmWriter.create(root, EXAMPLE), raw, new SequenceHandler(0xffff_fffen));
    for (let i = 0; i < 3; i++) first.write(Buffer.alloc(0));
    const second = new TypedWriter(first.writer, raw, new SequenceHandler(2n ** 64n - 2n));
    for (let i = 0; i < 2; i++) second.write(Buffer.alloc(0));
    second.close();
    expect(recordsOf(root).map((record) => record.readBigUInt64LE())).toEqual([
      0xffff_ffffn,
      0x1_0000_0000n,
      0x1_0000_0001n,
      2n ** 64n - 1n,
      0n,
    ]);
  });

  test('the reader counts missing records, and a step back is not a loss', () => {
    const root = temporaryFolder();
    const writer = ShmWriter.create(root, EXAMPLE);
    for (const last of [4, 5, 9]) {
      new TypedWriter(writer, utf8, new SequenceHandler(last)).write('x');
    }
    const handler = new SequenceHandler();
    using reader = new TypedReader(ShmReader.open(root, CHANNEL), utf8, handler);
    reader.poll(() => {});
    expect({ sequence: handler.sequence, missed: handler.missed }).toEqual({ sequence: 10n, missed: 3 });
    reader.reader.moveTo(24);
    reader.poll(() => {}, 1);
    expect({ sequence: handler.sequence, missed: handler.missed }).toEqual({ sequence: 6n, missed: 3 });
    writer.close();
  });
});

describe('timestamp', () => {
  test('the reader gets the write time of each record', () => {
    const root = temporaryFolder();
    const clock = clockOf(1_000_000n, 2_999_999n);
    using writer = new TypedWriter(
      ShmWriter.create(root, EXAMPLE),
      utf8,
      new TimestampHandler(TickUnit.Millis, clock),
    );
    writer.write('a');
    writer.write('b');
    const handler = new TimestampHandler(TickUnit.Millis);
    using reader = new TypedReader(ShmReader.open(root, CHANNEL), utf8, handler);
    const times: [string, bigint][] = [];
    reader.poll((value) => void times.push([value, handler.timestamp]));
    expect(times).toEqual([
      ['a', 1n],
      ['b', 2n],
    ]);
  });
});

describe('checksum', () => {
  const make = () => link(link(new EncoderHandler(), new SequenceHandler()), new ChecksumHandler());

  test('comes after all bytes inside it', () => {
    const root = temporaryFolder();
    using writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), utf8, make());
    expect(writer.write('data')).toBe(24);
    const [record] = recordsOf(root) as [Buffer];
    expect(record.subarray(0, 12)).toEqual(Buffer.from('\x01\0\0\0\0\0\0\0data'));
    expect(record.readUInt32LE(12)).toBe(crc32(record.subarray(0, 12), ~12 >>> 0));
  });

  test('detects every flipped bit of a record, also in its length, and the next record is delivered', () => {
    const root = temporaryFolder();
    const writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), raw, make());
    writer.write(Buffer.alloc(4));
    writer.write(Buffer.from('next'));
    writer.close();
    const sound = bytesOf(root).subarray(DATA, DATA + 24);
    const handler = make();
    let undetected = 0;
    for (let bit = 0; bit < 24 * 8; bit++) {
      const damaged = Buffer.from(sound);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      poke(root, 0, damaged);
      using reader = new TypedReader(ShmReader.open(root, CHANNEL), raw, handler);
      try {
        reader.tryRead();
        undetected++;
      } catch (error) {
        const { code, position } = error as { code: string; position: number };
        expect(['CHECKSUM_MISMATCH', 'DECODING_ERROR', 'CORRUPT_CHANNEL']).toContain(code);
        // A length that became 0 is a heartbeat; what follows it is then no record.
        expect(position).toBe(bit === 4 ? 8 : 0);
        if (code === 'CHECKSUM_MISMATCH' && bit >= 64)
          expect(reader.tryRead()).toMatchObject({ value: Buffer.from('next'), position: 24 });
      }
    }
    expect(undetected).toBe(0);
  });

  test('a record of another writer, too short for its handlers, is a decoding error', () => {
    const root = temporaryFolder();
    using writer = ShmWriter.create(root, EXAMPLE);
    writer.write(Buffer.from('short'));
    using reader = new TypedReader(ShmReader.open(root, CHANNEL), raw, make());
    expect(() => reader.tryRead()).toThrow(expect.objectContaining({ code: 'DECODING_ERROR', position: 0 }));
  });

  test('an inner checksum that fails leaves the sequence around it unchanged', () => {
    const root = temporaryFolder();
    using writer = new TypedWriter(
      ShmWriter.create(root, EXAMPLE),
      utf8,
      link(new ChecksumHandler(), new SequenceHandler()),
    );
    writer.write('a');
    writer.write('b');
    poke(root, 8 + 8, Buffer.from('x'));
    const sequence = new SequenceHandler();
    using reader = new TypedReader(
      ShmReader.open(root, CHANNEL),
      utf8,
      link(new ChecksumHandler(), sequence),
    );
    expect(() => reader.tryRead()).toThrow(expect.objectContaining({ code: 'CHECKSUM_MISMATCH' }));
    expect(sequence.sequence).toBe(0n);
    expect(reader.tryRead()?.value).toBe('b');
  });

  test('the table returns the checksums of zlib', () => {
    expect(tableCrc32(Buffer.from('123456789'), 0)).toBe(0xcbf4_3926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(0xffff_ffff), (data, value) => {
        expect(tableCrc32(data, value)).toBe(crc32(data, value));
      }),
    );
  });

  test('no module imports crc32 of node:zlib by name: Node 21 to 22.1 refuse to load it', () => {
    const source = path.resolve(import.meta.dirname, '../../../src');
    const importing = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .filter((file) =>
        /import[^;]*\bcrc32\b[^;]*from 'node:zlib'/.test(readFileSync(path.join(source, file), 'utf8')),
      );
    expect(importing).toEqual([]);
  });
});

test('the data is written exactly once, in any chain of handlers', () => {
  const kinds = [
    () => new SequenceHandler(3),
    () => new TimestampHandler(TickUnit.Secs, { monotonicMillis: () => 0, unixNanos: () => 0n }),
    () => new ChecksumHandler(),
    () => new EncoderHandler(),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { maxLength: 5 }),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      (chain, data) => {
        const root = temporaryFolder();
        const make = () =>
          chain.reduce<RecordDecorator>(
            (inner, kind) => link(inner, (kinds[kind] as () => RecordDecorator)()),
            new EncoderHandler(),
          );
        using writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), raw, make());
        const handler = make();
        const size = 8 + data.length + handler.incomingLength + handler.outgoingLength;
        expect(writer.write(data)).toBe(Math.ceil(size / 8) * 8);
        using reader = new TypedReader(ShmReader.open(root, CHANNEL), raw, handler);
        expect(reader.tryRead()?.value).toEqual(Buffer.from(data));
        expect(reader.tryRead()).toBe(null);
        const [record] = recordsOf(root) as [Buffer];
        expect(record.subarray(handler.incomingLength, handler.incomingLength + data.length)).toEqual(
          Buffer.from(data),
        );
      },
    ),
    { numRuns: 60 },
  );
});
