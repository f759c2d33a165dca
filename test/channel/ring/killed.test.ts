/**
 * Writers, readers and both are killed with SIGKILL at random times, and the ring continues. A live reader
 * loses no published record, and a dead reader never blocks the writer. 500 kills in the long size.
 */
import { expect, it } from 'vitest';
import { RingReader } from '../../../src/channel/index.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { check } from './processes/record-content.mjs';
import { RingProcess } from './ring-processes.js';

const KILLS = sized({ test: 6, all: 12, long: 500 });
const MOST = 100;
const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

it('a live reader receives every published record of each killed writer', {
  timeout: KILLS * 2000 + 180_000,
}, async () => {
  const root = memoryFolder();
  const options = { root, capacity: 8192, maxMessageLength: MOST, policy: 'back-pressure' };
  let reader: RingReader | null = null;
  let expected = 0;
  let wrong: string | null = null;
  const poll = () =>
    reader?.poll((buffer, offset, length) => {
      const bytes = Buffer.from(buffer.subarray(offset, offset + length));
      const words = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (length & ~3)));
      wrong ??= check(words, bytes, 0, length, expected, MOST);
      expected++;
    });
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = new RingProcess('killed-writer', options);
    await writer.ready();
    if (reader === null) {
      reader = RingReader.open(root, 7);
      expected = reader.sequence;
    }
    // Every third time a reader is there that dies, first or last.
    const doomed = kill % 3 === 0 ? new RingProcess('verified-reader', { root, most: MOST }) : null;
    if (doomed !== null) await doomed.ready();
    const until = performance.now() + 5 + ((kill * 7919) % 40);
    while (performance.now() < until) {
      poll();
      await pause(0);
    }
    if (doomed !== null && kill % 2 === 0) await doomed.kill();
    const before = expected;
    // A dead reader does not hold the writer: records keep coming.
    if (doomed !== null && kill % 2 === 0) {
      while (expected < before + 500) {
        poll();
        await pause(0);
      }
    }
    await writer.kill();
    await doomed?.kill();
    poll();
    expect(wrong).toBeNull();
  }
  expect(reader).toMatchObject({ epoch: KILLS - 1, losses: { records: 0 } });
  expect(expected).toBeGreaterThan(KILLS);
  (reader as RingReader | null)?.close();
});
