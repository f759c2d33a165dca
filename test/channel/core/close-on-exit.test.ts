/**
 * A writer with `closeOnExit` closes its channel at a normal end of its program, as dropping a writer of
 * kekbit does.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openReader, ShmWriter } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { drain } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';

const SCRIPT = fileURLToPath(new URL('./processes/ending-writer.mjs', import.meta.url));

function endOf(kind: string, end: string, closeOnExit: boolean) {
  const root = memoryFolder();
  spawnSync(process.execPath, [SCRIPT, root, kind, end, String(closeOnExit)], { encoding: 'utf8' });
  using reader = openReader(root, 9);
  const records = drain(reader);
  drain(reader);
  return { records, closed: reader.endReason?.code === 'CLOSED' };
}

it.each(
  ['log', 'journal', 'retry'].flatMap((kind) =>
    ['empty', 'exit', 'error', 'thread'].map((end) => [kind, end] as const),
  ),
)('a %s is closed when its program ends by: %s', (kind, end) => {
  const records = kind === 'retry' ? ['one', 'two'] : ['one'];
  expect(endOf(kind, end, true)).toEqual({ records, closed: true });
});

it('a channel stays open without the option, and when the process is killed', () => {
  expect(endOf('log', 'empty', false)).toEqual({ records: ['one'], closed: false });
  expect(endOf('log', 'signal', true)).toEqual({ records: ['one'], closed: false });
});

it('a closed writer removes its exit listener', () => {
  const before = process.listenerCount('exit');
  const root = memoryFolder();
  const writers = [1, 2, 3].map((channelId) =>
    ShmWriter.create(root, { ...OPTIONS, channelId, closeOnExit: true }),
  );
  expect(process.listenerCount('exit')).toBe(before + 1);
  for (const writer of writers) writer.close();
  expect(process.listenerCount('exit')).toBe(before);
  ShmWriter.create(root, OPTIONS).detach();
  ShmWriter.resume(root, 9, { closeOnExit: true }).close();
  expect(process.listenerCount('exit')).toBe(before);
});
