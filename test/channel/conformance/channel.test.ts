/** Behavior of `Writer` and `Reader` for every kind of channel. */
import fs from 'node:fs';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import {
  type Reader,
  raw,
  recordBatches,
  TimeoutReader,
  TypedWriter,
  type Writer,
} from '../../../src/channel/index.js';
import { tryIter } from '../../../src/kekbit/index.js';
import { availableBackends, ManualClock } from '../../../src/platform/index.js';
import { recordWritable } from '../../../src/streams/index.js';
import { occupyPool } from '../../busy-pool.js';
import { codeOf } from '../../error-code.js';
import { drain, text } from '../../writer-and-reader.js';
import { KINDS, OPTIONS, RETRY, withPair } from './kinds.js';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `${from + i}`);

describe.each(KINDS)('a $name', (kind) => {
  const { differs } = kind;

  it('delivers complete records of every accepted length in order', () =>
    withPair(kind, ({ writer, reader }) => {
      expect(writer.header.maxMessageLength).toBe(differs.maxMessageLength);
      for (let length = 1; length <= differs.maxMessageLength; length++) {
        expect(writer.write(Buffer.alloc(length, length))).toBe(Math.ceil((length + 8) / 8) * 8);
        expect(reader.tryRead()).toEqual(Buffer.alloc(length, length));
        expect(reader.position).toBe(writer.writeOffset);
      }
      expect(reader.tryRead()).toBeNull();
      expect(reader.endReason).toBeNull();
    }));

  it('publishes a prefix, a claim or part of one, and nothing of an aborted one', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.write(text('prefix and more'), 6);
      let at = writer.tryClaim(20);
      writer.buffer.write('claimed', at);
      expect(drain(reader)).toEqual(['prefix']);
      writer.commit(7);
      at = writer.tryClaim(10);
      writer.buffer.write('never', at);
      writer.abort();
      writer.write(text('last'));
      expect(drain(reader)).toEqual(['claimed', 'last']);
    }));

  it('refuses other writes during a claim, and a commit or abort without a claim', () =>
    withPair(kind, ({ writer }) => {
      expect(codeOf(() => writer.commit())).toBe('NO_CLAIM');
      expect(codeOf(() => writer.abort())).toBe('NO_CLAIM');
      writer.tryClaim(8);
      expect(codeOf(() => writer.write(text('x')))).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.tryClaim(8))).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.writeBatch([text('x')]))).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.heartbeat())).toBe('CLAIM_PENDING');
      expect(codeOf(() => writer.commit(9))).toBe('INVALID_ARGUMENT');
      writer.commit();
    }));

  it('publishes a batch completely or not at all', () =>
    withPair(kind, ({ writer, reader }) => {
      const batch = numbers(20).map(text);
      expect(writer.writeBatch(batch)).toBe(20 * 16);
      expect(writer.writeBatch([])).toBe(0);
      expect(drain(reader)).toEqual(numbers(20));
      const before = writer.writeOffset;
      expect(codeOf(() => writer.writeBatch([text('a'), Buffer.alloc(500)]))).toBe(
        'MAX_RECORD_LENGTH_EXCEEDED',
      );
      expect(codeOf(() => writer.writeBatch([text('a'), 'b' as unknown as Buffer]))).toBe('INVALID_ARGUMENT');
      expect(writer.writeOffset).toBe(before);
      expect(drain(reader)).toEqual([]);
    }));

  it('refuses too long records and invalid arguments, and changes nothing', () =>
    withPair(kind, ({ writer, reader }) => {
      const tooLong = Buffer.alloc(differs.maxMessageLength + 1);
      expect(writer.tryWrite(tooLong)).toBe(-6);
      expect(writer.tryClaim(tooLong.length)).toBe(-6);
      expect(codeOf(() => writer.write(tooLong))).toBe('MAX_RECORD_LENGTH_EXCEEDED');
      expect(codeOf(() => writer.write('text' as unknown as Buffer))).toBe('INVALID_ARGUMENT');
      expect(codeOf(() => writer.write(text('x'), 2))).toBe('INVALID_ARGUMENT');
      expect(codeOf(() => writer.tryClaim(-1))).toBe('INVALID_ARGUMENT');
      expect(codeOf(() => writer.tryClaim(1.5))).toBe('INVALID_ARGUMENT');
      expect(writer.writeOffset).toBe(0);
      expect(drain(reader)).toEqual([]);
    }));

  it('counts heartbeats without delivering them; a record without bytes is a heartbeat', () =>
    withPair(kind, ({ writer, reader }) => {
      expect(writer.heartbeat()).toBe(8);
      writer.write(text('a'));
      writer.heartbeat();
      writer.write(text('b'));
      expect(drain(reader)).toEqual(['a', 'b']);
      expect(reader.heartbeats).toBe(2);
    }));

  it(`${differs.full} when more is written than fits (a difference)`, () =>
    withPair(kind, ({ writer, reader }) => {
      let taken = 0;
      while (taken < 3000 && writer.tryWrite(text(`${taken}`.padStart(8, '0'))) > 0) taken++;
      const seen: string[] = [];
      for (let more = drain(reader); more.length > 0; more = drain(reader)) seen.push(...more);
      const expected = numbers(taken).map((n) => n.padStart(8, '0'));
      switch (differs.full) {
        case 'refuses':
          expect(taken).toBe(Math.floor((16_384 - 16) / 16));
          expect(codeOf(() => writer.write(text('x'.repeat(16))))).toBe('CHANNEL_FULL');
          expect(seen).toEqual(expected);
          break;
        case 'waits':
          expect(taken).toBeLessThan(16_384 / 16);
          expect(seen).toEqual(expected);
          expect(writer.tryWrite(text('again'))).toBeGreaterThan(0);
          break;
        case 'overwrites':
          expect(taken).toBe(3000);
          expect(seen.length).toBeLessThan(16_384 / 16);
          expect(seen).toEqual(expected.slice(-seen.length));
          break;
        case 'rolls':
          expect(taken).toBe(3000);
          expect(seen).toEqual(expected);
      }
    }));

  it('ends after its last record when the writer closes it, and stays at its end', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.write(text('last'));
      writer.close();
      writer.close();
      expect(reader.endReason).toBeNull();
      expect(drain(reader)).toEqual(['last']);
      expect(drain(reader)).toEqual([]);
      expect(reader.endReason?.code).toBe('CLOSED');
      expect(reader.tryRead()).toBeNull();
      expect(reader.writerAlive).toBe(false);
      expect(writer.tryWrite(text('x'))).toBe(-4);
      for (const call of [() => writer.write(text('x')), () => writer.heartbeat(), () => writer.flush()]) {
        expect(codeOf(call)).toBe('CLOSED');
      }
      expect(writer.available).toBe(0);
    }));

  it('refuses every call on a closed reader except a second close', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.write(text('a'));
      reader.close();
      reader.close();
      expect(codeOf(() => reader.poll(() => {}))).toBe('CLOSED');
      expect(codeOf(() => reader.tryRead())).toBe('CLOSED');
      expect(codeOf(() => reader.moveTo(0))).toBe('CLOSED');
    }));

  it('reads up to a limit, and moves only to positions that it reported', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.writeBatch(numbers(50).map(text));
      const positions: number[] = [];
      expect(drain(reader, 7)).toEqual(numbers(7));
      reader.moveTo(0);
      reader.poll((_buffer, _offset, _length, position) => positions.push(position));
      expect(positions).toEqual(Array.from({ length: 50 }, (_, i) => i * 16));
      const end = reader.position;
      for (const n of [49, 0, 20, 21, 3]) {
        expect(reader.moveTo(positions[n] as number)).toBe(positions[n]);
        expect(drain(reader)).toEqual(numbers(50 - n, n));
      }
      expect(reader.moveTo(end)).toBe(end);
      reader.moveTo(160);
      for (const wrong of [8, 4, -16, end + 8, 1e12, 0.5, Number.NaN]) {
        expect(codeOf(() => reader.moveTo(wrong))).toBe('INVALID_POSITION');
        expect(reader.position).toBe(160);
      }
      expect(drain(reader, 1)).toEqual(['10']);
    }));

  it('continues after the record whose handler threw; a handler that closes or moves the reader ends the poll', () =>
    withPair(kind, ({ writer, reader }) => {
      writer.writeBatch(numbers(10).map(text));
      const seen: string[] = [];
      const poll = (act: (record: string, reader: Reader) => void) => {
        reader.poll((buffer, offset, length) => {
          seen.push(buffer.toString('utf8', offset, offset + length));
          act(seen.at(-1) as string, reader);
        });
      };
      const boom = new Error('boom');
      expect(() =>
        poll((record) => {
          if (record === '3') throw boom;
        }),
      ).toThrow(boom);
      expect(seen.splice(0)).toEqual(numbers(4));
      poll((record) => record === '5' && reader.moveTo(128));
      expect(seen.splice(0)).toEqual(['4', '5']);
      poll((record) => record === '8' && reader.close());
      expect(seen).toEqual(['8']);
    }));

  it('iterates with three results: a record, nothing now, and the reason of the end', () =>
    withPair(kind, ({ writer, reader }) => {
      const iterator = tryIter(reader);
      expect(iterator.next().value).toEqual({ kind: 'nothing' });
      writer.write(text('a'));
      expect(iterator.next().value).toEqual({ kind: 'record', record: text('a') });
      writer.close();
      expect(iterator.next().value).toMatchObject({ kind: 'failed', error: { code: 'CLOSED' } });
      expect(iterator.next().done).toBe(true);
    }));

  it('waits while iterating over records or batches, until the end or the signal', () =>
    withPair(kind, async ({ writer, reader }) => {
      const stop = new AbortController();
      const seen: string[] = [];
      const reading = (async () => {
        for await (const record of reader.records({ signal: stop.signal })) {
          if (seen.push(record.toString()) === 10) stop.abort();
        }
      })();
      for (const n of numbers(10)) {
        writer.write(text(n));
        if (n === '4') await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await reading;
      expect(seen).toEqual(numbers(10));
      writer.writeBatch(numbers(5, 10).map(text));
      writer.close();
      for await (const batch of recordBatches(reader)) seen.push(...batch.map(String));
      expect(seen).toEqual(numbers(15));
    }));

  it('reports a silent writer as late, not dead, until it writes again; keeps a final timeout', () => {
    const clock = new ManualClock();
    withPair(
      kind,
      ({ writer, reader }) => {
        const final = new TimeoutReader(reader, { clock });
        expect(final.tryRead()).toBeNull();
        clock.advance(Number(OPTIONS.timeout) + 1);
        expect(final.tryRead()).toBeNull();
        expect(reader.endReason).toMatchObject({ code: 'TIMEOUT', writer: 'late' });
        writer.write(text('back'));
        expect(final.endReason?.code).toBe('TIMEOUT');
        expect(final.tryRead()).toBeNull();
        expect(drain(reader)).toEqual(['back']);
        expect(reader.endReason).toBeNull();
      },
      {},
      { clock },
    );
  });

  it('flushes synchronously and asynchronously, also without records', () =>
    withPair(kind, async ({ writer, reader }) => {
      writer.flush();
      writer.write(text('a'));
      await writer.flushAsync();
      writer.flush();
      expect(drain(reader)).toEqual(['a']);
    }));
});

