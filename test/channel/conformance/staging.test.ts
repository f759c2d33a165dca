/** `stage`, `publish` and `discard` of `Writer`, for every kind of channel. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Reader, WriteResult, type Writer } from '../../../src/channel/index.js';
import { Doorbell } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { sized } from '../../size.js';
import { drain, text } from '../../writer-and-reader.js';
import { KINDS, type Kind, RETRY, withPair } from './kinds.js';

const RUNS = sized({ test: 60, all: 200, long: 2000 }, 'RINGWIRE_PROPERTY_RUNS');
/** Bytes that a record of `length` bytes uses in the channel. */
const sizeOf = (length: number) => Math.ceil((length + 8) / 8) * 8;

function stage(writer: Writer, content: string): void {
  const at = writer.stage(content.length);
  expect(at).toBeGreaterThan(0);
  writer.buffer.write(content, at);
}

describe.each([...KINDS, RETRY])('staging in a $name', (kind) => {
  const { differs } = kind;

  it('publishes all staged records at once, each in its place', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.write(text('before'));
      const { writeOffset, available } = writer;
      for (const content of ['one', 'the second', '3']) stage(writer, content);
      expect([writer.writeOffset, writer.available]).toEqual([writeOffset, available]);
      expect(drain(reader)).toEqual(['before']);
      expect(writer.publish()).toBe(sizeOf(3) + sizeOf(10) + sizeOf(1));
      expect(writer.writeOffset).toBe(writeOffset + sizeOf(3) + sizeOf(10) + sizeOf(1));
      expect(drain(reader)).toEqual(['one', 'the second', '3']);
      writer.write(text('after'));
      stage(writer, 'again');
      expect(writer.publish()).toBe(sizeOf(5));
      expect(drain(reader)).toEqual(['after', 'again']);
      expect(reader.position).toBe(writer.writeOffset);
      expect(writer.publish()).toBe(0);
    }));

  it('rings the doorbell once for each publication', () =>
    withPair(kind, ({ writer }) => {
      const rings = vi.spyOn(Doorbell.prototype, 'ring');
      try {
        for (let i = 0; i < 10; i++) stage(writer, `${i}`);
        expect(rings).not.toHaveBeenCalled();
        writer.publish();
        expect(rings).toHaveBeenCalledTimes(1);
        writer.publish();
        stage(writer, 'never');
        writer.discard();
        expect(rings).toHaveBeenCalledTimes(1);
      } finally {
        rings.mockRestore();
      }
    }));

  it('discards staged records, also when the writer closes', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.discard();
      for (let i = 0; i < 20; i++) stage(writer, 'never published');
      writer.discard();
      writer.discard();
      expect(writer.publish()).toBe(0);
      writer.write(text('a'));
      stage(writer, 'never published');
      stage(writer, 'either');
      writer.close();
      expect(drain(reader)).toEqual(['a']);
      expect(drain(reader)).toEqual([]);
      expect(reader.endReason?.code).toBe('CLOSED');
      expect(writer.stage(1)).toBe(WriteResult.Closed);
      expect(codeOf(() => writer.publish())).toBe('CLOSED');
      writer.discard();
    }));

  it('refuses other writes while records are staged, and staging while a claim is open', () =>
    withPair(kind, ({ writer, reader }) => {
      stage(writer, 'staged');
      // Another object could hold the mutex of a retry writer: its single writes do not ask which one does.
      const pending = kind === RETRY ? 'WRITERS_CONTEND' : 'CLAIM_PENDING';
      expect(codeOf(() => writer.write(text('x')))).toBe(pending);
      expect(codeOf(() => writer.writeUtf8('x'))).toBe(pending);
      expect(codeOf(() => writer.writeBatch([text('x')]))).toBe(pending);
      expect(codeOf(() => writer.heartbeat())).toBe(pending);
      expect(codeOf(() => writer.tryClaim(8))).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.commit())).toBe('NO_CLAIM');
      expect(codeOf(() => writer.abort())).toBe('NO_CLAIM');
      writer.flush();
      stage(writer, 'more');
      writer.publish();
      const at = writer.tryClaim(7);
      expect(codeOf(() => writer.stage(8))).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.publish())).toBe('CLAIM_PENDING');
      writer.discard();
      writer.buffer.write('claimed', at);
      writer.commit();
      expect(drain(reader)).toEqual(['staged', 'more', 'claimed']);
    }));

  it('refuses lengths that no record has, and keeps what is staged', () =>
    withPair(kind, ({ writer, reader }) => {
      const refuse = () => {
        for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 32, '8' as unknown as number]) {
          expect(
            codeOf(() => writer.stage(wrong)),
            String(wrong),
          ).toBe('INVALID_ARGUMENT');
        }
        expect(writer.stage(differs.maxMessageLength + 1)).toBe(WriteResult.RecordTooLong);
      };
      refuse();
      expect(writer.write(text('a'))).toBe(16);
      stage(writer, 'b');
      refuse();
      stage(writer, 'c'.repeat(differs.maxMessageLength));
      refuse();
      writer.publish();
      expect(drain(reader)).toEqual(['a', 'b', 'c'.repeat(differs.maxMessageLength)]);
    }));

  it('stages again after a publication where the unit is full, over laps and segments', () =>
    withPair(kind, ({ writer, reader }) => {
      const seen: string[] = [];
      let full = 0;
      let n = 0;
      while (n < 4000) {
        let at = writer.stage(24);
        if (at === WriteResult.StageFull) {
          full++;
          expect(writer.publish()).toBeGreaterThan(0);
          seen.push(...drain(reader));
          at = writer.stage(24);
        }
        if (at < 0) break;
        writer.buffer.write(`${n++}`.padStart(24, '0'), at);
      }
      writer.publish();
      for (let more = drain(reader); more.length > 0; more = drain(reader)) seen.push(...more);
      const endless = differs.full !== 'refuses';
      expect(n).toBe(endless ? 4000 : Math.floor((16_384 - 16) / 32));
      expect(full > 0).toBe(endless);
      expect(seen.map(Number)).toEqual(Array.from({ length: n }, (_, i) => i));
    }));

  it(`${differs.full} when nothing is staged and more is staged than fits`, () =>
    withPair(kind, ({ writer, reader }) => {
      let n = 0;
      let refused = 0;
      for (; n < 3000; n++) {
        refused = writer.stage(8);
        if (refused < 0) break;
        writer.buffer.write(`${n}`.padStart(8, '0'), refused);
        writer.publish();
      }
      const seen: string[] = [];
      for (let more = drain(reader); more.length > 0; more = drain(reader)) seen.push(...more);
      switch (differs.full) {
        case 'refuses':
          expect(refused).toBe(WriteResult.ChannelFull);
          break;
        case 'waits':
          expect(refused).toBe(WriteResult.BackPressured);
          stage(writer, 'again');
          expect(writer.publish()).toBe(16);
          break;
        default:
          expect(n).toBe(3000);
      }
      const numbers = Array.from({ length: n }, (_, i) => i);
      expect(seen.map(Number)).toEqual(differs.full === 'overwrites' ? numbers.slice(-seen.length) : numbers);
    }));

  it('behaves like an array in any mixture with the other ways to write', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 1, maxLength: 120, size: 'max' }), (sequence) =>
        compare(kind, sequence),
      ),
      { numRuns: RUNS },
    );
  });
});

