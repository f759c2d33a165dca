/** A flush covers the file from its beginning, also by the writer that resumed it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalWriter, RingWriter, ShmWriter, type Writer } from '../../../src/channel/index.js';
import { availableBackends } from '../../../src/platform/index.js';
import { type Libc, libc } from '../../../src/platform/libc.js';
import { memoryFolder } from '../../temporary.js';
import { RING } from './ring-under-test.js';

/** Byte ranges handed to msync, relative to the mapping they lie in. */
function watchFlushes(): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  const real = libc() as { -readonly [K in keyof Libc]: Libc[K] };
  const { mmap, msync } = real;
  const bases: { readonly address: bigint; readonly length: number }[] = [];
  real.mmap = (...args) => {
    const address = mmap(...args);
    bases.push({ address, length: args[1] });
    return address;
  };
  real.msync = (address, length, flags) => {
    const base = bases.findLast((b) => address >= b.address && address < b.address + BigInt(b.length));
    const from = Number(address - (base?.address ?? 0n));
    ranges.push([from, from + length]);
    return msync(address, length, flags);
  };
  onTestFinished(() => {
    Object.assign(real, { mmap, msync });
  });
  return ranges;
}

const OPTIONS = { ...RING, capacity: 65_536, backend: 'koffi' as const };
const KINDS: {
  name: string;
  create(root: string): Writer & { detach(): void };
  resume(root: string): Writer;
  data: number;
}[] = [
  {
    name: 'ring',
    create: (root) => RingWriter.create(root, OPTIONS),
    resume: (root) => RingWriter.resume(root, 7, { backend: 'koffi' }),
    data: 12_288,
  },
  {
    name: 'log',
    create: (root) => ShmWriter.create(root, OPTIONS),
    resume: (root) => ShmWriter.resume(root, 7, { backend: 'koffi' }),
    data: 1024,
  },
  {
    name: 'journal',
    create: (root) => JournalWriter.create(root, OPTIONS),
    resume: (root) => JournalWriter.open(root, OPTIONS),
    data: 1024,
  },
];

describe.each(KINDS)('the first flush of a resumed $name', ({ create, resume, data }) => {
  it('covers every record of the previous writer', () => {
    expect(availableBackends()).toContain('koffi');
    const root = memoryFolder();
    const first = create(root);
    for (let i = 0; i < 200; i++) first.write(Buffer.alloc(40, i));
    const end = first.writeOffset;
    first.detach();
    const flushed = watchFlushes();
    using second = resume(root);
    second.write(Buffer.from('one more'));
    second.flush();
    expect(flushed.some(([from, to]) => from <= data && to >= data + end)).toBe(true);
  });
});

it('flushes the whole ring after a wrap', () => {
  const root = memoryFolder();
  const first = RingWriter.create(root, { ...OPTIONS, capacity: 4096 });
  for (let i = 0; i < 500; i++) first.write(Buffer.alloc(40, i));
  first.detach();
  const flushed = watchFlushes();
  using second = RingWriter.resume(root, 7, { backend: 'koffi' });
  second.flush();
  expect(flushed).toContainEqual([12_288, 12_288 + 4096]);
});
