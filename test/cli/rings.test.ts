import { expect, test } from 'vitest';
import { RingWriter } from '../../src/channel/index.js';
import { RING } from '../ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';

test('cat prints what a ring holds', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  for (const word of ['one', 'two']) writer.write(Buffer.from(word));
  const { code, stdout } = await ringwire(['cat', '7', '-r', root]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\ntwo\n' });
});

test('tail of a back-pressure ring does not hold its writer, and says what it lost', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, policy: 'back-pressure', timeout: 60_000 });
  writer.write(Buffer.from('first'));
  const tail = start(['tail', '7', '-r', root]);
  const remarks = finished(tail);
  await printed(tail.stdout, 'first');
  tail.kill('SIGSTOP');
  for (let i = 0; i < 500; i++) expect(writer.tryWrite(Buffer.from(`record ${i}`))).toBeGreaterThan(0);
  writer.close();
  tail.kill('SIGCONT');
  const { code, stdout, stderr } = await remarks;
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('record 499');
  const lost = Number(/lapped: (\d+) records/.exec(stderr)?.[1]);
  expect(lost + stdout.trimEnd().split('\n').length).toBe(501);
});
