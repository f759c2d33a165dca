/**
 * A peer with write permission stores random bytes during reads: readers return typed errors, and use no
 * unchecked length.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { channelPaths, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { availableBackends } from '../../../src/platform/index.js';
import { child, kill, messageFrom, run } from '../../child.js';
import { wholeNumbersFrom } from '../../seed.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { text } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';

const SECONDS =
  sized({ test: 2, all: 5, long: 60 }, 'RINGWIRE_SCRIBBLE_SECONDS') / availableBackends().length;
const SCRIBBLER = new URL('./processes/scribbler.mjs', import.meta.url);
const CAPACITY = 16_384;
const LARGEST = 120;

describe.each(availableBackends())('a hostile peer with %s', (backend) => {
  it(`that overwrites the file for ${SECONDS} s makes no reader leave the data area`, {
    timeout: 300_000,
  }, async () => {
    const root = memoryFolder();
    const writer = ShmWriter.create(root, { ...OPTIONS, channelId: 7, backend, doorbell: false });
    while (writer.available >= 16) writer.write(text('8 bytes.'));
    const scribbler = child(SCRIBBLER, channelPaths(root, 7).file);
    expect(await messageFrom(scribbler)).toBe('scribbling');
    const reader = () => ShmReader.open(root, 7, { backend, timeout: 'never' });
    const codes = new Set<string>();
    let records = 0;
    let wrong = 0;
    const random = wholeNumbersFrom();
    const check = (buffer: Buffer, offset: number, length: number, position: number) => {
      records++;
      if (length <= 0 || length > LARGEST || position % 8 !== 0 || position + 8 !== offset) wrong++;
      if (offset + length > CAPACITY || buffer.length !== CAPACITY + 8) wrong++;
    };
    // On a busy machine the two may hardly run at the same time: then it lasts longer.
    const enough = () => records > 1000 && codes.has('CORRUPT_CHANNEL');
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    for (; elapsed() < SECONDS || (!enough() && elapsed() < 60 + SECONDS); await turn()) {
      for (let i = 0; i < 20; i++) {
        try {
          using open = reader();
          for (let polls = 0; polls < 3000 && open.poll(check) > 0; polls++);
          const copy = open.tryRead();
          if (copy !== null && (copy.length === 0 || copy.length > LARGEST)) wrong++;
          if (open.endReason !== null) codes.add(open.endReason.code);
          open.moveTo(random(2048) * 8);
          open.read((_position, record) => {
            if (record.length > LARGEST) wrong++;
          }, 10);
        } catch (error) {
          codes.add((error as { code?: string }).code ?? String(error));
        }
      }
    }
    await kill(scribbler);
    writer.close();
    expect(wrong).toBe(0);
    expect(records).toBeGreaterThan(1000);
    const allowed = [
      'CLOSED',
      'CORRUPT_CHANNEL',
      'STORAGE_TRUNCATED',
      'CHANNEL_FULL',
      'INVALID_POSITION',
      'INVALID_SIGNATURE',
      'INCOMPATIBLE_VERSION',
      'INVALID_CAPACITY',
      'INVALID_MAX_MESSAGE_LENGTH',
      'INVALID_TICK_UNIT',
    ];
    expect([...codes].filter((code) => !allowed.includes(code))).toEqual([]);
    expect(codes).toContain('CORRUPT_CHANNEL');
  });

  // The documented limit: nothing but the permissions of the folder stops a peer that truncates.
  it('that truncates the file kills every process that accesses it, by SIGBUS', async () => {
    const root = memoryFolder();
    const writer = ShmWriter.create(root, { ...OPTIONS, channelId: 7, doorbell: false });
    writer.write(text('gone'));
    const script = fileURLToPath(new URL('./processes/truncated-under.mjs', import.meta.url));
    // Through a shell, as a user would see it: 128 + 7.
    const { code } = await run('sh', ['-c', '"$0" "$@"; exit $?', process.execPath, script, root, backend]);
    expect(code).toBe(135);
  });
});
