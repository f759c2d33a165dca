/**
 * A peer stores random bytes in header, counters, checkpoints, slots and records during reads. Readers return
 * typed errors, end every poll, and deliver no byte from outside the data area. INV-READ-01. 60 seconds in
 * the long size.
 */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import {
  channelPaths,
  RingReader,
  RingView,
  RingWriter,
  RingwireError,
  verifyChannel,
} from '../../../src/index.js';
import { wholeNumbersFrom } from '../../seed.js';
import { MEASURES, sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { RING, recordOf } from './ring-under-test.js';

const MILLIS = sized({ test: 1500, all: 3000, long: 60_000 });
const DATA = 12_288;
const MOST_POLL_MILLIS = 2000;

it('readers survive any bytes that a peer writes to the file', { timeout: MILLIS + 180_000 }, () => {
  const random = wholeNumbersFrom();
  const deadline = performance.now() + MILLIS;
  const codes = new Map<string, number>();
  let delivered = 0;
  const enough = () => delivered > 1000 && codes.has('CORRUPT_CHANNEL');
  for (let round = 0; performance.now() < deadline || !enough(); round++) {
    const root = memoryFolder();
    const policy = round % 2 === 0 ? 'overwrite' : 'back-pressure';
    const writer = RingWriter.create(root, { ...RING, policy });
    const fd = fs.openSync(channelPaths(root, 7).file, 'r+');
    const readers: RingReader[] = [];
    const view = RingView.open(root, 7);
    for (const delivery of ['copy', 'in-place'] as const)
      readers.push(RingReader.open(root, 7, { delivery }));
    for (let turn = 0; turn < 40; turn++) {
      for (let i = random(12); i > 0; i--) writer.tryWrite(recordOf(i, 1 + random(56)));
      for (let i = random(4); i > 0; i--) scribble(fd, random);
      for (const reader of readers) {
        const started = performance.now();
        try {
          reader.poll((buffer, offset, length) => {
            delivered++;
            expect(length).toBeGreaterThan(0);
            expect(length).toBeLessThanOrEqual(56);
            expect(offset + length).toBeLessThanOrEqual(buffer.length);
          }, 64);
          if (random(10) === 0) reader.moveTo(random(400) * 8);
        } catch (error) {
          if (!(error instanceof RingwireError)) throw error;
          codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
        }
        if (MEASURES) expect(performance.now() - started).toBeLessThan(MOST_POLL_MILLIS);
      }
      const started = performance.now();
      try {
        for (const { lag } of view.readers(view.newest().position)) expect(lag).toBeGreaterThanOrEqual(0);
      } catch (error) {
        if (!(error instanceof RingwireError)) throw error;
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      }
      // Never throws for what is in the file.
      if (turn % 10 === 0) verifyChannel(root, 7);
      if (MEASURES) expect(performance.now() - started).toBeLessThan(MOST_POLL_MILLIS);
    }
    try {
      RingReader.open(root, 7).close();
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
    for (const reader of readers) reader.close();
    view.close();
    writer.close();
    fs.closeSync(fd);
  }
  expect(delivered).toBeGreaterThan(1000);
  expect([...codes.keys()]).toContain('CORRUPT_CHANNEL');
});

/** Writes a word where it hurts: counters, checkpoints, slots, commit words; sometimes the fixed header. */
function scribble(fd: number, random: (below: number) => number): void {
  const word = Buffer.alloc(4);
  const values = [0, 1, -1, -2, -3, -4, 8, 56, 57, 0x7fff_ffff, -0x8000_0000, random(1 << 30)];
  word.writeInt32LE(values[random(values.length)] as number);
  const places = [64 + random(8) * 4, 128 + random(4) * 4, 2048 + random(512) * 4, 4096 + random(128) * 4];
  const place = random(3) === 0 ? (places[random(places.length)] as number) : DATA + random(256) * 4;
  fs.writeSync(fd, word, 0, 4, place);
}
