/** Every suite of the benchmark in its quick size: each side runs and verifies its records; the figures mean nothing. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../child.js';
import { sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';

const BENCH = fileURLToPath(new URL('../../bench', import.meta.url));
const ALL = fs
  .readdirSync(path.join(BENCH, 'suites'))
  .map((file) => path.basename(file, '.mjs'))
  .sort();
/** It runs tests that are part of this suite as well. */
const RUNS_TESTS = 'hostile-memory';
const SUITES = sized({ test: ALL.filter((name) => name !== RUNS_TESTS), all: ALL, long: ALL });

// biome-ignore lint/suspicious/noExplicitAny: results are plain JSON, compared field by field
type Results = any;

/** What a quick run of one suite writes, and what it prints. */
async function measured(suite: string): Promise<{ results: Results; stdout: string }> {
  const out = path.join(temporaryFolder(), 'results.json');
  const args = [path.join(BENCH, 'run.mjs'), suite, '--quick', '--out', out];
  const env = { ...process.env, NO_COLOR: '1', AERON_SAMPLES: undefined };
  const { stdout, stderr, code } = await run(process.execPath, args, { env });
  expect(code, stderr).toBe(0);
  const written = JSON.parse(fs.readFileSync(out, 'utf8'));
  expect(written.schema).toBe(1);
  expect(Object.keys(written.suites)).toEqual([suite]);
  const { machine, quick, results, targets } = written.suites[suite];
  expect(machine).toMatchObject({ node: process.version, date: expect.stringMatching(/^\d{4}-/) });
  expect(quick).toBe(true);
  for (const target of targets)
    expect(target).toMatchObject({ name: expect.any(String), target: expect.any(String) });
  expect(stdout).toContain(`${suite}: `);
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  return { results, stdout };
}

/** Rates between two processes, beside C where a compiler is installed. */
function checkRates(results: Results, stdout: string): void {
  const compiled = !stdout.includes('C program not compiled');
  for (const row of results) {
    expect(row).toMatchObject({ verified: true });
    expect(row.recordsPerSecond).toBeGreaterThan(0);
    expect(row.ratio === null).toBe(!compiled);
  }
}

