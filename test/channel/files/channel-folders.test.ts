/** Folders below a root: no symbolic link is followed, and new folders are on disk before their content. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  channelPaths,
  JournalReader,
  JournalWriter,
  listChannelIds,
  openReader,
  RingReader,
  RingWriter,
  recoverChannel,
  removeJournalCursor,
  removeStaleLock,
  ShmReader,
  ShmWriter,
  verifyChannel,
} from '../../../src/channel/index.js';
import { journalPaths } from '../../../src/channel/journal/journal-path.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';
import { fill, JOURNAL, PER_SEGMENT } from '../journal/journal-under-test.js';

afterEach(() => void vi.restoreAllMocks());

const REFUSED = 'COULD_NOT_ACCESS_STORAGE';

/** Moves a folder away and puts a link to it in its place. */
function replaceByLink(folder: string): string {
  const moved = path.join(memoryFolder(), 'moved');
  fs.cpSync(folder, moved, { recursive: true });
  fs.rmSync(folder, { recursive: true });
  fs.symlinkSync(moved, folder);
  return moved;
}

describe('a symbolic link in place of a folder is refused. INV-FILE-04', () => {
  it('as the folder of a channel, by every function that opens, creates, recovers or lists', () => {
    const root = memoryFolder();
    ShmWriter.create(root, OPTIONS).close();
    RingWriter.create(root, { ...OPTIONS, channelId: 10 }).detach();
    const target = replaceByLink(channelPaths(root, 9).folder);
    const before = fs.readdirSync(target);
    for (const act of [
      () => ShmReader.open(root, 9),
      () => openReader(root, 9),
      () => RingReader.open(root, 10),
      () => ShmWriter.create(root, { ...OPTIONS, channelId: 11 }),
      () => ShmWriter.resume(root, 9),
      () => RingWriter.create(root, { ...OPTIONS, channelId: 11 }),
      () => JournalWriter.create(root, { ...JOURNAL, channelId: 11 }),
      () => recoverChannel(root, 9, { dryRun: false, close: true }),
      () => removeStaleLock(root, 9, { force: true }),
    ]) {
      expect(codeOf(act)).toBe(REFUSED);
    }
    expect(verifyChannel(root, 9).error?.code).toBe(REFUSED);
    expect(listChannelIds(root)).toEqual([]);
    expect(fs.readdirSync(target)).toEqual(before);
  });

  it.each(['the journal', 'its segments', 'its cursors'])('%s', (which) => {
    const root = memoryFolder();
    const writer = JournalWriter.create(root, JOURNAL);
    fill(writer, 0, PER_SEGMENT + 5);
    JournalReader.open(root, 5, { cursor: 'mine' }).close();
    writer.close();
    const { folder, cursors } = journalPaths(root, 5);
    const linked = {
      'the journal': folder,
      'its segments': channelPaths(folder, 0).folder,
      'its cursors': cursors,
    }[which] as string;
    const target = replaceByLink(linked);
    const before = fs.readdirSync(target);
    expect(codeOf(() => JournalReader.open(root, 5, { cursor: 'mine' }))).not.toBe('none');
    expect(codeOf(() => JournalReader.open(root, 5, { cursor: 'other' }))).not.toBe('none');
    expect(codeOf(() => removeJournalCursor(root, 5, 'mine'))).toBe(
      which === 'its segments' ? 'none' : REFUSED,
    );
    expect(fs.readdirSync(target)).toEqual(before);
  });

  it('but accepted as the root, which the caller chooses', () => {
    const root = path.join(memoryFolder(), 'link');
    fs.symlinkSync(memoryFolder(), root);
    ShmWriter.create(root, OPTIONS).close();
    ShmReader.open(root, 9).close();
  });
});

describe('a planted link is never written through', () => {
  it('under the name of a damage copy or of any file beside a channel', () => {
    const root = memoryFolder();
    const victim = path.join(root, 'victim');
    fs.writeFileSync(victim, 'precious');
    const writer = ShmWriter.create(root, OPTIONS);
    writer.write(Buffer.from('abc'));
    writer.detach();
    const { file, bell } = channelPaths(root, 9);
    const fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, Buffer.alloc(8, 0x77), 0, 8, 1024 + 16);
    fs.closeSync(fd);
    for (const name of [
      `${file}.${process.pid}.damaged.tmp`,
      `${file}.damaged`,
      `${file}.${process.pid}.tmp`,
    ]) {
      fs.symlinkSync(victim, name);
    }
    fs.rmSync(bell);
    fs.symlinkSync(victim, bell);
    const report = recoverChannel(root, 9, { cutDamage: true, dryRun: false });
    expect(report.backup).toBe(`${file}.damaged-2`);
    expect(fs.statSync(report.backup as string).size).toBe(fs.statSync(file).size);
    ShmWriter.resume(root, 9).close();
    expect(fs.readFileSync(victim, 'utf8')).toBe('precious');
  });
});

describe('creates durable folders. INV-FILE-05', () => {
  it('syncs the parent of each new folder, and no other folder', () => {
    const root = path.join(fs.realpathSync(memoryFolder()), 'a', 'b');
    const synced: string[] = [];
    const sync = fs.fsyncSync;
    vi.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
      synced.push(fs.readlinkSync(`/proc/self/fd/${fd}`));
      sync(fd);
    });
    JournalWriter.create(root, JOURNAL).close();
    const { folder } = channelPaths(root, 5);
    for (const parent of [path.dirname(path.dirname(root)), path.dirname(root), root, folder]) {
      expect(synced).toContain(parent);
    }
    synced.length = 0;
    ShmWriter.create(root, OPTIONS).close();
    expect(synced).not.toContain(root);
  });

  it('ignores an unreadable parent, and fails if a parent cannot be synced', () => {
    const open = fs.openSync;
    const failOn = (folder: string, code: string) =>
      vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) => {
        if (file === folder) throw Object.assign(new Error(code), { code });
        return open(file, flags, mode);
      });
    const root = memoryFolder();
    failOn(root, 'EACCES');
    ShmWriter.create(root, OPTIONS).close();
    vi.restoreAllMocks();
    failOn(root, 'EIO');
    const other = { ...OPTIONS, channelId: 1n << 40n };
    expect(codeOf(() => ShmWriter.create(root, other))).toBe(REFUSED);
  });
});
