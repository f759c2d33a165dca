/** `ringwire relay` with an address of Redis: as the guide shows it, its secrets, and what it refuses. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { redisTarget } from '../../../src/cli/commands/relay/relay-target.js';
import { ringwire } from '../../cli/ringwire-command.js';
import { blocks, read } from '../../docs/documents.js';
import { temporaryFolder } from '../../temporary.js';
import { itWithRedis, RedisProcess } from './redis-server.js';

itWithRedis('the commands of the guide carry a channel to a stream and into another channel', async () => {
  const root = temporaryFolder();
  const server = await RedisProcess.start();
  const shown =
    blocks(read('docs/guides/machines.md')).find(({ code }) => code.includes('redis://'))?.code ?? '';
  const lines = [...shown.matchAll(/^\$ npx ringwire (relay .*)$/gm)].map(([, line]) =>
    (line as string).replace('redis://127.0.0.1:6379', server.url).split(' '),
  );
  expect(lines).toHaveLength(2);
  const input = Array.from({ length: 1000 }, (_, n) => `${n + 1}\n`).join('');
  expect((await ringwire(['write', '1', '-r', root], { input })).code).toBe(0);
  for (const line of lines) {
    const { code, stdout, stderr } = await ringwire([...line, '-r', root, '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ lag: 0, lost: 0, reconnects: 0, fault: null });
  }
  expect((await ringwire(['cat', '4', '-r', root])).stdout).toBe(input);
});

itWithRedis('takes the password from a file or the environment, and shows it nowhere', async () => {
  const root = temporaryFolder();
  const password = 'a-secret-of-this-test';
  const server = await RedisProcess.start([`requirepass ${password}`], { password });
  expect((await ringwire(['write', '1', '-r', root, '-c', '1M'], { input: 'a\n' })).code).toBe(0);
  const file = path.join(root, 'password');
  fs.writeFileSync(file, password);
  const line = ['relay', '1', `${server.url}/lines`, '-r', root];
  const refused = [
    await ringwire(line),
    await ringwire(line, { env: { REDIS_PASSWORD: `${password}-wrong` } }),
  ];
  for (const { stderr } of refused) expect(stderr).toMatch(/ACCESS_DENIED/);
  const accepted = [
    await ringwire([...line, '--password-file', file]),
    await ringwire(line, { env: { REDIS_PASSWORD: password } }),
  ];
  for (const { code, stderr } of accepted) expect(code, stderr).toBe(0);
  for (const { stdout, stderr } of [...refused, ...accepted]) expect(stdout + stderr).not.toContain(password);
});

it('refuses options of NATS, and a time as the start', async () => {
  const root = temporaryFolder();
  const outgoing = ['relay', '1', 'redis://127.0.0.1:1/lines', '-r', root];
  for (const option of [['--core'], ['--creds', 'file'], ['--subject', 'a'], ['--durable']]) {
    expect((await ringwire([...outgoing, ...option])).stderr).toMatch(`${option[0]} is an option for NATS`);
  }
  const incoming = ['relay', 'redis://127.0.0.1:1/lines', '1', '-r', root, '--start', '2026-01-31T12:00Z'];
  expect((await ringwire(incoming)).stderr).toMatch(/does not store times/);
});

it('reads the server and the stream of an address, and repeats no secret of it', () => {
  expect(redisTarget('rediss://a:1/lines')).toEqual({ server: 'rediss://a:1', stream: 'lines' });
  expect(redisTarget('nats://a/b/c')).toBeNull();
  expect(() => redisTarget('redis://a')).toThrowError(/STREAM/);
  expect(() => redisTarget('redis://user:hidden@a/b')).toThrowError(/--password-file/);
  expect(() => redisTarget('redis://user:hidden@a/b')).not.toThrowError(/hidden/);
});