it.each([KINDS[0] as Kind, RETRY])('a $name stages no record beyond its last word', (kind) =>
  withPair(kind, ({ writer, reader }) => {
    while (writer.available > 32) writer.write(text('8 bytes.'));
    expect(writer.available).toBe(32);
    stage(writer, '8 bytes.');
    expect(writer.stage(9)).toBe(WriteResult.ChannelFull);
    stage(writer, 'the last');
    expect(writer.stage(1)).toBe(WriteResult.ChannelFull);
    expect(writer.publish()).toBe(32);
    expect(writer.available).toBe(0);
    expect(drain(reader).slice(-2)).toEqual(['8 bytes.', 'the last']);
  }),
);

type Step =
  | { do: 'stage'; lengths: number[]; end: 'publish' | 'discard' }
  | { do: 'write' | 'claim' | 'abort'; length: number }
  | { do: 'batch'; lengths: number[] }
  | { do: 'heartbeat' | 'flush' }
  | { do: 'poll'; limit: number };

const length = fc.integer({ min: 1, max: 112 });
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('stage' as const),
      lengths: fc.array(length, { maxLength: 60 }),
      end: fc.constantFrom('publish' as const, 'publish' as const, 'publish' as const, 'discard' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('write', 'claim', 'abort'), length }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('batch' as const), lengths: fc.array(length, { maxLength: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('heartbeat' as const, 'flush' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('poll' as const), limit: fc.integer({ min: 1, max: 200 }) }),
  },
);

