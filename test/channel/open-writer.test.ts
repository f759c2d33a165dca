import { expect, it } from 'vitest';
import { JournalWriter, openReader, openWriter, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { codeOf } from '../error-code.js';
import { memoryFolder } from '../temporary.js';
import { drain, text } from '../writer-and-reader.js';
import { OPTIONS } from './channel-under-test.js';

it.each([
  ['log', ShmWriter],
  ['ring', RingWriter],
  ['journal', JournalWriter],
] as const)('a %s is resumed by what its files are, after its last record', (_kind, Kind) => {
  const root = memoryFolder();
  const first = Kind.create(root, OPTIONS);
  first.write(text('one'));
  expect(codeOf(() => openWriter(root, 9))).toBe('WRITER_EXISTS');
  first.detach();
  const second = openWriter(root, 9, {
    backend: 'koffi',
    prefault: true,
    retention: { maxSegments: 3 },
    force: false,
  });
  expect(second).toBeInstanceOf(Kind);
  second.write(text('two'));
  using reader = openReader(root, 9);
  expect(drain(reader)).toEqual(['one', 'two']);
  second.close();
});

it('a channel that does not exist is not created: its kind is unknown', () => {
  expect(codeOf(() => openWriter(memoryFolder(), 9))).toBe('STORAGE_NOT_FOUND');
});

it('a closed log or ring stays closed, a journal continues', () => {
  for (const Kind of [ShmWriter, RingWriter]) {
    const root = memoryFolder();
    Kind.create(root, OPTIONS).close();
    expect(codeOf(() => openWriter(root, 9))).toBe('CLOSED');
  }
  const root = memoryFolder();
  JournalWriter.create(root, OPTIONS).close();
  openWriter(root, 9).close();
});
