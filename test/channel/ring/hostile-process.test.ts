/**
 * Another process stores random bytes in a ring while this one reads and writes it. Readers return only typed
 * errors, also after a change between a check and its use. INV-READ-01. 60 seconds in the long size.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { channelPaths, RingReader, RingWriter, RingwireError } from '../../../src/index.js';
import { child, messageFrom } from '../../child.js';
import { MEASURES, sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { RING, recordOf } from './ring-under-test.js';

const MILLIS = sized({ test: 1500, all: 3000, long: 60_000 });
const ROUND_MILLIS = 100;
const MOST_POLL_MILLIS = 5000;
const SCRIBBLER = new URL('./processes/scribbler.mjs', import.meta.url);

it('readers survive a process that writes to the file during reads', {
  timeout: MILLIS + 180_000,
}, async () => {
  const scribbler = child(SCRIBBLER);
  const codes = new Set<string>();
  let delivered = 0;
  /** The longest record by the header that the reader has opened, which the other process may have changed before. */
  let longest = 0;
  let writes = 0;
  /** What fails must fail with a code. */
  const attempt = <T>(action: () => T): T | undefined => {
    const started = performance.now();
    try {
      return action();
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      codes.add(error.code);
      return undefined;
    } finally {
      if (MEASURES) expect(performance.now() - started).toBeLessThan(MOST_POLL_MILLIS);
    }
  };
  const take = (buffer: Buffer, offset: number, length: number) => {
    delivered++;
    if (length <= 0 || length > longest || offset < 0 || offset + length > buffer.length)
      throw new Error(`handed out ${length} bytes at ${offset} of ${buffer.length}`);
  };
  const end = performance.now() + MILLIS;
  const enough = () => writes > 1000 && delivered > 0 && codes.size > 0;
  for (let round = 0; performance.now() < end || !enough(); round++) {
    const root = memoryFolder();
    const policy = round % 2 === 0 ? 'overwrite' : 'back-pressure';
    const writer = RingWriter.create(root, { ...RING, policy });
    const answer = messageFrom<number>(scribbler);
    scribbler.send(channelPaths(root, writer.header.channelId).file);
    writes = await answer;
    const roundEnd = performance.now() + ROUND_MILLIS;
    for (let i = 0; performance.now() < roundEnd; i++) {
      const delivery = i % 2 === 0 ? 'copy' : 'in-place';
      const reader = attempt(() => RingReader.open(root, writer.header.channelId, { delivery }));
      longest = reader?.header.maxMessageLength ?? 0;
      for (let n = 0; n < 50; n++) {
        attempt(() => writer.tryWrite(recordOf(n, 1 + (n % 56))));
        if (reader === undefined) break;
        attempt(() => reader.poll(take, 64));
      }
      reader?.close();
      await turn();
    }
    writer.detach();
  }
  scribbler.kill();
  expect(writes).toBeGreaterThan(1000);
  expect(delivered).toBeGreaterThan(0);
  process.stdout.write(
    `${writes} words scribbled, ${delivered} records delivered, ${[...codes].sort().join(' ')}\n`,
  );
  expect(codes.size).toBeGreaterThan(0);
});
