import fs from 'node:fs';
import os from 'node:os';
import tmp from 'tmp';
import { expect, test } from 'vitest';
import { ShmReader, ShmWriter, TickUnit } from '../../../src/index.js';
import { SIZE } from '../../size.js';

const LARGEST = 4_294_966_240;
const ROOM = 6 * 2 ** 30;

function roomy(): string | null {
  for (const folder of ['/dev/shm', os.tmpdir()]) {
    try {
      const { bavail, bsize } = fs.statfsSync(folder);
      if (bavail * bsize > ROOM && os.freemem() > ROOM) return folder;
    } catch {}
  }
  return null;
}

/** It writes 4 GiB: half a minute on a busy machine. */
const folder = SIZE === 'test' ? null : roomy();
if (SIZE === 'test') process.stderr.write('skipped: the largest channel runs in npm run test:all\n');
else if (folder === null)
  process.stderr.write('skipped: the largest channel needs 6 GiB of memory and of disk\n');

test.skipIf(folder === null)(
  'positions stay exact up to the end of the largest channel, beyond 2 GiB',
  () => {
    const root = tmp.dirSync({ tmpdir: folder as string, unsafeCleanup: true });
    try {
      using writer = ShmWriter.create(root.name, {
        writerId: 1,
        channelId: 2,
        capacity: LARGEST,
        maxMessageLength: 2 ** 25,
        timeout: 0xffff_ffff_ffff_ffffn,
        tickUnit: TickUnit.Secs,
      });
      using reader = ShmReader.open(root.name, 2);
      let records = 0;
      let met = 0;
      const check = (buffer: Buffer, offset: number, length: number, position: number) => {
        expect(offset).toBe(position + 8);
        expect(buffer.readUInt32LE(offset)).toBe(met);
        expect(buffer.readUInt32LE(offset + length - 4)).toBe(met);
        met++;
      };
      for (let length = writer.header.maxMessageLength; length >= 8; length >>>= 1) {
        const data = Buffer.alloc(length);
        for (;;) {
          data.writeUInt32LE(records, 0);
          data.writeUInt32LE(records, length - 4);
          if (writer.tryWrite(data) < 0) break;
          records++;
          reader.poll(check);
        }
      }
      expect(writer.available).toBeLessThan(24);
      expect(reader.position).toBe(writer.writeOffset);
      expect(reader.position).toBeGreaterThan(2 ** 32 - 4096);
      expect(met).toBe(records);
      writer.close();
      expect(reader.poll(check)).toBe(0);
      expect(reader.endReason?.code).toBe('CLOSED');
    } finally {
      root.removeCallback();
    }
  },
);
