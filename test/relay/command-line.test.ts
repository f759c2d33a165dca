/** `ringwire aeron relay`: the lines of one channel arrive in another one. */
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ringwire, start } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';

it('commands write a log, relay it to a ring and read the ring', async () => {
  const root = temporaryFolder();
  const directory = path.join(root, 'aeron');
  const driver = start(['aeron', 'driver', '-d', directory, '--term-length', '65536']);
  await once(driver.stderr, 'data');
  const input = 'one\ntwo\nthree\n';
  expect((await ringwire(['write', '1', '-r', root, '-c', '1M'], { input })).code).toBe(0);
  const receiving = ringwire(
    'aeron relay receive 2 --ring --capacity 64K --json'.split(' ').concat('-r', root, '-d', directory),
  );
  const sending = ringwire('aeron relay send 1 --json'.split(' ').concat('-r', root, '-d', directory));
  const [send, receive] = await Promise.all([sending, receiving]);
  expect([send.code, receive.code], send.stderr + receive.stderr).toEqual([0, 0]);
  expect(JSON.parse(send.stdout)).toMatchObject({ confirmed: 3 });
  expect(JSON.parse(receive.stdout)).toMatchObject({ received: 3, lost: 0 });
  expect(await ringwire(['cat', '2', '-r', root])).toMatchObject({ code: 0, stdout: input });
});
