/** The package as it is published: what is in it, and what a new user meets who installs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocks, links } from '../docs/documents.js';
import { execute } from '../docs/execute.js';
import { install, pack, REPOSITORY, run, runAsync, sayWhySkipped } from './npm.js';

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
      (file) =>
        !/^dist\/.+\.(js|d\.ts)$/.test(file) &&
        !/^dist\/native\/(linux-(x64|arm64)-(glibc|musl)\.node|LICENSE\.txt)$/.test(file) &&
        file !== 'dist/cli/command-list.json' &&
        file !== 'dist/supervisor/LICENSE.zod' &&
        !/^dist\/web\/page\/(index\.html|page\.css|icon\.svg)$/.test(file) &&
        !/^docs\/.+\.(md|mjs|png|svg|json)$/.test(file),
    );
    const peers = ['src/peers/ringwire.h', 'src/peers/ringwire.py', 'src/peers/ringwire.rs'];
    expect(elsewhere.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'docs/grafana/alerts.yml',
      'llms.txt',
      'package.json',
      ...peers,
    ]);
    expect(files).toContain('docs/api/README.md');
    expect(files).toContain('docs/examples/01-echo/echo-in.mjs');
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(files).toContain('dist/cli/main.js');
    expect(files).toContain('dist/web/page/index.html');
    expect(files).toContain('docs/web-api.openapi.json');
    expect(files).toContain('docs/cliwrap.schema.json');
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

  it.for(['docs/getting-started.md', 'docs/examples/02-request-reply/README.md'])(
    'runs the programs and commands of %s, and runs them again',
    async (page, { skip }) => {
      if (folder === null) return skip('no registry');
      // As the page of the examples says.
      fs.cpSync(path.join(folder, 'node_modules/ringwire/docs'), path.join(folder, 'docs'), {
        recursive: true,
      });
      const text = fs.readFileSync(path.join(folder, page), 'utf8');
      const shown = blocks(text).filter(({ reason }) => reason === null);
      expect(shown.length).toBeGreaterThan(1);
      for (let i = 0; i < 2; i++) {
        let printed = '';
        for (const block of shown) {
          if (block.language === 'text') expect(printed, `line ${block.line}`).toBe(block.code);
          else printed = await execute(block, folder);
        }
      }
    },
  );

  it('puts the command on the path of npx', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const { version } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    const result = run('npx', ['--no-install', 'ringwire', '--version'], folder);
    expect(result.output.split('\n')).toContain(version);
    expect(result.status).toBe(0);
  });

  it('serves the web page without any other package', async ({ skip }) => {
    if (folder === null) return skip('no registry');
    const command = path.join(folder, 'node_modules/.bin/ringwire');
    const server = spawn(command, ['web', '--listen', '127.0.0.1:0', '--root', folder]);
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const url = new URL(line.toString().trim());
      const headers = { Authorization: `Bearer ${url.searchParams.get('token')}` };
      for (const name of ['', 'page.js', 'page.css', 'icon.svg', 'api/snapshot', 'api/openapi.json'])
        expect((await fetch(new URL(`/${name}`, url), { headers })).status, name).toBe(200);
    } finally {
      server.kill();
    }
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

/** A path with npm, node and sh, and no compiler. */
function pathWithoutCompiler(): string {
  const tools = path.join(packing.name, 'bin');
  fs.mkdirSync(tools);
  fs.symlinkSync(run('sh', ['-c', 'command -v npm'], packing.name).output.trim(), path.join(tools, 'npm'));
  fs.symlinkSync('/bin/sh', path.join(tools, 'sh'));
  fs.symlinkSync(process.execPath, path.join(tools, 'node'));
  return tools;
}

const MOST_PACKAGES = 20;
const MOST_BYTES = 12_000_000;
/** A release carries the native module for two processors and two C libraries; a build of a clone may lack two of them. */
const BUILDS = 4;
const MOST_BYTES_OF_A_BUILD = 1_300_000;

