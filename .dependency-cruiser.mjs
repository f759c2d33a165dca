/**
 * The rule of imports: what each room of src, and each floor of src/channel, may import. An import that is in none of
 * these rows, or that closes a circle (types included), is refused by `npm run lint`.
 * docs/architecture.md says why the rows are as they are.
 */

/** room: rooms whose index.ts it may import. */
export const ROOMS = {
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
  cli: ['relay', 'supervisor', 'control', 'aeron', 'health', 'recording', 'structs', 'streams', 'channel', 'platform'],
};

/** folder of src/channel: folders beside it that it may import. */
export const CHANNEL_FLOORS = {
  core: [],
  files: ['core'],
  io: ['core', 'files'],
  typed: ['core', 'files', 'io'],
  log: ['core', 'files', 'io', 'typed'],
  ring: ['core', 'files', 'io', 'typed'],
  journal: ['core', 'files', 'io', 'typed', 'log'],
};

const anyOf = (names) => `(${names.join('|')})`;

const roomRules = Object.entries(ROOMS).map(([room, below]) => ({
  name: `${room}-imports-rooms-below`,
  comment: `src/${room} imports ${below.join(', ') || 'no other room'}${below.length > 0 ? ', through index.ts' : ''}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: {
    path: '^src/',
    pathNot: [`^src/${room}/`, ...(below.length > 0 ? [`^src/${anyOf(below)}/index\\.ts$`] : [])],
  },
}));

const floorRules = Object.entries(CHANNEL_FLOORS).map(([floor, below]) => ({
  name: `channel-${floor}-imports-floors-below`,
  comment: `src/channel/${floor} imports ${below.join(', ') || 'no floor beside it'}.`,
  severity: 'error',
  from: { path: `^src/channel/${floor}/` },
  to: { path: '^src/channel/', pathNot: [`^src/channel/${anyOf([floor, ...below])}/`] },
}));

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-stranger',
      comment: 'Every file of src lies in a room of the table.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/${anyOf(Object.keys(ROOMS))}/` },
      to: {},
    },
    {
      name: 'entry-imports-indexes',
      comment: 'src/index.ts re-exports rooms, through their index.ts.',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$' },
      to: { path: '^src/', pathNot: '^src/[^/]+/index\\.ts$' },
    },
    {
      name: 'not-by-own-name',
      comment: 'No file of src imports the package by its own name.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '(^|/)(dist/|ringwire(/|$))' },
    },
    ...roomRules,
    ...floorRules,
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^coverage/|(^|/)node_modules/' },
  },
};
