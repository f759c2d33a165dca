/** The doorbell file belongs to one creation of a channel, and its writes fail cleanly. */
import fs from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BellFile, readOwner } from '../../../src/channel/files/doorbell-file.js';
import {
  channelPaths,
  JournalReader,
  JournalWriter,
  ShmReader,
  ShmWriter,
  verifyChannel,
} from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import { drain, text } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';
import { JOURNAL } from '../journal/journal-under-test.js';

afterEach(() => void vi.restoreAllMocks());

/** A channel that a program without bells created anew beside the bell of an older one. */
function recreatedWithoutBell(root: string): ShmWriter {
  ShmWriter.create(root, OPTIONS).close();
  const { file, bell } = channelPaths(root, 9);
  const stale = fs.readFileSync(bell);
  fs.rmSync(file);
  const writer = ShmWriter.create(root, { ...OPTIONS, writerId: 2, doorbell: false });
  fs.writeFileSync(bell, stale);
  return writer;
}

describe('a bell of another creation of the channel is ignored. INV-BELL-03', () => {
  it('by readers and reports, until a writer of ringwire takes it over', () => {
    const root = memoryFolder();
    const writer = recreatedWithoutBell(root);
    writer.write(text('a'));
    using reader = ShmReader.open(root, 9);
    expect(reader.doorbell).toBeNull();
    expect(drain(reader)).toEqual(['a']);
    expect(verifyChannel(root, 9).owner).toBeNull();
    writer.detach();
    const resumed = ShmWriter.resume(root, 9);
    using woken = ShmReader.open(root, 9);
    expect(woken.doorbell).not.toBeNull();
    expect(verifyChannel(root, 9).owner?.pid).toBe(process.pid);
    resumed.close();
  });

  it('and a waiting reader of such a channel finds a record after a short sleep', async () => {
    const root = memoryFolder();
    const writer = recreatedWithoutBell(root);
    using reader = ShmReader.open(root, 9);
    const next = reader.records().next();
    setTimeout(() => writer.write(text('seen')), 20);
    expect((await next).value).toEqual(text('seen'));
    writer.close();
  });

  it('also in a journal', () => {
    const root = memoryFolder();
    JournalWriter.create(root, JOURNAL).close();
    using reader = JournalReader.open(root, 5);
    expect(reader.doorbell).not.toBeNull();
  });
});

describe('writing a bell file', () => {
  const channel = { creationTime: 5n, writerId: 6n };

  it.each(['ENOSPC', 'EIO', 'EMFILE'])(
    'leaves no file if it fails with %s, and a resume reports the error',
    (code) => {
      const path = `${memoryFolder()}/bell`;
      vi.spyOn(fs, code === 'EMFILE' ? 'openSync' : ('writeSync' as 'openSync')).mockImplementation(() => {
        throw Object.assign(new Error(code), { code });
      });
      for (const act of ['create', 'takeOver'] as const) {
        expect(codeOf(() => BellFile[act](path, 0o600, channel))).toBe(
          code === 'ENOSPC' ? 'NO_SPACE' : 'COULD_NOT_ACCESS_STORAGE',
        );
      }
      vi.restoreAllMocks();
      expect(fs.existsSync(path)).toBe(false);
      BellFile.create(path, 0o600, channel).close();
      expect(readOwner(path, channel)?.pid).toBe(process.pid);
      expect(readOwner(path, { ...channel, writerId: 7n })).toBeNull();
      expect(BellFile.open(path, { ...channel, creationTime: 4n })).toBeNull();
    },
  );
});