/** Descriptors of channel files below a root that this process has open. */
function openChannelFiles(root: string): number {
  let count = 0;
  for (const fd of fs.readdirSync('/proc/self/fd')) {
    try {
      const target = fs.readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith(root) && target.includes('.kekbit')) count++;
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
  return count;
}

describe.each(availableBackends())('an asynchronous flush with %s', (backend) => {
  it.each([...KINDS, RETRY])(
    'of a $name keeps the mapping and descriptor after a close until it ends. INV-MEM-03',
    (kind) =>
      withPair(
        kind,
        async ({ root, writer, reader }) => {
          writer.write(text('flushed'));
          const before = openChannelFiles(root);
          occupyPool();
          const flush = writer.flushAsync();
          writer.close();
          expect(openChannelFiles(root)).toBe(before);
          await expect(flush).resolves.toBeUndefined();
          expect(openChannelFiles(root)).toBe(before - 1);
          await expect(writer.flushAsync()).rejects.toMatchObject({ code: 'CLOSED' });
          expect(drain(reader)).toEqual(['flushed']);
        },
        { backend },
      ),
  );
});

describe.each([...KINDS, RETRY])('an empty record of a $name is a heartbeat', (kind) => {
  const EMPTY = Buffer.alloc(0);

  it.each<[string, (writer: Writer) => number, taken: number]>([
    ['write', (writer) => writer.write(EMPTY), 8],
    ['write of a prefix of no bytes', (writer) => writer.write(text('unused'), 0), 8],
    ['tryWrite', (writer) => writer.tryWrite(EMPTY), 8],
    ['tryWrite of a prefix of no bytes', (writer) => writer.tryWrite(text('unused'), 0), 8],
    ['a claim of no bytes', (writer) => claimAndCommit(writer, 0), 8],
    ['a claim that is committed with no bytes', (writer) => claimAndCommit(writer, 20, 0), 8],
    ['a batch of one', (writer) => writer.writeBatch([EMPTY]), 8],
  ])('by %s', (_, publish, taken) =>
    withPair(kind, ({ writer, reader }) => {
      writer.write(text('before'));
      expect(publish(writer)).toBe(taken);
      writer.write(text('behind'));
      expect(drain(reader)).toEqual(['before', 'behind']);
      expect(reader.heartbeats).toBe(1);
      expect(reader.position).toBe(writer.writeOffset);
    }),
  );

  it.each([0, 1, 2])('in a batch of three, at place %i', (place) =>
    withPair(kind, ({ writer, reader }) => {
      const records = [text('one'), text('two')];
      records.splice(place, 0, EMPTY);
      expect(writer.writeBatch(records)).toBe(16 + 16 + 8);
      expect(drain(reader)).toEqual(['one', 'two']);
      expect(reader.heartbeats).toBe(1);
      expect(reader.position).toBe(writer.writeOffset);
    }),
  );

  it('typed writers and streams of records refuse it', () =>
    withPair(kind, async ({ writer, reader }) => {
      expect(codeOf(() => new TypedWriter(writer, raw).write(EMPTY))).toBe('ENCODING_ERROR');
      expect(codeOf(() => new TypedWriter(writer, raw).tryWrite(EMPTY))).toBe('ENCODING_ERROR');
      const stream = recordWritable(writer);
      stream.write(EMPTY);
      await expect(finished(stream)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(drain(reader)).toEqual([]);
      expect(reader.heartbeats).toBe(0);
    }));
});

function claimAndCommit(writer: Writer, length: number, part?: number): number {
  const at = writer.tryClaim(length);
  expect(at).toBeGreaterThanOrEqual(0);
  return writer.commit(part);
}
