/**
 * SIGKILL at random moments. Readers, opened before or after it, receive every published record, complete and
 * in order. The lock is free at once. Recovery can be repeated.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { channelPaths, recoverChannel, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { availableBackends, type BackendName } from '../../../src/platform/index.js';
import { endsWithTest } from '../../child.js';
import { codeOf } from '../../error-code.js';
import { randomFrom } from '../../seed.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { fillRecord, problemWith } from './processes/numbered-records.mjs';

const KILLS = sized({ test: 24, all: 300, long: 1000 }, 'RINGWIRE_KILLS');
/** Trials at a time: a Node start is most of a trial. */
const LANES = 2;
const CHANNEL = 7;
const SCRIPT = fileURLToPath(new URL('./processes/endless-writer.mjs', import.meta.url));

/** A reader that checks every record and counts them. */
class CheckingReader {
  readonly reader: ShmReader;
  count = 0;

  constructor(root: string, backend: BackendName) {
    this.reader = ShmReader.open(root, CHANNEL, { backend, timeout: 'never' });
  }

  poll(limit?: number): number {
    return this.reader.poll((buffer, offset, length) => {
      const problem = problemWith(buffer, offset, length, this.count);
      if (problem !== null) throw new Error(problem);
      this.count++;
    }, limit);
  }
}

async function trial(root: string, backend: BackendName, delayMillis: number): Promise<number> {
  const writer = endsWithTest(
    spawn(process.execPath, [SCRIPT, root, backend], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] }),
  );
  const exited = once(writer, 'exit');
  let told = Buffer.alloc(0);
  const pipe = writer.stdio[3] as Readable;
  pipe.on('data', (chunk: Buffer) => {
    told = Buffer.concat([told.subarray(told.length - (told.length % 4) - 4), chunk]);
  });
  const ended = once(pipe, 'end');
  await Promise.race([once(pipe, 'data'), exited]);
  const early = new CheckingReader(root, backend);
  const late = new CheckingReader(root, backend);
  expect(codeOf(() => ShmWriter.resume(root, CHANNEL))).toBe('WRITER_EXISTS');
  expect(early.reader.writerAlive).toBe(true);
  for (const end = performance.now() + delayMillis; performance.now() < end; ) {
    early.poll();
    late.poll(1);
    await turn();
  }
  writer.kill('SIGKILL');
  await exited;
  expect(early.reader.writerAlive).toBe(false);
  await ended;
  const published = told.readUInt32LE(told.length - (told.length % 4) - 4);

  while (early.poll() + late.poll() > 0);
  const fresh = new CheckingReader(root, backend);
  while (fresh.poll() > 0);
  // One publication, a batch of 5 at most, may have happened without being told.
  expect(early.count).toBeGreaterThanOrEqual(published);
  expect(early.count).toBeLessThanOrEqual(published + 5);
  expect([late.count, fresh.count]).toEqual([early.count, early.count]);

  const options = { dryRun: false, backend };
  recoverChannel(root, CHANNEL, options);
  const image = fs.readFileSync(channelPaths(root, CHANNEL).file);
  expect(recoverChannel(root, CHANNEL, options).actions).toEqual([]);
  expect(fs.readFileSync(channelPaths(root, CHANNEL).file).equals(image)).toBe(true);

  const successor = ShmWriter.resume(root, CHANNEL, { backend });
  const record = Buffer.alloc(128);
  successor.write(record, fillRecord(record, 0, early.count));
  successor.close();
  for (const { reader } of [early, late, fresh]) expect(reader.endReason).toBeNull();
  for (const checking of [early, late, fresh]) {
    expect(checking.poll()).toBe(1);
    expect(checking.poll()).toBe(0);
    expect(checking.reader.endReason?.code).toBe('CLOSED');
    checking.reader.close();
  }
  return published;
}

describe.each(availableBackends())('a writer that is killed, with %s', (backend) => {
  const trials = Math.ceil(KILLS / availableBackends().length);
  it(`loses no published record, ${trials} times`, { timeout: 600_000 }, async () => {
    const folder = memoryFolder();
    const random = randomFrom();
    let next = 0;
    let records = 0;
    const lane = async () => {
      // Some more where writers hardly ran before they were killed.
      while (next < trials || records <= trials) {
        const root = `${folder}/${next}`;
        // From before the first record to some milliseconds into the stream.
        const delay = next++ % 5 === 0 ? 0 : random() * 8;
        records += await trial(root, backend, delay);
        fs.rmSync(root, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(records).toBeGreaterThan(trials);
  });
});
