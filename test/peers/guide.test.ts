/** The programs of docs/guides/other-languages.md do what the guide says. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../child.js';
import { blocks, read } from '../docs/documents.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';
import { hasProgram } from './peers.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(REPOSITORY, 'src/peers');
const guide = blocks(read('docs/guides/other-languages.md'));
const code = (language: string) => guide.find((block) => block.language === language)?.code as string;

/** A folder with the peers' files and one program. */
function project(name: string, text: string): string {
  const folder = temporaryFolder();
  for (const file of fs.readdirSync(SOURCES))
    fs.copyFileSync(path.join(SOURCES, file), path.join(folder, file));
  fs.writeFileSync(path.join(folder, name), text);
  return folder;
}

function compile(compiler: string, args: string[], cwd: string): string {
  const { status, stderr } = spawnSync(compiler, [...args, '-o', 'program'], { cwd, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return path.join(cwd, 'program');
}

describe('the guide to other languages', () => {
  it('shows market data from C++ that Node reads', async (test) => {
    if (!hasProgram('g++')) return test.skip('g++ is not installed');
    const folder = project('feed.cpp', code('cpp'));
    fs.writeFileSync(path.join(folder, 'reader.mjs'), code('js'));
    fs.mkdirSync(path.join(folder, 'node_modules'));
    fs.symlinkSync(REPOSITORY, path.join(folder, 'node_modules/ringwire'));
    const feed = compile('g++', ['-std=c++17', '-O2', '-Wall', '-Wextra', '-I.', 'feed.cpp'], folder);
    const root = memoryFolder();
    const reader = run(process.execPath, ['reader.mjs', root], { cwd: folder });
    expect(await run(feed, [root, '1000'])).toMatchObject({ code: 0, stderr: '' });
    expect(await reader).toMatchObject({ code: 0, stdout: 'RINGWIRE 349.75 350 lost: 0\n' });
  });

  it('shows a Python program on a live ring', async (test) => {
    if (!hasProgram('python3')) return test.skip('python3 is not installed');
    const folder = project('look.py', code('python'));
    const root = memoryFolder();
    const { RingWriter, TickUnit } = await import('../../src/channel/index.js');
    const shared = { writerId: 1, channelId: 7, timeout: 10_000, tickUnit: TickUnit.Millis };
    using writer = RingWriter.create(root, { ...shared, capacity: 65_536, maxMessageLength: 100 });
    for (let n = 0; n < 10; n++) writer.write(Buffer.from(`price ${n}`));
    const { stdout } = await run('python3', ['look.py', root], { cwd: folder });
    expect(stdout).toBe('10 records, lost 0\n');
  });

  it('shows a Rust program that writes and reads', async (test) => {
    if (!hasProgram('rustc')) return test.skip('rustc is not installed');
    const folder = project('main.rs', code('rust'));
    const program = compile('rustc', ['--edition', '2021', '-O', 'main.rs'], folder);
    expect(await run(program, [memoryFolder()])).toMatchObject({ code: 0, stdout: '499500 CLOSED\n' });
  });
});
