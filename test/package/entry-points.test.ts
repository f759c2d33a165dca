/** The entry points of the package name their exports, and internals are not among them. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './npm.js';

const { exports } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
};
/** The program of a thread, which bundlers need as an entry of their own: nothing imports it. */
const THREADS = ['./aeron/driver-thread'];
const entries = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === 'string' || THREADS.includes(name)
    ? []
    : [{ name: name.replace('.', 'ringwire'), ...target }],
);

it.each(THREADS)('the program %s of a thread is exported for bundlers', (name) => {
  const target = exports[name] as { default: string };
  expect(fs.existsSync(path.join(REPOSITORY, target.default))).toBe(true);
});

it('package.json has an entry point for each file directly in src, and no other', () => {
  const inSource = fs
    .readdirSync(path.join(REPOSITORY, 'src'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `./dist/${name.replace(/\.ts$/, '.js')}`);
  expect(entries.map((entry) => entry.default).sort()).toEqual(inSource.sort());
  for (const entry of entries) expect(entry.types).toBe(entry.default.replace(/\.js$/, '.d.ts'));
});

describe.each(entries)('$name', ({ default: file }) => {
  it('names each export, one by one', () => {
    const source = path.join(REPOSITORY, file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
    expect(fs.readFileSync(source, 'utf8')).not.toMatch(/export \*/);
  });

  it('loads', async () => {
    const loaded = await import(pathToFileURL(path.join(REPOSITORY, file)).href);
    expect(Object.keys(loaded).length).toBeGreaterThan(0);
  });
});

it('no index of a module uses export *', () => {
  const indexes = fs
    .readdirSync(path.join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('index.ts'));
  expect(indexes.length).toBeGreaterThan(8);
  const starred = indexes.filter((name) =>
    /export \*/.test(fs.readFileSync(path.join(REPOSITORY, 'src', name), 'utf8')),
  );
  expect(starred).toEqual([]);
});

/** Names that modules of src share and the package does not export. Every other name of an index is public. */
const INTERNAL: Record<string, readonly string[]> = {
  channel: [
    ...[
      'BatchSource',

      'CHANNEL_DEFAULTS',
      'ChannelFiles',
      'describeUser',
      'filesOfChannels',
      'EndWatch',
      'ReaderFields',
      'RecordDecoder',
      'RecordEncoder',
      'RecordSource',
      'RecordTest',
      'RingProbe',
      'backoff',
    ],
    ...['existingJournal', 'isBehind', 'isTickUnit', 'iterateBatches'],
    ...['holdsWriter', 'lagOf', 'paddedPayloadBytes', 'perSecond', 'readableRecords', 'shareOf'],
    ...[
      'iterateRecords',
      'logOwner',
      'moveToFirst',
      'moveToLast',
      'moveToTime',
      'nanosToTicks',
      'registeredCursors',
      'resumeOrCreateRing',
      'tickUnitFromId',
      'ticksToMillis',
      'unixTicks',
    ],
  ],
  health: [
    ...[
      'NONCE_TERMINAL',
      'TokenBucket',
      'agentKey',
      'crc32c',
      'decodeErrorLabel',
      'epochKey',
      'eventAsJson',
      'ivPrefix',
      'openFrame',
    ],
    'sealFrame',
  ],
  control: [
    ...['FrameDecoder', 'decodeBody', 'encodeBody', 'encodeControlFrame', 'encodeMessage', 'errorFromText'],
    ...['LiveManager', 'ManagerEntry', 'lastLines', 'liveManagers', 'refusal', 'writeHint'],
  ],
  supervisor: [],
  streams: [],
  structs: [],
  kekbit: [],
  aeron: ['CNC_FILE'],
  relay: [],
  metrics: ['RootSampler'],
  pino: [],
};

function exportedNames(file: string): string[] {
  const lists = fs
    .readFileSync(path.join(REPOSITORY, 'src', file), 'utf8')
    .matchAll(/^export (?:type )?\{([^}]*)\}/gm);
  const names = [...lists].flatMap((list) => (list[1] ?? '').split(','));
  return names
    .map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    )
    .filter(Boolean);
}

it.each(Object.entries(INTERNAL))(
  'src/%s exports each name to users, or lists it as internal',
  (module, internal) => {
    const entry = fs.existsSync(path.join(REPOSITORY, `src/${module}.ts`)) ? `${module}.ts` : 'index.ts';
    const exported = exportedNames(entry);
    const kept = exportedNames(`${module}/index.ts`).filter((name) => !exported.includes(name));
    expect(kept.sort()).toEqual([...internal].sort());
  },
);

it('ringwire exports no internal name', async () => {
  const loaded = await import(pathToFileURL(path.join(REPOSITORY, 'dist/index.js')).href);
  expect(Object.keys(loaded).filter((name) => INTERNAL['channel']?.includes(name))).toEqual([]);
});

it('declarations omit members marked @internal', () => {
  const declarations = fs
    .readdirSync(path.join(REPOSITORY, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'));
  expect(declarations.length).toBeGreaterThan(100);
  const marked = declarations.filter((name) =>
    fs.readFileSync(path.join(REPOSITORY, 'dist', name), 'utf8').includes('@internal'),
  );
  expect(marked).toEqual([]);
});
