/** Every file-changing call of an export file fails once: nothing that was accepted is lost or written twice. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { AppendFile } from '../../../src/health/exports/append-file.js';
import { HeartbeatFile, readKeyFile, readKeyListFile } from '../../../src/health/index.js';
import { temporaryFolder } from '../../temporary.js';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

/** Lets the nth call of a function of `fs` fail. */
function failOnce(
  name: 'writeSync' | 'openSync' | 'renameSync' | 'fdatasyncSync',
  code: string,
  nth = 1,
): void {
  const original = fs[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const spy = vi.spyOn(fs, name as 'writeSync').mockImplementation(((...args: unknown[]) => {
    if (++calls === nth) throw systemError(code);
    return original.apply(fs, args);
  }) as never);
  onTestFinished(() => spy.mockRestore());
}

/** The lines of a file and of its older generations, oldest first. */
function allLines(file: string): string[] {
  const names = [5, 4, 3, 2, 1].map((i) => `${file}.${i}`).filter((name) => fs.existsSync(name));
  return [...names, file].flatMap((name) => fs.readFileSync(name, 'utf8').split('\n').slice(0, -1));
}

function lines(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `line ${i}`);
}

for (const [name, code] of [
  ['writeSync', 'ENOSPC'],
  ['writeSync', 'EIO'],
  ['openSync', 'EMFILE'],
  ['openSync', 'ENOSPC'],
  ['renameSync', 'EIO'],
  ['renameSync', 'ENOSPC'],
  ['fdatasyncSync', 'EIO'],
] as const) {
  for (const nth of [1, 2, 3]) {
    test(`loses no line when call ${nth} of ${name} fails with ${code}`, () => {
      const path_ = path.join(temporaryFolder(), 'events');
      const reports: string[] = [];
      const file = new AppendFile(path_, {
        maxBytes: 20,
        syncEvery: 1,
        onError: (text) => reports.push(text),
      });
      failOnce(name, code, nth);
      for (const line of lines(12)) {
        file.append(`${line}\n`);
        file.flush();
      }
      file.close();
      expect(allLines(path_)).toEqual(lines(12));
      expect(reports).toEqual([expect.stringContaining(code)]);
      expect(file.lost).toBe(0);
    });
  }
}

test('completes a partly written line', () => {
  const name = path.join(temporaryFolder(), 'events');
  const file = new AppendFile(name);
  const original = fs.writeSync;
  const spy = vi
    .spyOn(fs, 'writeSync')
    .mockImplementation(((fd: number, bytes: Buffer) =>
      original(fd, bytes, 0, Math.min(3, bytes.length))) as never);
  onTestFinished(() => spy.mockRestore());
  for (const line of lines(3)) file.append(`${line}\n`);
  file.close();
  expect(allLines(name)).toEqual(lines(3));
});

test('counts and reports the lines that exceed the memory limit', () => {
  const reports: string[] = [];
  const file = new AppendFile('/dev/full', { onError: (text) => reports.push(text) });
  const line = `${'x'.repeat(1023)}\n`;
  for (let i = 0; i < 2000; i++) file.append(line);
  file.flush();
  expect(file.lost).toBe(2000 - 1024);
  expect(reports).toEqual([expect.stringContaining('ENOSPC')]);
  file.close();
});

test('keeps its absolute path when the current folder changes', () => {
  const folder = temporaryFolder();
  const before = process.cwd();
  process.chdir(folder);
  let file: AppendFile;
  try {
    file = new AppendFile('events', { maxBytes: 10 });
  } finally {
    process.chdir(before);
  }
  for (const line of lines(3)) file.append(`${line}\n`);
  file.close();
  expect(fs.readdirSync(folder).sort()).toEqual(['events', 'events.1', 'events.2']);
  expect(fs.existsSync('events')).toBe(false);
});

test('refuses a FIFO without waiting for its reader', async () => {
  const { execFileSync } = await import('node:child_process');
  const name = path.join(temporaryFolder(), 'fifo');
  execFileSync('mkfifo', [name]);
  expect(() => new AppendFile(name)).toThrow(expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }));
});

test('a heartbeat file that cannot be replaced keeps its content and leaves no temporary file', () => {
  const folder = temporaryFolder();
  const name = path.join(folder, 'alive');
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const heartbeat = new HeartbeatFile(name);
  onTestFinished(() => heartbeat.close());
  const content = fs.readFileSync(name, 'utf8');
  failOnce('renameSync', 'ENOSPC');
  vi.advanceTimersByTime(500);
  expect(fs.readFileSync(name, 'utf8')).toBe(content);
  expect(fs.readdirSync(folder)).toEqual(['alive']);
  vi.advanceTimersByTime(500);
  expect(fs.readFileSync(name, 'utf8')).not.toBe(content);
});

test('an unreadable key file throws INVALID_KEY and leaves no open descriptor', () => {
  const name = path.join(temporaryFolder(), 'key');
  fs.writeFileSync(name, `${'0f'.repeat(32)}\n`, { mode: 0o600 });
  failOnce('openSync', 'EMFILE');
  expect(() => readKeyFile(name)).toThrow(
    expect.objectContaining({ code: 'INVALID_KEY', message: expect.stringContaining('EMFILE') }),
  );
  const spy = vi.spyOn(fs, 'readSync').mockImplementation(() => {
    throw systemError('EIO');
  });
  const before = fs.readdirSync('/proc/self/fd').length;
  expect(() => readKeyFile(name)).toThrow(/EIO/);
  expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
  spy.mockRestore();
  // A read may return fewer bytes than asked for.
  const original = fs.readSync as (...args: unknown[]) => number;
  const short = vi
    .spyOn(fs, 'readSync')
    .mockImplementation(((fd: number, bytes: Buffer, at: number, length: number, position: number) =>
      original(fd, bytes, at, Math.min(5, length), position)) as never);
  expect(readKeyFile(name).toString('hex')).toBe('0f'.repeat(32));
  short.mockRestore();
});

test('a key list file has one key per line', () => {
  const name = path.join(temporaryFolder(), 'keys');
  fs.writeFileSync(name, `# old\n${'0f'.repeat(32)}\n\n${'a0'.repeat(32)}\n`, { mode: 0o600 });
  expect(readKeyListFile(name).map((key) => key[0])).toEqual([0x0f, 0xa0]);
  fs.writeFileSync(name, 'zz\n');
  expect(() => readKeyListFile(name)).toThrow(/64 hexadecimal digits per line/);
});