describe.each([
  ['as it is', [], false],
  ['without scripts and optional packages', ['--ignore-scripts', '--omit=optional'], false],
  ['without a compiler on the path, offline', ['--offline'], true],
] as const)('an installation %s', (_how, args, bare) => {
  let folder: string | null;
  let installed: { name: string; hasInstallScript?: boolean }[];

  beforeAll(() => {
    const env = bare ? { ...process.env, PATH: pathWithoutCompiler() } : process.env;
    folder = install(tarball, args, env);
    if (folder === null) return sayWhySkipped(`npm install ${args.join(' ')}: no registry can be reached`);
    folders.push(folder);
    const lock = fs.readFileSync(path.join(folder, 'node_modules/.package-lock.json'), 'utf8');
    installed = Object.entries(JSON.parse(lock).packages as Record<string, object>).map(([name, entry]) => ({
      name,
      ...entry,
    }));
  }, 180_000);

  it('adds at most 20 packages and 12 MB, and none of them has an install script', ({ skip }) => {
    if (folder === null) return skip('no registry');
    expect(installed.length).toBeLessThanOrEqual(MOST_PACKAGES);
    expect(installed.filter((entry) => entry.hasInstallScript)).toEqual([]);
    const page = path.join(folder, 'node_modules/ringwire/docs/getting-started.md');
    if (args.length === 0)
      expect(fs.readFileSync(page, 'utf8')).toContain(`adds ${installed.length} packages`);
    const bytes = fs
      .readdirSync(path.join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
    const missing = BUILDS - files.filter((file) => file.endsWith('.node')).length;
    expect(bytes + missing * MOST_BYTES_OF_A_BUILD).toBeLessThan(MOST_BYTES);
  });

  it('exchanges a record', ({ skip }) => {
    if (folder === null) return skip('no registry');
    fs.writeFileSync(path.join(folder, 'user.mjs'), `import * as ringwire from 'ringwire';${EXCHANGE}`);
    expect(run(process.execPath, ['user.mjs'], folder)).toEqual({ status: 0, output: 'hello 42\n' });
  });

  it('loads every entry point from ESM and from CommonJS', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const { exports } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
    const names = Object.keys(exports)
      .filter((name) => !/\.json$|driver-thread/.test(name))
      .map((name) => path.posix.join('ringwire', name));
    expect(names.length).toBeGreaterThan(8);
    const program = (load: string) =>
      names.map((name) => `if (Object.keys(${load}('${name}')).length === 0) throw new Error();\n`).join('');
    fs.writeFileSync(path.join(folder, 'all.mjs'), program('await import'));
    fs.writeFileSync(path.join(folder, 'all.cjs'), program('require'));
    for (const file of ['all.mjs', 'all.cjs']) {
      expect(run(process.execPath, [file], folder)).toEqual({ status: 0, output: '' });
    }
  });

  it('runs the programs of the README twice, in any order', async ({ skip }) => {
    if (folder === null) return skip('no registry');
    const readme = fs.readFileSync(path.join(folder, 'node_modules/ringwire/README.md'), 'utf8');
    const programs = blocks(readme).filter((block) => block.language === 'js');
    const [writer, reader] = ['writer.mjs', 'reader.mjs'];
    fs.writeFileSync(path.join(folder, writer), programs[0]?.code ?? '');
    fs.writeFileSync(path.join(folder, reader), programs[1]?.code ?? '');
    const early = runAsync(process.execPath, [reader], folder);
    expect(run(process.execPath, [writer], folder)).toEqual({ status: 0, output: '' });
    const once = 'one\ntwo\nthree\n';
    expect(await early).toEqual({ status: 0, output: `${once}the end: CLOSED\n` });
    expect(run(process.execPath, [writer], folder)).toEqual({ status: 0, output: '' });
    for (let i = 0; i < 2; i++) {
      const output = `${once}${once}the end: CLOSED\n`;
      expect(run(process.execPath, [reader], folder)).toEqual({ status: 0, output });
    }
  });

  it('holds the target of every relative link of its README', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const root = path.join(folder, 'node_modules/ringwire');
    const missing = links(fs.readFileSync(path.join(root, 'README.md'), 'utf8'))
      .filter((target) => !/^(https?:|#)/.test(target))
      .filter((target) => !fs.existsSync(path.join(root, target.split('#')[0] ?? '')));
    expect(missing).toEqual([]);
  });

  it('reports a native module that is missing, without a stack trace, and exits with 2', ({ skip }) => {
    if (folder === null) return skip('no registry');
    const env = { ...process.env, RINGWIRE_NATIVE: path.join(folder, 'nothing') };
    const { status, output } = run('npx', ['--no-install', 'ringwire', 'write', '1'], folder, env);
    expect(status).toBe(2);
    expect(output).toMatch(
      /^ringwire: NATIVE_MODULE_MISSING: the native module does not load: .*Install ringwire again/m,
    );
    expect(output).not.toMatch(/^ +at /m);
  });
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
import * as structs from 'ringwire/structs';
import { Manager, type ManagerOptions } from 'ringwire/supervisor';

export const entries = { Aeron, ControlClient, VlpAgent, tryIter, transport, sendToStream, Manager, structs };
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
