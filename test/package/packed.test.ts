/** The package as it is published: what is in it, and what a new user meets who installs it. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { links } from '../docs/documents.js';
import { SIZE } from '../size.js';
import { install, pack, REPOSITORY, run, sayWhySkipped } from './npm.js';

const bin = (name: string) => path.join(REPOSITORY, 'node_modules/.bin', name);
const packing = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-pack-' });
const folders: string[] = [];
let tarball: string;
let files: string[];

beforeAll(() => {
  ({ tarball, files } = pack(packing.name));
});

afterAll(() => {
  packing.removeCallback();
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it('holds the build, the documents, the examples and the license, and nothing else', () => {
    const elsewhere = files.filter(
      (file) => !/^dist\/.+\.(js|d\.ts)$/.test(file) && !/^docs\/.+\.(md|mjs|svg|json)$/.test(file),
    );
    const peers = ['src/peers/ringwire.h', 'src/peers/ringwire.py', 'src/peers/ringwire.rs'];
    expect(elsewhere.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'llms.txt',
      'package.json',
      ...peers,
    ]);
    expect(files).toContain('docs/api/README.md');
    expect(files).toContain('docs/examples/01-echo/echo-in.mjs');
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(files).toContain('dist/cli/main.js');
  });

  it('holds the target of each relative link of its pages', () => {
    const pages = files.filter((file) => file.endsWith('.md') || file === 'llms.txt');
    const targets = (page: string) =>
      links(fs.readFileSync(path.join(REPOSITORY, page), 'utf8'))
        .filter((target) => !/^(https?:|#)/.test(target))
        .map((target) => path.posix.join(path.posix.dirname(page), target.split('#')[0] ?? ''));
    const missing = pages.flatMap((page) =>
      targets(page)
        .filter((target) => !files.includes(target))
        .map((target) => `${page}: ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it('has no install script of its own', () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(hook);
  });

  it('is clean for publint, warnings included', () => {
    const { status, output } = run(bin('publint'), ['run', '--strict', tarball], packing.name);
    expect(output).toContain('All good');
    expect(status).toBe(0);
  });

  it('has types that every way of importing resolves', () => {
    const args = ['--profile', 'esm-only', '--no-definitely-typed', '--no-color', tarball];
    const { status, output } = run(bin('attw'), args, packing.name);
    expect(output).toContain('ringwire v');
    expect(status, output).toBe(0);
  });
});

describe('an installation in an empty folder', () => {
  let folder: string | null;

  beforeAll(() => {
    folder = install(tarball);
    if (folder === null) sayWhySkipped('the package is not installed: no registry can be reached');
    else folders.push(folder);
  }, 180_000);

  it.for([
    ['ESM', 'user.mjs', "import * as ringwire from 'ringwire';"],
    ['CommonJS', 'user.cjs', "const ringwire = require('ringwire');"],
  ] as const)('exchanges a record when imported from %s', ([, name, imports], { skip }) => {
    if (folder === null) return skip('no registry');
    fs.writeFileSync(path.join(folder, name), imports + EXCHANGE);
    const { status, output } = run(process.execPath, [name], folder);
    expect(output).toBe('hello 42\n');
    expect(status).toBe(0);
  });

  it('puts the command on the path of npx', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const { version } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    const result = run('npx', ['--no-install', 'ringwire', '--version'], folder);
    expect(result.output.split('\n')).toContain(version);
    expect(result.status).toBe(0);
  });

  it('runs the demo, every record verified', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const { status } = run('npx', ['--no-install', 'ringwire', 'demo', '--records', '20000'], folder);
    expect(status).toBe(0);
  });

  it.for([
    ['nodenext', 'user.mts', 'typescript'],
    ['nodenext', 'user.cts', 'typescript-7'],
    ['node16', 'user16.mts', 'typescript-7'],
    ['bundler', 'user.ts', 'typescript-7'],
  ] as const)(
    'type-checks strictly with moduleResolution %s in %s by %s',
    {
      timeout: 180_000,
    },
    ([resolution, name, compiler], { skip }) => {
      if (folder === null) return skip('no registry');
      fs.writeFileSync(path.join(folder, name), CONSUMER);
      fs.writeFileSync(
        path.join(folder, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            target: 'es2022',
            module: resolution === 'bundler' ? 'esnext' : resolution,
            moduleResolution: resolution,
            strict: true,
            exactOptionalPropertyTypes: true,
            skipLibCheck: false,
            noEmit: true,
            types: ['node'],
            typeRoots: [path.join(REPOSITORY, 'node_modules/@types')],
          },
          files: [name],
        }),
      );
      const tsc = path.join(REPOSITORY, 'node_modules', compiler, 'bin/tsc');
      const { status, output } = run(process.execPath, [tsc, '-p', '.'], folder);
      expect(output).toBe('');
      expect(status).toBe(0);
    },
  );
});

describe('an installation on a machine that cannot build mmap-io', () => {
  it('succeeds without a compiler on the path, and works on the other back end', ({ skip }) => {
    const tools = path.join(packing.name, 'bin');
    fs.mkdirSync(tools);
    const npm = run('sh', ['-c', 'command -v npm'], packing.name).output.trim();
    fs.symlinkSync(npm, path.join(tools, 'npm'));
    fs.symlinkSync('/bin/sh', path.join(tools, 'sh'));
    fs.symlinkSync(process.execPath, path.join(tools, 'node'));
    const folder = install(tarball, [], { ...process.env, PATH: tools });
    if (folder === null) {
      sayWhySkipped('the package is not installed without a compiler: no registry can be reached');
      return skip('no registry');
    }
    folders.push(folder);
    expect(fs.existsSync(path.join(folder, 'node_modules/mmap-io/build'))).toBe(false);
    fs.writeFileSync(path.join(folder, 'user.mjs'), `import * as ringwire from 'ringwire';${EXCHANGE}`);
    expect(run(process.execPath, ['user.mjs'], folder)).toEqual({ status: 0, output: 'hello 42\n' });
  }, 180_000);

  it('succeeds without optional packages, where a compiler can build koffi instead', ({ skip }) => {
    if (SIZE !== 'long') {
      sayWhySkipped('--omit=optional compiles koffi for half a minute: npm run test:long');
      return skip('long');
    }
    const folder = install(tarball, ['--omit=optional']);
    if (folder === null) return skip('no registry');
    folders.push(folder);
    expect(fs.existsSync(path.join(folder, 'node_modules/mmap-io'))).toBe(false);
    fs.writeFileSync(path.join(folder, 'user.mjs'), `import * as ringwire from 'ringwire';${EXCHANGE}`);
    expect(run(process.execPath, ['user.mjs'], folder)).toEqual({ status: 0, output: 'hello 42\n' });
  }, 300_000);
});

const EXCHANGE = `
const { ShmReader, ShmWriter, TickUnit } = ringwire;
const writer = ShmWriter.create('channels', {
  writerId: 1, channelId: process.pid, capacity: 1 << 20, maxMessageLength: 100, timeout: 10, tickUnit: TickUnit.Secs,
});
const reader = ShmReader.open('channels', process.pid);
writer.write(Buffer.from('hello 42'));
console.log(reader.tryRead().toString());
reader.close();
writer.close();
`;

const CONSUMER = `
import { type Reader, type RecordHandler, RingwireError, ShmReader, ShmWriter, TickUnit, type Writer } from 'ringwire';
import { Aeron, type AeronOptions } from 'ringwire/aeron';
import { ControlClient, type ControlService } from 'ringwire/control';
import { type BeatTarget, VlpAgent } from 'ringwire/health';
import { type ReadResult, tryIter } from 'ringwire/kekbit';
import transport, { type PinoTransportOptions } from 'ringwire/pino';
import { type SendOptions, sendToStream } from 'ringwire/relay';
import { Manager, type ManagerOptions } from 'ringwire/supervisor';

export const entries = { Aeron, ControlClient, VlpAgent, tryIter, transport, sendToStream, Manager };
export type Options = [AeronOptions, ControlService, BeatTarget, ReadResult, PinoTransportOptions, SendOptions, ManagerOptions];

const writer: Writer = ShmWriter.create('channels', {
  writerId: 1n, channelId: 2, capacity: 65536, maxMessageLength: 100, timeout: 5n, tickUnit: TickUnit.Millis,
});
const handler: RecordHandler = (buffer, offset, length, position) => {
  const text: string = buffer.toString('utf8', offset, offset + length);
  if (position > 0) throw new RangeError(text);
};
async function follow(reader: Reader): Promise<bigint> {
  for await (const record of reader.records()) handler(record, 0, record.length, 0);
  return reader.header.timeout;
}
export async function all(): Promise<void> {
  try {
    await follow(ShmReader.open('channels', 2n, { timeout: 'final' }));
  } catch (error) {
    if (error instanceof RingwireError && error.code === 'CORRUPT_CHANNEL') writer.close();
  }
}
// @ts-expect-error: a code that does not exist
export const wrong = (error: RingwireError) => error.code === 'NO_SUCH_CODE';
`;
