/**
 * Memory order between two processes: a reader right after the writer checks every byte of every record. A
 * length loaded before its payload, or before the word after it, would appear as a wrong record.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { channelPaths, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { availableBackends, ManualClock } from '../../../src/platform/index.js';
import { child, endsWithTest, kill, messageFrom, stop } from '../../child.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { text } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';
import { problemWith } from './processes/numbered-records.mjs';

const TOTAL = sized({ test: 1_000_000, all: 3_000_000, long: 100_000_000 }, 'RINGWIRE_ORDER_RECORDS');
/** A multiple of the 24 records in which the writer goes through its ways. */
const PER_CHANNEL = 240_000;
const SCRIPT = fileURLToPath(new URL('./processes/ordered-writer.mjs', import.meta.url));

function start(script: string, ...args: (string | number)[]) {
  const started = endsWithTest(
    spawn(process.execPath, [script, ...args.map(String)], { stdio: ['ignore', 'inherit', 'inherit'] }),
  );
  return { process: started, exited: once(started, 'exit') };
}

describe.each(availableBackends())('between two processes with %s', (backend) => {
  const count = Math.ceil(TOTAL / availableBackends().length / 24) * 24;

  it(`${count} records arrive complete and in order`, { timeout: 3_600_000 }, async () => {
    const root = memoryFolder();
    const profile = backend === 'koffi' ? 'portable' : 'heartbeat';
    const writer = start(SCRIPT, root, backend, count, PER_CHANNEL, profile);
    let number = 0;
    for (let channelId = 1; number < count; channelId++) {
      const reader = await ShmReader.waitFor(root, channelId, { backend, timeoutMs: 60_000 });
      let polls = 0;
      while (reader.endReason === null) {
        reader.poll(
          (buffer, offset, length) => {
            const problem = problemWith(buffer, offset, length, number);
            if (problem !== null) throw new Error(problem);
            number++;
          },
          1 + (polls % 200),
        );
        if (++polls % 1000 === 0) await turn();
      }
      expect(reader.endReason.code).toBe('CLOSED');
      reader.close();
      fs.rmSync(channelPaths(root, channelId).file);
    }
    expect(number).toBe(count);
    expect(await writer.exited).toEqual([0, null]);
  });
});

it('a stopped writer stays late, and a killed writer is dead', async () => {
  const root = memoryFolder();
  const script = new URL('./processes/dying-writer.mjs', import.meta.url);
  const writer = child(script, root, 'create', 'koffi', 3);
  await messageFrom(writer);
  await stop(writer);
  const clock = new ManualClock();
  const verdict = () => {
    using reader = ShmReader.open(root, 7, { clock });
    while (reader.poll(() => {}) > 0);
    clock.advance(24 * 3600 * 1000);
    reader.poll(() => {});
    return reader.endReason?.writer;
  };
  expect(verdict()).toBe('late');
  expect(() => ShmWriter.resume(root, 7)).toThrowError(expect.objectContaining({ code: 'WRITER_EXISTS' }));
  await kill(writer);
  expect(verdict()).toBe('dead');
  using successor = ShmWriter.resume(root, 7);
  successor.write(text(String(OPTIONS.channelId)));
});
