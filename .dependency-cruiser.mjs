/**
 * The rule of imports: what each module of src, and each folder of src/channel, may import. An import that is in none of
 * these rows, or that closes a circle (types included), is refused by `npm run lint`.
 * docs/architecture.md says why the rows are as they are.
 */

/** module: modules whose index.ts it may import. */
export const MODULES = {
  platform: [],
  channel: ['platform'],
  kekbit: ['channel', 'platform'],
  structs: ['channel', 'platform'],
  streams: ['channel', 'platform'],
  pino: ['channel', 'platform'],
  recording: ['channel', 'platform'],
  health: ['channel', 'platform'],
  control: ['platform'],
  supervisor: ['control', 'health', 'channel', 'platform'],
  aeron: ['channel', 'platform'],
  relay: ['aeron', 'channel', 'platform'],
  metrics: ['control', 'aeron', 'health', 'channel', 'platform'],
  web: ['metrics', 'control', 'channel', 'platform'],
  cli: [
    'web',
    'metrics',
    'relay',
    'supervisor',
    'control',
    'aeron',
    'health',
    'recording',
    'structs',
    'streams',
    'channel',
    'platform',
  ],
};

/** folder of src/channel: folders beside it that it may import. */
export const CHANNEL_FOLDERS = {
  core: [],
  files: ['core'],
  io: ['core', 'files'],
  typed: ['core', 'files', 'io'],
  log: ['core', 'files', 'io', 'typed'],
  ring: ['core', 'files', 'io', 'typed'],
  journal: ['core', 'files', 'io', 'typed', 'log'],
};

const anyOf = (names) => `(${names.join('|')})`;

const moduleRules = Object.entries(MODULES).map(([module, below]) => ({
  name: `${module}-imports-modules-below`,
  comment: `src/${module} imports ${below.join(', ') || 'no other module'}${below.length > 0 ? ', through index.ts' : ''}.`,
  severity: 'error',
  from: { path: `^src/${module}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${module}/`, ...(below.length > 0 ? [`^src/${anyOf(below)}/index\\.ts$`] : [])],
  },
}));

const folderRules = Object.entries(CHANNEL_FOLDERS).map(([folder, below]) => ({
  name: `channel-${folder}-imports-folders-below`,
  comment: `src/channel/${folder} imports ${below.join(', ') || 'no folder beside it'}.`,
  severity: 'error',
  from: { path: `^src/channel/${folder}/` },
  to: { path: '^src/channel/', pathNot: [`^src/channel/${anyOf([folder, ...below])}/`] },
}));

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-stranger',
      comment: 'Every file of src lies in a module of the table.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf(Object.keys(MODULES))}/` },
      to: {},
    },
    {
      name: 'entry-imports-indexes',
      comment: 'The entry points, src/*.ts, re-export modules through their index.ts.',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$' },
      to: { path: '^src/', pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'not-by-own-name',
      comment: 'No file of src imports the package by its own name.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^|/)(dist/|ringwire(/|$))', pathNot: '(^|/)node_modules/(?!ringwire/)' },
    },
    ...moduleRules,
    ...folderRules,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^coverage/|(^|/)node_modules/' },
  },
};