const CHECKS: Record<string, (results: Results, stdout: string) => void> = {
  'in-process'({ figures, allocation }) {
    const ways = figures.map(({ kind, name }: Results) => `${kind} ${name}`);
    for (const kind of ['ring', 'log'])
      for (const name of [
        'tryWrite',
        'claim',
        'writeBatch',
        'fresh',
        'writeUtf8',
        'poll',
        'records',
        'readable',
      ])
        expect(ways).toContain(`${kind} ${name}`);
    for (const { nanos } of figures) expect(nanos).toBeGreaterThan(0);
    expect(allocation).toBeGreaterThan(0);
  },
  throughput(results, stdout) {
    const modes = results.map(({ mode, length }: Results) => `${mode} ${length}`);
    for (const length of [64, 65_536])
      expect(modes).toEqual(
        expect.arrayContaining(['write', 'claim', 'staged', 'batch'].map((mode) => `${mode} ${length}`)),
      );
    checkRates(results, stdout);
  },
  'round-trips': (results) => expect(results.verified).toBe(true),
  rivals(results) {
    expect(results.length).toBe(9);
    for (const row of results) {
      if (row.skipped === undefined) expect(row).toMatchObject({ verified: true });
      else expect(row.skipped).toMatch(/does not load|is not installed|is not on the PATH/);
    }
  },
  doorbell(results) {
    expect(results.map(({ mode }: Results) => mode)).toEqual(['idle', 'idleAsync']);
    for (const row of results) expect(row.verified).toBe(true);
  },
  allocation(results) {
    const paths = results.map(({ kind, name }: Results) => `${kind} ${name}`);
    for (const kind of ['ring', 'log'])
      for (const name of ['write', 'tryClaim', 'staged', 'writeBatch', 'writeUtf8', 'poll'])
        expect(paths).toContain(`${kind} ${name}`);
  },
  'single-operations': (results) => expect(results.length).toBeGreaterThan(8),
  ring(results, stdout) {
    const names = results.filter(({ length }: Results) => length === 64).map(({ name }: Results) => name);
    for (const name of ['tryWrite', 'tryClaim/commit', 'stage/publish', 'tryWriteBatch'])
      expect(names).toContain(name);
    checkRates(
      results.filter(({ name }: Results) => !name.includes('read by')),
      stdout,
    );
  },
  jobs({ jobs, requestReply }) {
    expect(jobs).toHaveLength(4);
    for (const { ratio } of jobs) expect(ratio).toBeGreaterThan(0);
    for (const side of ['ring', 'socket']) expect(requestReply[side].p50).toBeGreaterThan(0);
  },
  scaling({ readers, channels }) {
    expect(readers.map((row: Results) => row.readers)).toEqual([1, 2, 4]);
    expect(channels.map((row: Results) => row.channels)).toEqual([1, 100, 1000]);
    for (const row of [...readers, ...channels]) expect(row.recordsPerSecond).toBeGreaterThan(0);
  },
  'wake-ups'(results) {
    expect(results.map(({ processes, readers }: Results) => `${processes} × ${readers}`)).toEqual([
      ...['1 × 1', '1 × 4', '1 × 16', '1 × 200', '4 × 1'],
    ]);
    for (const { ratio } of results) expect(ratio).toBeGreaterThan(0);
  },
  aeron({ figures, runs, verified, sizes }) {
    expect(verified).toBe(true);
    expect(sizes.records).toBe(40_000);
    const keys = [
      ...['claim', 'offer', 'shared', 'ring'].flatMap((way) => [`64 sending ${way}`, `64 rate ${way}`]),
      ...['aeron', 'ring'].flatMap((way) => [`64 polling ${way}`, `64 p50 ${way}`, `64 p99 ${way}`]),
    ];
    expect(Object.keys(runs).sort()).toEqual(keys.sort());
    for (const [key, figure] of Object.entries(figures)) expect(figure, key).toBeGreaterThan(0);
  },
  health({ beats, fast, idle }) {
    expect(Object.keys(beats.runs)).toEqual(['send', 'socket', 'socketVersion2', 'log', 'ring']);
    expect(fast.accepted).toBe(fast.sent);
    expect(idle.accepted).toBeGreaterThan(0);
  },
  metrics({ channels, readers, sampling, diagnostics }) {
    expect(sampling).toMatchObject({ channels, readers: channels * readers });
    expect(sampling.snapshots).toBeGreaterThan(0);
    expect(diagnostics.nanos).toBeGreaterThan(0);
  },
  'follow-log'({ socket, ring }) {
    expect([socket.gaps, ring.gaps]).toEqual([socket.skipped > 0 ? expect.any(Number) : 0, 0]);
    expect(ring.stamps).toBeGreaterThan(0);
  },
  nats(results) {
    if (results.missing === undefined) {
      expect(results.rates.map(({ length }: Results) => length)).toEqual([64, 1024, 65_536]);
      for (const { ratio } of results.rates) expect(ratio).toBeGreaterThan(0);
    } else expect(results.missing).toContain('not installed');
  },
  peers({ pairs }) {
    expect(Object.keys(pairs)).toContain('Node to Node');
    for (const { rates, p50 } of Object.values<Results>(pairs)) {
      expect(rates).toHaveLength(1);
      expect(p50[0]).toBeGreaterThan(0);
    }
  },
  startup({ rows }) {
    const names = ['ringwire --version', 'ringwire --help', 'ringwire stat', "import 'ringwire'"];
    expect(rows.map(({ name }: Results) => name)).toEqual(names.map((name) => `\`${name}\``));
  },
  structs({ rates }) {
    expect(Object.keys(rates)).toEqual(['struct, read in place', 'struct, decoded', 'JSON', 'msgpack']);
    for (const values of Object.values<Results>(rates)) expect(values[0]).toBeGreaterThan(0);
  },
  [RUNS_TESTS]: ({ runs }) => expect(runs).toMatchObject([{ attacks: 8 }]),
};

describe('a quick run of the suite', () => {
  it.each(SUITES)('%s verifies its records and writes results in the common schema', async (suite) => {
    const { results, stdout } = await measured(suite);
    CHECKS[suite]?.(results, stdout);
  });
});

it('every suite has a check in this file', () => {
  expect(Object.keys(CHECKS).sort()).toEqual(ALL);
});

it('an unknown suite is refused with the names that exist', async () => {
  const { code, stderr } = await run(process.execPath, [path.join(BENCH, 'run.mjs'), 'nonsense']);
  expect(code).toBe(1);
  expect(stderr).toContain(`unknown suite 'nonsense'; expected one of in-process, throughput, `);
});
