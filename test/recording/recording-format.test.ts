/** The file of a recording: golden bytes, torn tails and damage. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChannelHeader, type RingHeader, TickUnit } from '../../src/channel/index.js';
import { RingwireError } from '../../src/platform/index.js';
import type { RecordingFile } from '../../src/recording/recording-file.js';
import {
  decodeRecordingHeader,
  EntryKind,
  encodeRecordingHeader,
  RECORDING_HEADER_LENGTH,
  sealEntry,
} from '../../src/recording/recording-layout.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RecordingWriter } from '../../src/recording/recording-writer.js';
import { temporaryFolder } from '../temporary.js';

const LOG: ChannelHeader = {
  version: 0x0001_0000_0000_0000n,
  writerId: 1n,
  channelId: 7n,
  capacity: 131_072,
  maxMessageLength: 512,
  timeout: 10n,
  creationTime: 1_700_000_000n,
  tickUnit: TickUnit.Secs,
};
const RING: RingHeader = {
  ...LOG,
  version: 0x0002_0000_0000_0000n,
  policy: 'back-pressure',
  stuckReader: 'fail',
  stuckAfterMs: 5000,
};
const START = 1_795_242_578_949_119_833n;

/** An entry as its recorder would write it. */
function entry(kind: number, nanos: number, body: Buffer): Buffer {
  const bytes = Buffer.alloc(20 + body.length);
  body.copy(bytes, 20);
  sealEntry(bytes, 0, kind, nanos, body.length);
  return bytes;
}

const header = encodeRecordingHeader({ start: START, channel: LOG, journal: false });
const one = entry(EntryKind.Record, 1_000_000, Buffer.from('one'));
const two = entry(EntryKind.Record, 2 ** 33 + 5, Buffer.from('second'));
const loss = entry(
  EntryKind.Loss,
  2 ** 33 + 6,
  Buffer.from('0a000000000000004001000000000000e803000000000000280500000000000', 'hex'),
);

const end = (records: number, lost: number) => {
  const body = Buffer.alloc(24);
  body.writeUInt32LE(1);
  body.writeUInt32LE(records, 8);
  body.writeUInt32LE(lost, 16);
  return entry(EntryKind.End, 2 ** 33 + 7, body);
};

interface Found {
  readonly entries: string[];
  readonly end: string | null;
  readonly code: string | null;
}

/** Everything that can be read from a recording of these bytes. */
async function found(bytes: Buffer): Promise<Found> {
  const entries: string[] = [];
  let end: string | null = null;
  try {
    using recording = await RecordingReader.read(Readable.from([bytes]), 'file');
    for (let next = await recording.next(); next !== null; next = await recording.next()) {
      entries.push(next.kind === 'record' ? `${next.nanos} ${next.body}` : `lost ${next.loss.records}`);
    }
    end = recording.end?.end ?? null;
  } catch (error) {
    if (!(error instanceof RingwireError)) throw error;
    return { entries, end, code: error.code };
  }
  return { entries, end, code: null };
}

test('a recording has the documented bytes', () => {
  expect(header.length).toBe(RECORDING_HEADER_LENGTH);
  expect(header.toString('hex')).toBe(
    '5257524543443031591feb2b9dfbe918' + // signature; start
      '2a4b454b4249542a0000000000000100' + // header of the channel: signature, version 1.0.0,
      '01000000000000000700000000000000' + // writer 1, channel 7,
      '0000020000020000' + // capacity, largest record,
      '0a0000000000000000f1536500000000' + // time-out, creation time,
      `00${'00'.repeat(79)}` + // tick unit id, and zeros
      '00'.repeat(4) +
      'bb392d2a', // CRC-32
  );
  expect(one.toString('hex')).toBe('85865817' + '0300000040420f000000000001000000' + '6f6e65');
  expect(two.toString('hex')).toBe('de955337' + '060000000500000002000000' + '01000000' + '7365636f6e64');
});

test('headers of both kinds of channels decode to the encoded ones', async () => {
  const folder = temporaryFolder();
  for (const channel of [LOG, RING]) {
    const file = path.join(folder, String(channel.version));
    writeFileSync(file, encodeRecordingHeader({ start: START, channel, journal: channel === LOG }));
    using recording = await RecordingReader.open(file);
    expect(recording.header).toEqual({ start: START, channel, journal: channel === LOG });
  }
});

test('a complete recording returns its entries and its end', async () => {
  const losing = entry(EntryKind.Loss, 2 ** 33 + 6, Buffer.concat([u64(10), u64(320), u64(1000), u64(1320)]));
  expect(await found(Buffer.concat([header, one, two, losing, end(2, 10)]))).toEqual({
    entries: ['1000000 one', '8589934597 second', 'lost 10'],
    end: 'closed',
    code: null,
  });
});

test('a recording torn at any byte returns every complete entry', async () => {
  const whole = Buffer.concat([header, one, two, end(2, 0)]);
  const borders = [header.length, header.length + one.length, header.length + one.length + two.length];
  for (let length = 0; length < whole.length; length++) {
    const { entries, end, code } = await found(whole.subarray(0, length));
    const expected = borders.filter((border) => border <= length).length - 1;
    expect({ length, end, entries: entries.length }).toEqual({
      length,
      end: null,
      entries: Math.max(0, expected),
    });
    expect(code).toBe(length < header.length ? 'STORAGE_TRUNCATED' : null);
  }
});

