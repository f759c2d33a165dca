/** RINGWIRE_STRICT_ORDER: every order is kept by `Atomics`, as on a processor that keeps no order of plain accesses. */
import { describe, expect, it, vi } from 'vitest';
import { Aeron, IpcMediaDriver } from '../../src/aeron/index.js';
import { WriteResult, type Writer } from '../../src/channel/index.js';
import { KEEPS_ORDER } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';
import { KINDS, withPair } from './conformance/kinds.js';

vi.hoisted(() => {
  process.env['RINGWIRE_STRICT_ORDER'] = '1';
});

const TURNS = 300;

/** Turn `n` writes this many records, so that runs end at each place of a reader's walk, and beyond its longest. */
const recordsOf = (n: number) => n % 97;
const lengthOf = (n: number) => 4 + ((n * 31) % 40);

function record(n: number): Buffer {
  const bytes = Buffer.alloc(lengthOf(n), n);
  bytes.writeInt32LE(n);
  return bytes;
}

/** Stages up to `count` records from number `from` on, and publishes them. @returns how many */
function stage(writer: Writer, from: number, count: number): number {
  let n = 0;
  for (; n < count; n++) {
    const bytes = record(from + n);
    let at = writer.stage(bytes.length);
    if (at === WriteResult.StageFull) {
      writer.publish();
      at = writer.stage(bytes.length);
    }
    if (at < 0) break;
    bytes.copy(writer.buffer, at);
  }
  writer.publish();
  return n;
}

it('is in force in this file', () => {
  expect(KEEPS_ORDER).toBe(false);
});

describe.each(KINDS.filter(({ differs }) => differs.maxMessageLength >= 44))('a $name', (kind) => {
  it('delivers each record once, in runs of every length and with limits', () =>
    withPair(kind, ({ writer, reader }) => {
      let written = 0;
      let read = 0;
      for (let turn = 0; turn < TURNS; turn++) {
        // A log becomes full.
        if (turn % 3 === 2) written += stage(writer, written, recordsOf(turn));
        else for (let i = recordsOf(turn); i > 0 && writer.tryWrite(record(written)) > 0; i--) written++;
        for (let limit = 1 + (turn % 70), more = 1; more > 0; ) {
          more = reader.poll((buffer, offset, length) => {
            expect(buffer.subarray(offset, offset + length)).toEqual(record(read++));
          }, limit);
          expect(more).toBeLessThanOrEqual(limit);
        }
        expect(read).toBe(written);
      }
      expect(written).toBeGreaterThan(90);
    }));
});

it('an image of Aeron delivers each message once, in runs of every length and with limits', async () => {
  const directory = `${temporaryFolder()}/aeron`;
  using _driver = IpcMediaDriver.start({ directory, termLength: 65_536, timerIntervalMs: 5 });
  using aeron = await Aeron.connect({ directory });
  const subscription = await aeron.addSubscription('aeron:ipc', 1);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
  await vi.waitUntil(() => publication.isConnected && subscription.isConnected, { timeout: 120_000 });
  let read = 0;
  let written = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = recordsOf(turn); i > 0; i--) {
      await vi.waitUntil(() => publication.offer(record(written)) > 0, { timeout: 120_000, interval: 1 });
      written++;
    }
    const limit = 1 + (turn % 70);
    while (read < written) {
      const fragments = subscription.poll((buffer, offset, length) => {
        expect(buffer.subarray(offset, offset + length)).toEqual(record(read++));
      }, limit);
      expect(fragments).toBeLessThanOrEqual(limit);
    }
  }
});
