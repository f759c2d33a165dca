/**
 * Writer and reader compared with an array: after any sequence of calls the reader returns the written
 * records at the documented positions, and the file contains no other bytes.
 */
import fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShmReader, ShmWriter, WriteResult } from '../../../src/channel/index.js';
import { recordSize } from '../../../src/channel/log/log-record-layout.js';
import { availableBackends, type BackendName } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';

/** Sequences of up to 150 calls each, per back end. */
const RUNS = sized({ test: 100, all: 150, long: 2000 }, 'RINGWIRE_PROPERTY_RUNS');
const CAPACITY = 16_384;
const USABLE = CAPACITY - 16;
const LARGEST = 120;

type Call =
  | { do: 'write' | 'tryWrite'; data: Uint8Array; prefix: number | null }
  | { do: 'claim'; data: Uint8Array; keep: number; end: 'commit' | 'shrink' | 'abort' }
  | { do: 'batch'; records: Uint8Array[] }
  | { do: 'stage'; records: Uint8Array[]; end: 'publish' | 'discard' }
  | { do: 'heartbeat' | 'flush' }
  | { do: 'poll' | 'read'; limit: number }
  | { do: 'tryRead' }
  | { do: 'moveTo'; share: number; aligned: boolean }
  | { do: 'reuse'; times: number; length: number };

const record = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 0, maxLength: 130 }) },
);

const share = fc.double({ min: 0, max: 1, noNaN: true });

