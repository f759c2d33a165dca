/** A waiting iteration answers like an async generator: in order, also when calls overlap, and once for each failure. */
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { iterateRecords } from '../../../src/channel/index.js';
import { json, recordBatches, type ShmWriter, TypedReader, TypedWriter } from '../../../src/index.js';
import { openChannel } from '../channel-under-test.js';

const LONG = { capacity: 65_536 };

function write(writer: ShmWriter, from: number, to: number): void {
  for (let i = from; i < to; i++) writer.write(Buffer.of(i));
}

describe('records()', () => {
  it('answers calls that overlap in their order, also those that wait', async () => {
    using channel = openChannel();
    const records = channel.reader.records();
    write(channel.writer, 1, 3);
    const answers = [1, 2, 3, 4, 5, 6].map(() => records.next());
    write(channel.writer, 3, 5);
    channel.writer.close();
    const seen = (await Promise.all(answers)).map(({ done, value }) => (done ? 'end' : value[0]));
    expect(seen).toEqual([1, 2, 3, 4, 'end', 'end']);
  });

  it('is at the position after the last record that it answered, also after a break', async () => {
    using channel = openChannel();
    write(channel.writer, 0, 5);
    for await (const record of channel.reader.records()) {
      expect(channel.reader.position).toBe(16 * ((record[0] as number) + 1));
      if (record[0] === 2) break;
    }
    expect(channel.reader.tryRead()).toEqual(Buffer.of(3));
  });

  it('is at its end after return(), which a call in progress precedes', async () => {
    using channel = openChannel();
    const records = channel.reader.records();
    const waiting = records.next();
    const returned = records.return?.();
    const after = records.next();
    write(channel.writer, 7, 9);
    expect(await waiting).toEqual({ done: false, value: Buffer.of(7) });
    expect([await returned, await after]).toEqual(Array(2).fill({ done: true, value: undefined }));
    expect(channel.reader.tryRead()).toEqual(Buffer.of(8));
  });

  it('rejects once when the source fails, and is at its end then', async () => {
    const failing = {
      doorbell: null,
      endReason: null,
      left: 2,
      tryRead() {
        if (this.left-- > 0) return 'item';
        throw new RangeError('damaged');
      },
    };
    const items = iterateRecords(failing);
    expect([await items.next(), await items.next()]).toEqual(Array(2).fill({ done: false, value: 'item' }));
    await expect(items.next()).rejects.toThrow('damaged');
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await expect(iterateRecords(failing).throw(new TypeError('given'))).rejects.toThrow('given');
  });

  it('listens to its signal from the first call to its end only', async () => {
    using channel = openChannel();
    write(channel.writer, 0, 2);
    const { signal } = new AbortController();
    const count = () => getEventListeners(signal, 'abort').length;
    const unused = channel.reader.records({ signal });
    await unused.return?.();
    expect([await unused.next(), count()]).toEqual([{ done: true, value: undefined }, 0]);
    for await (const _ of channel.reader.records({ signal })) {
      expect(count()).toBe(1);
      break;
    }
    expect(count()).toBe(0);
  });

  it('delivers nothing after its signal has aborted, also of records that are available', async () => {
    using channel = openChannel();
    write(channel.writer, 0, 5);
    const stop = new AbortController();
    const seen: unknown[] = [];
    for await (const record of channel.reader.records({ signal: stop.signal })) {
      seen.push(record[0]);
      if (seen.length === 2) stop.abort();
    }
    expect([seen, channel.reader.position]).toEqual([[0, 1], 32]);
  });

  it.each(['records', 'batches'])('lets the event loop run while records never end: %s', async (kind) => {
    using channel = openChannel(LONG);
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    write(channel.writer, 0, 10);
    const { reader, writer } = channel;
    for await (const _ of kind === 'records' ? reader.records() : recordBatches(reader)) {
      // The next ones are there before the iteration looks again.
      if (turned) break;
      write(writer, 0, 10);
    }
    expect(turned).toBe(true);
  });
});

describe('values of a typed reader', () => {
  it('may be null, which does not end their iteration', async () => {
    using channel = openChannel();
    const typed = new TypedWriter(channel.writer, json());
    const values = [1, null, { a: null }, null];
    for (const value of values) typed.write(value);
    typed.close();
    const seen: unknown[] = [];
    for await (const value of new TypedReader(channel.reader, json())) seen.push(value);
    expect(seen).toEqual(values);
  });
});
