/** A failed creation leaves no file and changes no other file; a wait for a channel ends as requested. */
import fs from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { channelPaths, openWithRetries, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { availableBackends } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';
import { drain, text } from '../../writer-and-reader.js';
import { OPTIONS, openChannel } from '../channel-under-test.js';

afterEach(() => void vi.restoreAllMocks());

function failing(code: string): never {
  throw Object.assign(new Error(`${code}: injected`), { code });
}

const noLinks = () => vi.spyOn(fs, 'linkSync').mockImplementation(() => failing('EPERM'));

describe('a failed creation leaves no file when', () => {
  const folderSync = () => {
    const open = fs.openSync;
    vi.spyOn(fs, 'openSync').mockImplementation((file, flags, mode) =>
      flags === 'r' ? failing('EMFILE') : open(file, flags, mode),
    );
  };
  it.each([
    [
      'the file cannot be made durable',
      () => vi.spyOn(fs, 'fsyncSync').mockImplementation(() => failing('EIO')),
    ],
    ['the folder cannot be opened for its sync', folderSync],
    ['the file cannot be linked', () => vi.spyOn(fs, 'linkSync').mockImplementation(() => failing('EIO'))],
    [
      'the file can be neither linked nor renamed',
      () => {
        noLinks();
        vi.spyOn(fs, 'renameSync').mockImplementation(() => failing('EIO'));
      },
    ],
    [
      'nothing can be written to it',
      () => vi.spyOn(fs, 'writeSync').mockImplementation(() => failing('EIO')),
    ],
  ])('%s', (_what, inject) => {
    const root = temporaryFolder();
    inject();
    expect(() => ShmWriter.create(root, OPTIONS)).toThrowError(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
    vi.restoreAllMocks();
    expect(fs.readdirSync(channelPaths(root, 9).folder)).toEqual([]);
    ShmWriter.create(root, OPTIONS).close();
  });

  it('the disk is full at the very first file', () => {
    const root = temporaryFolder();
    vi.spyOn(fs, 'writeSync').mockImplementation(() => failing('ENOSPC'));
    expect(() => ShmWriter.create(root, OPTIONS)).toThrowError(expect.objectContaining({ code: 'NO_SPACE' }));
    expect(fs.readdirSync(channelPaths(root, 9).folder)).toEqual([]);
  });
});

describe('a creation succeeds although', () => {
  it('the file system does not support links', () => {
    noLinks();
    using channel = openChannel();
    channel.writer.write(text('renamed'));
    expect(drain(channel.reader)).toEqual(['renamed']);
    expect(() => ShmWriter.create(channel.root, OPTIONS)).toThrowError(
      expect.objectContaining({ code: 'STORAGE_ALREADY_EXISTS' }),
    );
  });

  it('another process removes its lock, and it leaves the lock of another process', () => {
    const root = temporaryFolder();
    const { lock } = channelPaths(root, 9);
    const link = fs.linkSync;
    vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
      fs.rmSync(lock);
      fs.writeFileSync(lock, 'of somebody else');
      link(from, to);
    });
    ShmWriter.create(root, OPTIONS).close();
    expect(fs.readFileSync(lock, 'utf8')).toBe('of somebody else');
    vi.restoreAllMocks();
    vi.spyOn(fs, 'linkSync').mockImplementation((from, to) => {
      fs.rmSync(channelPaths(root, 10).lock);
      link(from, to);
    });
    ShmWriter.create(root, { ...OPTIONS, channelId: 10 }).close();
  });

  it('a dead process with the same pid left an incomplete file', () => {
    const root = temporaryFolder();
    const { folder, file } = channelPaths(root, 9);
    fs.mkdirSync(folder);
    fs.writeFileSync(`${file}.${process.pid}.tmp`, 'half');
    ShmWriter.create(root, OPTIONS).close();
    expect(fs.readdirSync(folder)).toEqual(['0000_0009.kekbit', '0000_0009.bell'].sort());
  });
});

