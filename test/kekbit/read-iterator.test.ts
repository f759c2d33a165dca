import { expect, test } from 'vitest';
import { backoff } from '../../src/channel/core/bounded-backoff.js';
import { ShmReader, ShmWriter, TimeoutReader } from '../../src/channel/index.js';
import { type ReadIterator, RetryIter, tryIter } from '../../src/kekbit/index.js';
import { ManualClock } from '../../src/platform/index.js';
import { CHANNEL, EXAMPLE, poke, word } from '../channel/log/example-channel.js';
import { temporaryFolder } from '../temporary.js';

/** What the next `count` calls answer: a record's text, `nothing`, the code of a failure, or `end`. */
function answers(iterator: ReadIterator, count: number): string[] {
  return Array.from({ length: count }, () => {
    const { done, value } = iterator.next();
    if (done) return 'end';
    if (value.kind === 'record') return value.record.toString();
    return value.kind === 'nothing' ? 'nothing' : value.error.code;
  });
}

test('returns records, nothing, and the end once, and then stays ended', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, EXAMPLE);
  using reader = ShmReader.open(root, CHANNEL);
  const iterator = tryIter(reader);
  writer.write(Buffer.from('one'));
  expect(answers(iterator, 2)).toEqual(['one', 'nothing']);
  expect(iterator.sizeHint()).toEqual([0, null]);
  writer.heartbeat();
  writer.write(Buffer.from('two'));
  writer.close();
  expect(answers(iterator, 4)).toEqual(['two', 'CLOSED', 'end', 'end']);
  expect(iterator.sizeHint()).toEqual([0, 0]);
  expect(tryIter(reader).sizeHint()).toEqual([0, 0]);
  expect(new RetryIter(reader).sizeHint()).toEqual([0, 0]);
  expect(answers(tryIter(reader), 2)).toEqual(['end', 'end']);
});

test('returns damage as failed once', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, EXAMPLE);
  writer.write(Buffer.from('one'));
  writer.close();
  poke(root, 16, word(0xbadn));
  using reader = ShmReader.open(root, CHANNEL);
  expect(answers(tryIter(reader), 4)).toEqual(['one', 'CORRUPT_CHANNEL', 'end', 'end']);
});

test('returns a timeout as failed; a reader whose writer continued can be iterated again', () => {
  const root = temporaryFolder();
  const clock = new ManualClock();
  using writer = ShmWriter.create(root, EXAMPLE);
  using reader = ShmReader.open(root, CHANNEL, { clock });
  const iterator = tryIter(reader);
  expect(answers(iterator, 1)).toEqual(['nothing']);
  clock.advance(30_000);
  expect(answers(iterator, 2)).toEqual(['TIMEOUT', 'end']);
  writer.write(Buffer.from('back'));
  expect(answers(iterator, 1)).toEqual(['end']);
  expect(answers(tryIter(reader), 2)).toEqual(['back', 'nothing']);
});

test('a loop that is left early may be continued', () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, EXAMPLE);
  for (const text of ['one', 'two', 'three']) writer.write(Buffer.from(text));
  using reader = new TimeoutReader(ShmReader.open(root, CHANNEL));
  const iterator = tryIter(reader);
  for (const result of iterator) {
    if (result.kind === 'record' && result.record.toString() === 'two') break;
  }
  expect(answers(iterator, 2)).toEqual(['three', 'nothing']);
  for (const result of iterator) if (result.kind === 'nothing') break;
  writer.write(Buffer.from('four'));
  const again: string[] = [];
  for (const result of new RetryIter(iterator)) {
    if (result.kind === 'nothing') break;
    if (result.kind === 'record') again.push(result.record.toString());
  }
  expect(again).toEqual(['four']);
});

/** A source that has nothing `empty` times, and counts how often it was asked. */
function source(empty: number): ReadIterator & { calls: number } {
  return {
    calls: 0,
    next() {
      const found = ++this.calls > empty;
      return {
        done: false,
        value: found ? { kind: 'record', record: Buffer.from('x') } : { kind: 'nothing' },
      };
    },
    sizeHint: () => [0, null],
    [Symbol.iterator]() {
      return this;
    },
  };
}

test('a retry reads 12 times before it returns nothing', () => {
  const never = source(Number.POSITIVE_INFINITY);
  expect(answers(new RetryIter(never), 1)).toEqual(['nothing']);
  expect(never.calls).toBe(12);
  const late = source(11);
  expect(answers(new RetryIter(late), 1)).toEqual(['x']);
  expect(late.calls).toBe(12);
  expect(backoff(10)).toBe(true);
  expect(backoff(11)).toBe(false);
});

test('a retry over a reader returns its records and its end', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, EXAMPLE);
  writer.write(Buffer.from('one'));
  using reader = ShmReader.open(root, CHANNEL);
  const iterator = new RetryIter(reader);
  expect(answers(iterator, 2)).toEqual(['one', 'nothing']);
  writer.close();
  expect(answers(iterator, 3)).toEqual(['CLOSED', 'end', 'end']);
  expect(iterator.sizeHint()).toEqual([0, 0]);
});