test('a tail of zeros, as a power cut leaves it, is a torn tail of any length; bytes after zeros are damage', async () => {
  for (const zeros of [1, 20, 100, 3_000_000]) {
    const torn = await found(Buffer.concat([header, one, Buffer.alloc(zeros)]));
    expect(torn).toEqual({ entries: ['1000000 one'], end: null, code: null });
  }
  for (const zeros of [20, 3_000_000]) {
    const damaged = await found(Buffer.concat([header, one, Buffer.alloc(zeros), two]));
    expect(damaged).toEqual({ entries: ['1000000 one'], end: null, code: 'CORRUPT_CHANNEL' });
  }
});

test('detects every flipped bit, and delivers no entry after it', async () => {
  const flip = (bytes: Buffer, bit: number) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    return flipped;
  };
  for (let bit = 0; bit < header.length * 8; bit++) {
    expect(() => decodeRecordingHeader(flip(header, bit), 'file')).toThrow(RingwireError);
  }
  const entries = Buffer.concat([one, two, end(2, 0)]);
  for (let bit = 0; bit < entries.length * 8; bit++) {
    const read = await found(Buffer.concat([header, flip(entries, bit)]));
    // A length that leads behind the end of the file cannot be told from a torn entry.
    expect({ bit, noticed: read.code !== null || read.end === null }).toEqual({ bit, noticed: true });
    expect(['1000000 one', '8589934597 second'].slice(0, read.entries.length)).toEqual(read.entries);
  }
});

test.each([
  [
    'no recording',
    Buffer.from('something else that is longer than a header'.repeat(10)),
    'INVALID_SIGNATURE',
  ],
  ['an empty file', Buffer.alloc(0), 'STORAGE_TRUNCATED'],
  ['a later version', Buffer.concat([Buffer.from('RWRECD02'), header.subarray(8)]), 'INCOMPATIBLE_VERSION'],
  ['a later kind of entry', Buffer.concat([header, entry(9, 1, Buffer.from('?'))]), 'INCOMPATIBLE_VERSION'],
  ['an impossible length', Buffer.concat([header, entry(1, 1, Buffer.alloc(513))]), 'CORRUPT_CHANNEL'],
  ['an empty record', Buffer.concat([header, entry(1, 1, Buffer.alloc(0))]), 'CORRUPT_CHANNEL'],
  ['a loss that is none', Buffer.concat([header, loss]), 'CORRUPT_CHANNEL'],
  ['fewer records than its end says', Buffer.concat([header, one, end(2, 0)]), 'CORRUPT_CHANNEL'],
  ['bytes after its end entry', Buffer.concat([header, one, end(1, 0), two]), 'CORRUPT_CHANNEL'],
])('%s is refused with a code', async (_, bytes, code) => {
  expect((await found(bytes)).code).toBe(code);
});

test('refuses a missing file and a folder with a code', async () => {
  const folder = temporaryFolder();
  await expect(RecordingReader.open(path.join(folder, 'none'))).rejects.toMatchObject({
    code: 'STORAGE_NOT_FOUND',
  });
  await expect(RecordingReader.open(folder)).rejects.toMatchObject({ code: 'COULD_NOT_ACCESS_STORAGE' });
});

const step = fc.oneof(
  { weight: 10, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 512 }) },
  fc.record({ records: fc.nat(), bytes: fc.nat(), from: fc.maxSafeNat(), to: fc.maxSafeNat() }),
);

test('a reader returns the recorded entries for any split of the stream', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 700 }),
      async (steps, flushEvery, size) => {
        const written: Buffer[] = [];
        const writer = new RecordingWriter(inMemory(written), LOG);
        for (const [i, step] of steps.entries()) {
          writer.setTime();
          if (step instanceof Uint8Array) writer.record(Buffer.from(step), 0, step.length);
          else writer.loss(step);
          if (i % flushEvery === 0) await writer.flush();
        }
        await writer.end('stopped');
        const bytes = Buffer.concat(written);
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
          bytes.subarray(i * size, (i + 1) * size),
        );
        using recording = await RecordingReader.read(Readable.from(pieces), 'file');
        let before = 0;
        for (const step of steps) {
          const next = await recording.next();
          if (step instanceof Uint8Array) expect(next).toMatchObject({ body: Buffer.from(step) });
          else expect(next).toMatchObject({ kind: 'loss', loss: step });
          expect(next?.nanos).toBeGreaterThanOrEqual(before);
          before = next?.nanos ?? 0;
        }
        expect(await recording.next()).toBeNull();
        expect(recording.end).toMatchObject({ end: 'stopped', records: writer.records, lost: writer.lost });
      },
    ),
    { numRuns: 50 },
  );
});

function inMemory(pieces: Buffer[]): RecordingFile {
  return {
    write: async (bytes) => void pieces.push(Buffer.from(bytes)),
    finish: async () => {},
    abandon: async () => {},
  };
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
