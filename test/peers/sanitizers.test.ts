/** ringwire.h under the sanitizers: damaged files by the thousand, and two threads of one process. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../child.js';
import { SEED } from '../seed.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { hasProgram } from './peers.js';

const SOURCES = path.resolve(import.meta.dirname, '../../src/peers');
const INPUTS = sized({ test: 50_000, all: 200_000, long: 20_000_000 });
const RUNS = sized({ test: 5_000, all: 10_000, long: 3_000_000 });
const RECORDS = sized({ test: 5_000, all: 20_000, long: 2_000_000 });
const folder = tmp.dirSync({ prefix: 'ringwire-sanitizers-', unsafeCleanup: true });

afterAll(() => folder.removeCallback());

/** Compiles a driver with a sanitizer. @returns the program, or why it cannot be compiled here */
function compile(
  name: string,
  sanitizer: string,
  ...more: string[]
): { program: string } | { missing: string } {
  if (!hasProgram('gcc')) return { missing: 'gcc is not installed' };
  const program = path.join(folder.name, `${name}-${sanitizer.replaceAll(',', '-')}`);
  const flags = [
    '-std=c11',
    '-g',
    '-O1',
    `-I${SOURCES}`,
    `-fsanitize=${sanitizer}`,
    '-fno-sanitize-recover=all',
  ];
  const source = path.join(import.meta.dirname, 'drivers', `${name}.c`);
  const { status, stderr } = spawnSync('gcc', [...flags, ...more, source, '-lpthread', '-o', program], {
    encoding: 'utf8',
  });
  return status === 0
    ? { program }
    : { missing: `gcc cannot link -fsanitize=${sanitizer}: ${stderr.split('\n')[0]}` };
}

it(`reads damaged rings and logs without leaving their mappings (seed ${SEED})`, {
  timeout: 600_000,
}, async (test) => {
  const made = compile('fuzz-reader', 'address,undefined');
  if ('missing' in made) return test.skip(made.missing);
  const { code, stdout, stderr } = await run(made.program, [memoryFolder(), String(INPUTS), String(SEED)]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [read, , nothing, ended] = (stdout.match(/\d+/g) ?? []).map(Number);
  expect(read).toBe(INPUTS);
  // Both kinds of answer come: the changes reach the records, and do not always.
  expect(nothing).toBeGreaterThan(0);
  expect(ended).toBeGreaterThan(0);
});

describe.each(['gcc', 'clang'])('%s', (compiler) => {
  it.for([
    ['c', 'c11'],
    ['c++', 'c++17'],
  ] as const)('compiles ringwire.h as %s, %s, without a warning', ([language, standard], test) => {
    if (!hasProgram(compiler)) return test.skip(`${compiler} is not installed`);
    const source = path.join(import.meta.dirname, 'drivers/driver.c');
    const warnings = ['-Wall', '-Wextra', '-Wpedantic', '-O2', '-c', '-o', '/dev/null'];
    const args = ['-x', language, `-std=${standard}`, ...warnings, `-I${SOURCES}`, source];
    const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

it('libFuzzer finds no input that makes a reader leave its mapping', { timeout: 900_000 }, async (test) => {
  if (!hasProgram('clang')) return test.skip('clang is not installed');
  const program = path.join(folder.name, 'libfuzzer');
  const flags = [
    '-std=c11',
    '-g',
    '-O1',
    '-DFUZZ_LIBFUZZER',
    '-fsanitize=fuzzer,address,undefined',
    `-I${SOURCES}`,
  ];
  const source = path.join(import.meta.dirname, 'drivers/fuzz-reader.c');
  const made = spawnSync('clang', [...flags, source, '-o', program], { encoding: 'utf8' });
  if (made.status !== 0) return test.skip(`clang has no libFuzzer here: ${made.stderr.split('\n')[0]}`);
  const args = [`-runs=${RUNS}`, '-max_len=193', `-seed=${SEED}`, `-artifact_prefix=${folder.name}/`];
  const { code, stderr } = await run(program, args, { env: { ...process.env, FUZZ_FOLDER: memoryFolder() } });
  expect(stderr).toMatch(/^Done \d+ runs/m);
  expect(code).toBe(0);
});

describe.each(['thread', 'address,undefined'])('with -fsanitize=%s', (sanitizer) => {
  it.for(['overwrite', 'back-pressure'])(
    'a writer and a reader of a ring (%s) keep every order',
    { timeout: 300_000 },
    async (policy, test) => {
      // gcc warns that its race detector does not know fences; payloads and words are atomics there.
      const made = compile('threads', sanitizer, ...(sanitizer === 'thread' ? ['-Wno-tsan'] : []));
      if ('missing' in made) return test.skip(made.missing);
      // The race detector of gcc 12 needs a fixed layout of the address space.
      const fixed = hasProgram('setarch') ? ['setarch', '-R'] : [];
      const [program, ...args] = [...fixed, made.program, memoryFolder(), policy, String(RECORDS)];
      const { code, stdout, stderr } = await run(program as string, args);
      expect(stderr).toBe('');
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok\n' });
    },
  );
});