describe('waiting for a channel', () => {
  it('ends when it appears', async () => {
    const root = temporaryFolder();
    const waiting = ShmReader.waitFor(root, 9, { timeoutMs: 20_000 });
    const writer = ShmWriter.create(root, OPTIONS);
    (await waiting).close();
    writer.close();
  });

  it('continues while kekbit has created an incomplete file: a file missing at the first check counts as missing', async () => {
    const root = temporaryFolder();
    const { folder, file, lock } = channelPaths(root, 9);
    fs.mkdirSync(folder);
    const look = fs.lstatSync;
    // The creator makes its lock and an empty file right after the reader has looked for the file.
    vi.spyOn(fs, 'lstatSync').mockImplementation(((path: string, options: object) => {
      const answer = look(path, options);
      if (path === file && answer === undefined && !fs.existsSync(lock)) {
        fs.writeFileSync(lock, '');
        fs.writeFileSync(file, '');
      }
      return answer;
    }) as typeof fs.lstatSync);
    expect(codeOf(() => ShmReader.open(root, 9))).toBe('STORAGE_NOT_FOUND');
    expect(codeOf(() => ShmReader.open(root, 9))).toBe('STORAGE_NOT_READY');
    const waiting = ShmReader.waitFor(root, 9, { timeoutMs: 20_000 });
    vi.restoreAllMocks();
    for (const path of [file, lock]) fs.rmSync(path);
    const writer = ShmWriter.create(root, OPTIONS);
    (await waiting).close();
    writer.close();
  });

  it('ends with the last error when the time is over', async () => {
    await expect(ShmReader.waitFor(temporaryFolder(), 9, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'STORAGE_NOT_FOUND',
    });
  });

  it('ends with the reason of its signal, before and while it waits', async () => {
    const reason = new Error('enough');
    const root = temporaryFolder();
    await expect(ShmReader.waitFor(root, 9, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 20);
    await expect(ShmReader.waitFor(root, 9, { signal: abort.signal })).rejects.toBe(reason);
  });

  it('ends immediately with any other error', async () => {
    const root = temporaryFolder();
    const { folder, file } = channelPaths(root, 9);
    fs.mkdirSync(folder);
    fs.writeFileSync(file, '');
    await expect(ShmReader.waitFor(root, 9)).rejects.toMatchObject({ code: 'STORAGE_TRUNCATED' });
  });

  it('can be limited to a number of attempts', async () => {
    let attempts = 0;
    const open = () => {
      if (++attempts < 4) throw new Error(`attempt ${attempts}`);
      return attempts;
    };
    await expect(openWithRetries(open, 30, 3)).rejects.toThrow('attempt 3');
    expect(await openWithRetries(open, 0, 1)).toBe(4);
    for (const tries of [0, -1, 1.5]) {
      await expect(openWithRetries(open, 10, tries)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe.each(availableBackends())('a writer with %s', (backend) => {
  it('copies a source over a resizable buffer that has grown or shrunk since', () => {
    using channel = openChannel({ backend });
    const buffer = new (
      ArrayBuffer as unknown as new (
        n: number,
        o: object,
      ) => ArrayBuffer & { resize(n: number): void }
    )(16, { maxByteLength: 64 });
    const source = new Uint8Array(buffer);
    for (const length of [16, 16, 16, 40, 40, 8, 8, 64, 3, 3]) {
      buffer.resize(length);
      source.fill(length);
      channel.writer.write(source);
      expect(channel.reader.tryRead()).toEqual(Buffer.alloc(length, length));
    }
  });

  it('finishes a flush that a close overtakes', async () => {
    using channel = openChannel({ backend });
    channel.writer.write(text('flushed'));
    const flush = channel.writer.flushAsync();
    channel.writer.close();
    await flush;
    await expect(channel.writer.flushAsync()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('flushes repeatedly, and only its own records', async () => {
    using channel = openChannel({ backend, prefault: true });
    for (let i = 0; i < 20; i++) {
      channel.writer.write(Buffer.alloc(100, i));
      if (i % 2 === 0) channel.writer.flush();
      else await channel.writer.flushAsync();
    }
    expect(drain(channel.reader)).toHaveLength(20);
  });

  it('refuses invalid records and invalid claims', () => {
    using channel = openChannel({ backend });
    const { writer } = channel;
    const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
    for (const data of ['text', new Uint16Array(2), new DataView(new ArrayBuffer(8)), {}, [1, 2]]) {
      expect(() => writer.write(data as never)).toThrowError(invalid);
      expect(() => writer.writeBatch([text('a'), data as never])).toThrowError(invalid);
    }
    for (const length of [-1, 1.5, 4, Number.NaN, 2 ** 32]) {
      expect(() => writer.write(text('abc'), length)).toThrowError(invalid);
    }
    for (const length of [-1, 1.5, Number.NaN, 2 ** 32])
      expect(() => writer.tryClaim(length)).toThrowError(invalid);
    for (const call of [() => writer.commit(), () => writer.abort()]) {
      expect(call).toThrowError(expect.objectContaining({ code: 'NO_CLAIM' }));
    }
    writer.tryClaim(10);
    expect(() => writer.commit(11)).toThrowError(invalid);
    for (const call of [
      () => writer.heartbeat(),
      () => writer.write(text('a')),
      () => writer.tryClaim(1),
      () => writer.writeBatch([text('a')]),
    ]) {
      expect(call).toThrowError(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    }
    expect(writer.commit(4)).toBe(16);
    expect(writer.writeOffset).toBe(16);
    expect(writer.writeBatch([])).toBe(0);
  });

  it('publishes nothing of an open claim at close', () => {
    using channel = openChannel({ backend });
    const offset = channel.writer.tryClaim(50);
    channel.writer.buffer.fill(1, offset, offset + 50);
    channel.writer.close();
    expect(
      fs
        .readFileSync(channel.writer.path)
        .subarray(1032, 1200)
        .every((byte) => byte === 0),
    ).toBe(true);
    expect(drain(channel.reader)).toEqual([]);
    expect(channel.reader.endReason?.code).toBe('CLOSED');
  });
});
