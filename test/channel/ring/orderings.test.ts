/** Ordered accesses of ring and doorbell on a processor that may reorder plain ones. docs/spec.md, "Memory order" */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as OverwriteModule from '../../../src/channel/ring/reading/overwrite-check.js';
import type * as CheckpointsModule from '../../../src/channel/ring/ring-checkpoints.js';
import type * as AdmissionModule from '../../../src/channel/ring/writing/ring-admission.js';
import type * as CounterModule from '../../../src/platform/split-counter.js';
import type * as DoorbellModule from '../../../src/platform/waiting/doorbell.js';
import { accesses } from '../../ordered-accesses.js';

const CHECKPOINTS = 2048;
const INTENT = 128;
const { arch } = process;

let overwrite: typeof OverwriteModule;
let checkpoints: typeof CheckpointsModule;
let admission: typeof AdmissionModule;
let counter: typeof CounterModule;
let doorbell: typeof DoorbellModule;

beforeAll(async () => {
  vi.resetModules();
  // The native library is that of the real processor.
  vi.doMock('../../../src/platform/libc.js', () => ({ libc: () => ({ addressOf: () => 0n }) }));
  Object.defineProperty(process, 'arch', { value: 'arm64' });
  doorbell = await import('../../../src/platform/waiting/doorbell.js');
  vi.doUnmock('../../../src/platform/libc.js');
  Object.defineProperty(process, 'arch', { value: arch });
  vi.resetModules();
  // Loads the native library before the architecture is another one.
  await import('../../../src/platform/libc.js').then(({ libc }) => libc());
  Object.defineProperty(process, 'arch', { value: 'arm64' });
  overwrite = await import('../../../src/channel/ring/reading/overwrite-check.js');
  checkpoints = await import('../../../src/channel/ring/ring-checkpoints.js');
  admission = await import('../../../src/channel/ring/writing/ring-admission.js');
  counter = await import('../../../src/platform/split-counter.js');
});
afterAll(() => {
  Object.defineProperty(process, 'arch', { value: arch });
});

/** The header of a ring, and the names of its words. */
function header() {
  const words = new Int32Array(new ArrayBuffer(12_288));
  const fields = () => (words[CHECKPOINTS / 4 + 1] === 0 ? 'before its fields' : 'after its fields');
  const nameOf = (byte: number) => {
    if (byte >= INTENT && byte < INTENT + 12) return 'intent';
    return byte === CHECKPOINTS ? `version ${fields()}` : '?';
  };
  return { words, nameOf };
}

test('INV-ORDER-01: a reader loads the intent that validates a record after the record', () => {
  const { words, nameOf } = header();
  const check = new overwrite.OverwriteCheck(new counter.SplitCounter(words, INTENT), null, 65_536);
  expect(accesses(words.buffer as ArrayBuffer, nameOf, () => void check.isSafe(0))).toEqual([
    'order by store',
    'load intent',
  ]);
});

test('INV-ORDER-02: a checkpoint changes between its odd and its even version', () => {
  const { words, nameOf } = header();
  const entries = new checkpoints.RingCheckpoints(words);
  expect(accesses(words.buffer as ArrayBuffer, nameOf, () => entries.enter(8, 1, 0))).toEqual([
    'store version before its fields',
    'order by store',
    'order by load',
    'store version after its fields',
  ]);
});

test('INV-ORDER-01: a reader loads the version of a checkpoint before and after its fields', () => {
  const { words, nameOf } = header();
  const entries = new checkpoints.RingCheckpoints(words);
  entries.enter(8, 1, 0);
  const log = accesses(words.buffer as ArrayBuffer, nameOf, () => void entries.list());
  expect(log.slice(0, 3)).toEqual([
    'load version after its fields',
    'order by store',
    'load version after its fields',
  ]);
});

test('INV-ORDER-02: the intent is visible before a store into the range that it names', () => {
  const { words, nameOf } = header();
  const ring = { capacity: 65_536, policy: 'overwrite', stuckReader: 'wait', stuckAfterMs: 0 };
  const admitted = new admission.RingAdmission(
    words,
    { fd: -1, path: '', header: ring } as never,
    {} as never,
  );
  const log = accesses(words.buffer as ArrayBuffer, nameOf, () => admitted.claim(16, 0, 0, 0));
  expect(log.slice(-3)).toEqual(['store intent', 'order by store', 'order by load']);
});

test('INV-BELL-01: a reader announces its sleep before it looks once more', () => {
  const memory = new ArrayBuffer(4096);
  const nameOf = (byte: number) => ({ 64: 'asleep', 192: 'rings' })[byte] ?? '?';
  const bell = new doorbell.Doorbell(memory, 64, 192);
  expect(accesses(memory, nameOf, () => void bell.announce())).toEqual([
    'load rings',
    'store asleep',
    'order by store',
    'order by load',
  ]);
});

test('INV-BELL-01: a writer loads the flag of the sleepers with an ordered load', () => {
  const memory = new ArrayBuffer(4096);
  const bell = new doorbell.Doorbell(memory, 64, 192);
  const nameOf = (byte: number) => (byte === 64 ? 'asleep' : '?');
  expect(accesses(memory, nameOf, () => bell.ring())).toEqual(['load asleep']);
});
