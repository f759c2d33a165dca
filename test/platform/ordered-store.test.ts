/** INV-ORDER-04: the publishing store comes last, for another process and in the compiled code. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { child, messageFrom } from '../child.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';

const LITMUS = new URL('./processes/litmus.mjs', import.meta.url);
const HOT = fileURLToPath(new URL('./processes/hot-functions.mjs', import.meta.url));
const MESSAGES = sized({ test: 1_000_000, all: 20_000_000, long: 3_000_000_000 }, 'RINGWIRE_LITMUS_MESSAGES');

describe('message passing between two processes', () => {
  it(`finds no payload older than its word in ${MESSAGES} messages`, { timeout: 3_600_000 }, async () => {
    expect(await violations('commit-last', MESSAGES)).toBe(0);
  });

  it('finds payloads that are stored after the word', async () => {
    expect(await violations('commit-first', 2_000_000_000)).toBeGreaterThan(0);
  });
});

async function violations(order: string, messages: number): Promise<number> {
  const file = path.join(memoryFolder(), 'litmus');
  fs.writeFileSync(file, Buffer.alloc(65_536));
  const checked = messageFrom<number>(child(LITMUS, 'check', file, messages));
  const published = messageFrom(child(LITMUS, 'publish', file, messages, order));
  expect(await published).toBe('published');
  return checked;
}

const isX64 = process.arch === 'x64';
if (!isX64) process.stdout.write('skipped: on this processor every publishing store is an Atomics.store\n');

describe.skipIf(!isX64)('the compiled code', () => {
  it.each([
    ['RingWriter', 'tryWrite'],
    ['RingWriter', 'commit'],
    ['RingWriter', 'tryWriteBatch'],
    ['RingWriter', 'publish'],
    ['ShmWriter', 'tryWrite'],
    ['ShmWriter', 'commit'],
    ['ShmWriter', 'writeBatch'],
    ['ShmWriter', 'publish'],
    ['ExclusivePublication', 'offer'],
  ])('of %s.%s has the publishing store last, behind the call that keeps the order', (type, method) => {
    expect(accesses(type, method)).toMatch(/^[sc]*s[sc]*cs c*$/);
  });

  it('of a function that stores something after the publishing store is told from them', () => {
    expect(accesses('Wrong', 'publishFirst')).toMatch(/^[sc]*cs s+c*$/);
  });

  it('of a writer with RINGWIRE_STRICT_ORDER has a call last, which is Atomics.store', () => {
    expect(accesses('RingWriter', 'tryWrite', { RINGWIRE_STRICT_ORDER: '1' })).toMatch(/ssc+$/);
  });
});

/**
 * The stores to typed arrays (s) and the calls (c) of the optimised code of a method, in the order of the code. A space
 * stands after the first store behind the last call that has one.
 */
function accesses(type: string, method: string, environment: NodeJS.ProcessEnv = {}): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      ...[
        '--allow-natives-syntax',
        '--no-concurrent-recompilation',
        '--print-opt-code',
        '--print-opt-code-filter=*',
      ],
      ...[HOT, type, method, memoryFolder()],
    ],
    { encoding: 'latin1', maxBuffer: 2 ** 28, env: { ...process.env, ...environment } },
  );
  expect(status, stderr).toBe(0);
  // A method calls a private one, or contains it.
  const blocks = stdout
    .split('--- Optimized code ---')
    .filter((block) => [method, '#publishUnit'].includes(/^name = (.*)$/m.exec(block)?.[1] ?? ''))
    .map((block) => (block.split('\nInstructions')[1] ?? '').split('\n').map(kindOf).join(''));
  const instructions = blocks.findLast((block) => block.includes('s')) ?? '';
  // A space behind the last store that stands right after a call.
  return instructions.replace(/^(.*cs)/, '$1 ');
}

/** `s`: a store to an element of an array, at two registers; `c`: a call, except to the runtime for rare cases. */
function kindOf(line: string): string {
  const instruction = /^0x[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +(?:REX\.W )?(.*)$/.exec(line)?.[1] ?? '';
  if (/^(?:mov[lq]|v?movsd) \[[^\]]*\*[148][^\]]*\],/.test(instruction)) return 's';
  return /^call (?!.*(?:CEntry|Allocate|DoubleToI|\[r13))/.test(instruction) ? 'c' : '';
}