const calls: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('write' as const, 'tryWrite' as const),
      data: record,
      prefix: fc.option(share),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      data: record,
      keep: share,
      end: fc.constantFrom('commit' as const, 'shrink' as const, 'abort' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('batch' as const), records: fc.array(record, { maxLength: 90 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('stage' as const),
      records: fc.array(record, { maxLength: 20 }),
      end: fc.constantFrom('publish' as const, 'discard' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('heartbeat' as const, 'flush' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('poll' as const, 'read' as const),
      limit: fc.integer({ min: 0, max: 200 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tryRead' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('moveTo' as const), share, aligned: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('reuse' as const),
      times: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 1, max: 70 }),
    }),
  },
);

/** The channel as an array of records, heartbeats included, and the reader as an index into it. */
class Model {
  readonly records: { position: number; data: Uint8Array }[] = [];
  position = 0;
  next = 0;

  take(data: Uint8Array): number {
    this.records.push({ position: this.position, data: Uint8Array.from(data) });
    this.position += recordSize(data.length);
    return recordSize(data.length);
  }

  refusal(length: number): number | null {
    if (length > LARGEST) return WriteResult.RecordTooLong;
    return this.position + recordSize(length) > USABLE ? WriteResult.ChannelFull : null;
  }

  /** At most `limit` records, heartbeats skipped where they are not counted. */
  read(limit: number, countHeartbeats: boolean): string[] {
    const seen: string[] = [];
    for (let taken = 0; taken < limit && this.next < this.records.length; ) {
      const { position, data } = this.records[this.next++]!;
      if (data.length > 0) seen.push(`${position} ${Buffer.from(data).toString('hex')}`);
      if (data.length > 0 || countHeartbeats) taken++;
    }
    return seen;
  }

  get readPosition(): number {
    return this.records[this.next]?.position ?? this.position;
  }
}

const CODES: Record<number, string> = {
  [WriteResult.RecordTooLong]: 'MAX_RECORD_LENGTH_EXCEEDED',
  [WriteResult.ChannelFull]: 'CHANNEL_FULL',
};

function apply(call: Call, model: Model, writer: ShmWriter, reader: ShmReader): void {
  switch (call.do) {
    case 'write':
    case 'tryWrite': {
      const length = call.prefix === null ? call.data.length : Math.floor(call.prefix * call.data.length);
      const refusal = model.refusal(length);
      const taken = call.data.subarray(0, length);
      if (call.do === 'tryWrite') {
        expect(writer.tryWrite(call.data, length)).toBe(refusal ?? model.take(taken));
      } else if (refusal === null) expect(writer.write(call.data, length)).toBe(model.take(taken));
      else expect(codeOf(() => writer.write(call.data, length))).toBe(CODES[refusal]);
      break;
    }
    case 'claim': {
      const { length } = call.data;
      const offset = writer.tryClaim(length);
      const refusal = model.refusal(length);
      if (refusal !== null) {
        expect(offset).toBe(refusal);
        break;
      }
      expect(offset).toBe(model.position + 8);
      writer.buffer.set(call.data, offset);
      expect(codeOf(() => writer.tryWrite(call.data))).toBe('CLAIM_PENDING');
      const kept = Math.floor(call.keep * length);
      if (call.end === 'abort') writer.abort();
      else if (call.end === 'commit') expect(writer.commit()).toBe(model.take(call.data));
      else expect(writer.commit(kept)).toBe(model.take(call.data.subarray(0, kept)));
      break;
    }
    case 'batch': {
      const bytes = call.records.reduce((sum, data) => sum + recordSize(data.length), 0);
      const tooLong = call.records.some((data) => data.length > LARGEST);
      const code = codeOf(() => expect(writer.writeBatch(call.records)).toBe(bytes));
      if (tooLong) expect(code).toBe('MAX_RECORD_LENGTH_EXCEEDED');
      else if (model.position + bytes > USABLE) expect(code).toBe('CHANNEL_FULL');
      else {
        expect(code).toBe('none');
        for (const data of call.records) model.take(data);
      }
      break;
    }
    case 'stage': {
      stage(call.records, call.end, model, writer);
      break;
    }
    case 'reuse': {
      // The same buffer again and again, changed in between: it is copied another way from the second time on.
      const data = new Uint8Array(call.length);
      for (let i = 0; i < call.times; i++) {
        data.fill(i + 1);
        const refusal = model.refusal(call.length);
        expect(writer.tryWrite(data)).toBe(refusal ?? model.take(data));
      }
      break;
    }
    case 'heartbeat': {
      const refusal = model.refusal(0);
      if (refusal === null) expect(writer.heartbeat()).toBe(model.take(new Uint8Array(0)));
      else expect(codeOf(() => writer.heartbeat())).toBe('CHANNEL_FULL');
      break;
    }
    case 'flush':
      writer.flush();
      break;
    case 'poll': {
      const seen: string[] = [];
      reader.poll((buffer, offset, length, position) => {
        seen.push(`${position} ${buffer.toString('hex', offset, offset + length)}`);
      }, call.limit);
      expect(seen).toEqual(model.read(call.limit, false));
      // Heartbeats behind the last record are taken with it, unless the limit was reached.
      while (seen.length < call.limit && model.records[model.next]?.data.length === 0) model.next++;
      break;
    }
    case 'read': {
      const seen: string[] = [];
      const before = reader.position;
      const bytes = reader.read(
        (position, data) => seen.push(`${position} ${data.toString('hex')}`),
        call.limit,
      );
      expect(seen).toEqual(model.read(call.limit, true));
      expect(bytes).toBe(reader.position - before);
      break;
    }
    case 'tryRead': {
      const [expected] = model.read(1, false);
      expect(reader.tryRead()?.toString('hex')).toBe(expected?.split(' ')[1]);
      break;
    }
    case 'moveTo': {
      const chosen = Math.floor(call.share * (model.records.length + 1));
      const target = (model.records[chosen]?.position ?? model.position) + (call.aligned ? 0 : 8);
      const hit =
        target === model.position
          ? model.records.length
          : model.records.findIndex(({ position }) => position === target);
      if (hit >= 0 && target < CAPACITY) {
        expect(reader.moveTo(target)).toBe(target);
        model.next = hit;
      } else expect(codeOf(() => reader.moveTo(target))).toBe('INVALID_POSITION');
      break;
    }
  }
  expect(reader.position).toBe(model.readPosition);
  expect(writer.writeOffset).toBe(model.position);
  expect(writer.available).toBe(USABLE - model.position);
}

/** Stages the records and ends that; those that are too long, empty or do not fit are refused in between. */
function stage(records: Uint8Array[], end: 'publish' | 'discard', model: Model, writer: ShmWriter): void {
  const staged: Uint8Array[] = [];
  let position = model.position;
  for (const data of records) {
    if (data.length === 0) {
      expect(codeOf(() => writer.stage(0))).toBe('INVALID_ARGUMENT');
      continue;
    }
    const offset = writer.stage(data.length);
    if (data.length > LARGEST) {
      expect(offset).toBe(WriteResult.RecordTooLong);
    } else if (position + recordSize(data.length) > USABLE) {
      expect(offset).toBe(WriteResult.ChannelFull);
    } else {
      expect(offset).toBe(position + 8);
      writer.buffer.set(data, offset);
      position += recordSize(data.length);
      staged.push(data);
    }
    expect([writer.writeOffset, writer.available]).toEqual([model.position, USABLE - model.position]);
  }
  if (end === 'discard') {
    writer.discard();
    return;
  }
  expect(writer.publish()).toBe(position - model.position);
  for (const data of staged) model.take(data);
}

/** The data area that the records make, with zeros for padding. */
function imageOf(model: Model, endWord: bigint): Buffer {
  const image = Buffer.alloc(CAPACITY);
  for (const { position, data } of model.records) {
    image.writeBigUInt64LE(BigInt(data.length), position);
    image.set(data, position + 8);
  }
  image.writeBigInt64LE(endWord, model.position);
  return image;
}

function compare(backend: BackendName, folder: string, sequence: Call[]): void {
  const channelId = BigInt(fs.readdirSync(folder).length);
  const root = fs.mkdtempSync(`${folder}/run-`);
  const writer = ShmWriter.create(root, { ...OPTIONS, channelId, backend, doorbell: false });
  const reader = ShmReader.open(root, channelId, { backend, timeout: 'never' });
  const model = new Model();
  try {
    for (const call of sequence) apply(call, model, writer, reader);
    const data = () => fs.readFileSync(writer.path).subarray(1024, 1024 + CAPACITY);
    expect(data().equals(imageOf(model, -4008636143n))).toBe(true);
    // What is staged when the writer closes leaves nothing.
    for (let i = 0; i < 2; i++) {
      const offset = writer.stage(9);
      if (offset > 0) writer.buffer.fill(0xee, offset, offset + 9);
    }
    writer.close();
    expect(data().equals(imageOf(model, -1n))).toBe(true);
    reader.poll(() => {});
    reader.poll(() => {});
    expect(reader.endReason?.code).toBe('CLOSED');
    expect(reader.position).toBe(model.position);
  } finally {
    writer.close();
    reader.close();
    fs.rmSync(root, { recursive: true });
  }
}

describe.each(availableBackends())('writer and reader with %s', (backend) => {
  it('behave like an array', { timeout: 1_000_000 }, () => {
    const folder = memoryFolder();
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 150, size: 'max' }), (sequence) =>
        compare(backend, folder, sequence),
      ),
      { numRuns: RUNS },
    );
  });
});