/** The channel as an array of records, and the reader as an index into it. */
class Model {
  readonly #reader: Reader;
  readonly #written: Buffer[] = [];
  #staged: Buffer[] = [];
  #next = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  record(size: number): Buffer {
    const record = Buffer.alloc(size, this.#written.length + this.#staged.length);
    if (size >= 4) record.writeUInt32LE(this.#written.length + this.#staged.length);
    return record;
  }

  add(record: Buffer): void {
    this.#written.push(record);
  }

  /** Stages, and publishes on the way where the unit is full. @returns false where the channel takes no more now */
  stage(writer: Writer, size: number): boolean {
    let record = this.record(size);
    let at = writer.stage(size);
    if (at === WriteResult.StageFull) {
      expect(this.#staged.length).toBeGreaterThan(0);
      this.publish(writer);
      record = this.record(size);
      at = writer.stage(size);
      expect(at).not.toBe(WriteResult.StageFull);
    }
    if (at < 0) return false;
    record.copy(writer.buffer, at);
    this.#staged.push(record);
    return true;
  }

  publish(writer: Writer): void {
    const before = writer.writeOffset;
    const taken = writer.publish();
    const least = this.#staged.reduce((sum, record) => sum + sizeOf(record.length), 0);
    expect(taken).toBeGreaterThanOrEqual(least);
    // Beside the records at most the padding before the end of the data area of a ring.
    expect(taken - least).toBeLessThan(sizeOf(this.#staged[0]?.length ?? 0) || 1);
    expect(writer.writeOffset).toBe(before + taken);
    this.#written.push(...this.#staged);
    this.#staged = [];
  }

  discard(writer: Writer): void {
    const before = writer.writeOffset;
    writer.discard();
    expect(writer.writeOffset).toBe(before);
    this.#staged = [];
  }

  poll(limit?: number): number {
    const reader: Reader & { readonly losses?: { readonly records: number } } = this.#reader;
    let lost = reader.losses?.records ?? 0;
    const catchUp = () => {
      const now = reader.losses?.records ?? 0;
      this.#next += now - lost;
      lost = now;
    };
    const count = reader.poll((buffer, offset, size) => {
      catchUp();
      expect(buffer.subarray(offset, offset + size)).toEqual(this.#written[this.#next]);
      this.#next++;
    }, limit);
    catchUp();
    return count;
  }

  finish(writer: Writer): void {
    for (let before = -1; before !== this.#next; ) {
      before = this.#next;
      this.poll(1000);
    }
    expect(this.#next).toBe(this.#written.length);
    expect(this.#reader.position).toBe(writer.writeOffset);
  }
}

function compare(kind: Kind, sequence: readonly Step[]): void {
  using pair = kind.open();
  const { writer, reader } = pair;
  const model = new Model(reader);
  for (const step of sequence) {
    switch (step.do) {
      case 'stage':
        for (const size of step.lengths) {
          if (!model.stage(writer, size)) break;
        }
        if (step.end === 'publish') model.publish(writer);
        else model.discard(writer);
        break;
      case 'write': {
        const record = model.record(step.length);
        if (writer.tryWrite(record) > 0) model.add(record);
        break;
      }
      case 'claim':
      case 'abort': {
        const record = model.record(step.length);
        const at = writer.tryClaim(step.length);
        if (at < 0) break;
        record.copy(writer.buffer, at);
        if (step.do === 'abort') writer.abort();
        else {
          writer.commit();
          model.add(record);
        }
        break;
      }
      case 'batch': {
        // Records of one batch are alike: the model numbers them when they are published.
        const records = step.lengths.map((size) => Buffer.alloc(size, 0xba));
        const code = codeOf(() => writer.writeBatch(records));
        if (code === 'none') for (const record of records) model.add(record);
        else expect(['CHANNEL_FULL', 'BACK_PRESSURED']).toContain(code);
        break;
      }
      case 'heartbeat':
        expect(['none', 'CHANNEL_FULL', 'BACK_PRESSURED']).toContain(codeOf(() => writer.heartbeat()));
        break;
      case 'flush':
        writer.flush();
        break;
      case 'poll':
        model.poll(step.limit);
    }
  }
  model.finish(writer);
}
