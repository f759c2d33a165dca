/**
 * The writer dies before, or after, each ordered store of a history with wraps, padding, batches, claims, staged records,
 * heartbeats and a close. In each resulting file a reader receives every published record completely and no
 * other, a successor continues right after them, and a successor that also dies changes nothing.
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { channelPaths, RingReader, RingWriter, WriteResult } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { lengthOf, RING, recordOf } from './ring-under-test.js';

// The other way to publish stores the same in the same order, and no test can stop it there.
vi.hoisted(() => {
  process.env['RINGWIRE_STRICT_ORDER'] = '1';
});

const MOST = 56;
const OPERATIONS = 40;

class Died extends Error {}

afterEach(() => vi.restoreAllMocks());

/** Lets ordered stores through until the given one; `after`: that one still happens. */
function dieAtStore(nth: number, after: boolean): { stores: number } {
  const count = { stores: 0 };
  const real = Atomics.store.bind(Atomics) as typeof Atomics.store;
  vi.spyOn(Atomics, 'store').mockImplementation(((array: Int32Array, index: number, value: number) => {
    const last = count.stores++ === nth;
    if (!last || after) real(array, index, value);
    if (last) throw new Died();
    return value;
  }) as typeof Atomics.store);
  return count;
}

/** The history; `published` grows when an operation returns. @returns the records of the operation that died */
function run(writer: RingWriter, published: Buffer[], from = 0): Buffer[] {
  let pending: Buffer[] = [];
  try {
    for (let i = from; i < from + OPERATIONS; i++) {
      const next = (k = 0) => {
        const sequence = published.length + k;
        return recordOf(sequence, lengthOf(sequence, MOST));
      };
      pending = [];
      if (i % 5 === 1) {
        pending = [next(0), next(1), next(2)];
        writer.writeBatch(pending);
      } else if (i % 5 === 2) {
        pending = [next()];
        const record = pending[0] as Buffer;
        record.copy(writer.buffer, writer.tryClaim(record.length));
        writer.commit();
      } else if (i % 5 === 4) {
        for (let k = 0; k < 3; k++) {
          let record = next(pending.length);
          let at = writer.stage(record.length);
          if (at === WriteResult.StageFull) {
            writer.publish();
            published.push(...pending);
            pending = [];
            record = next();
            at = writer.stage(record.length);
          }
          record.copy(writer.buffer, at);
          pending.push(record);
        }
        writer.publish();
      } else if (i % 5 === 3) writer.heartbeat();
      else {
        pending = [next()];
        writer.write(pending[0] as Buffer);
      }
      published.push(...pending);
    }
    pending = [];
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
  return pending;
}

/** The file as it stands, under another root: the dead writer's lock stays behind. */
function copyOf(root: string): string {
  const copy = memoryFolder();
  const [from, to] = [channelPaths(root, 7), channelPaths(copy, 7)];
  fs.mkdirSync(path.dirname(to.file), { recursive: true });
  fs.copyFileSync(from.file, to.file);
  return copy;
}

/** All that can still be read, checked against what was published. @returns how many were published */
function verify(root: string, published: readonly Buffer[], pending: readonly Buffer[]): number {
  using reader = RingReader.open(root, 7);
  const all = [...published, ...pending];
  let next = reader.sequence;
  reader.poll((buffer, offset, length) => {
    expect(buffer.subarray(offset, offset + length)).toEqual(all[next]);
    next++;
  });
  expect(reader.losses.records).toBe(0);
  // A unit is visible as a whole or not at all.
  expect([published.length, all.length]).toContain(next);
  expect(next - reader.sequence).toBe(0);
  return next;
}

const storesOfAll = (() => {
  const root = fs.mkdtempSync('/tmp/ringwire-crash-');
  const writer = RingWriter.create(root, RING);
  const real = Atomics.store.bind(Atomics) as typeof Atomics.store;
  let stores = 0;
  const original = Atomics.store;
  Atomics.store = ((array: Int32Array, index: number, value: number) => {
    stores++;
    return real(array, index, value);
  }) as typeof Atomics.store;
  try {
    run(writer, []);
  } finally {
    Atomics.store = original;
  }
  writer.close();
  fs.rmSync(root, { recursive: true });
  return stores;
})();

describe.each(['before', 'after'] as const)('a writer that dies %s', (when) => {
  it(`any of ${storesOfAll} ordered stores loses no published record`, () => {
    for (let nth = 0; nth < storesOfAll; nth++) {
      const root = memoryFolder();
      const writer = RingWriter.create(root, RING);
      const published: Buffer[] = [];
      dieAtStore(nth, when === 'after');
      const pending = run(writer, published);
      vi.restoreAllMocks();
      const copy = copyOf(root);
      const known = verify(copy, published, pending);
      const all = [...published, ...pending].slice(0, known);
      // The successor also dies, at each of its first stores; the next one continues.
      for (let second = 0; second < 4; second++) {
        dieAtStore(second, when === 'after');
        let survivor: RingWriter | null = null;
        try {
          survivor = RingWriter.resume(copy, 7);
        } catch (error) {
          expect((error as Error).cause).toBeInstanceOf(Died);
        }
        vi.restoreAllMocks();
        survivor?.detach();
        expect(verify(copy, all, [])).toBe(known);
      }
      const reader = RingReader.open(copy, 7, { from: 'newest' });
      const successor = RingWriter.resume(copy, 7);
      expect(successor.sequence).toBe(known);
      expect(run(successor, all, 3)).toEqual([]);
      expect(verify(copy, all, [])).toBe(all.length);
      reader.poll(() => {});
      expect(reader.sequence).toBe(all.length);
      expect(reader.epoch).toBe(successor.epoch);
      reader.close();
      successor.close();
      writer.detach();
    }
  });
});

it('a writer that dies after any staged record loses no published record and publishes no staged one', () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  const published: Buffer[] = [];
  let staged: Buffer[] = [];
  let full = 0;
  for (let n = 0; n < 120; n++) {
    const sequence = published.length + staged.length;
    const record = recordOf(sequence, lengthOf(sequence, MOST));
    const at = writer.stage(record.length);
    if (at === WriteResult.StageFull || staged.length === 6) {
      full++;
      if (at > 0) writer.discard();
      else {
        writer.publish();
        published.push(...staged);
      }
      staged = [];
      continue;
    }
    record.copy(writer.buffer, at);
    staged.push(record);
    const copy = copyOf(root);
    const all = [...published];
    expect(verify(copy, all, [])).toBe(published.length);
    const successor = RingWriter.resume(copy, 7);
    expect(successor.sequence).toBe(published.length);
    expect(run(successor, all)).toEqual([]);
    expect(verify(copy, all, [])).toBe(all.length);
    successor.close();
  }
  expect(full).toBeGreaterThan(10);
  writer.close();
  expect(verify(root, published, [])).toBe(published.length);
});
