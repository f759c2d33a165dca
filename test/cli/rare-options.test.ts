/** Options that no scenario of another test needs: each one is used, and its effect is looked at. */
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, test } from 'vitest';
import { managedFolder, shell, supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const UID = process.getuid?.() ?? 0;

/** Runs a command that must succeed and returns what it printed. */
async function ask(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await ringwire(args, input === undefined ? {} : { input });
  expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout;
}

/** The header of a channel. */
const header = async (id: string, root: string) =>
  JSON.parse(await ask(['stat', id, '-r', root, '--json'])).header;

describe('channels', () => {
  it('replay gives a channel the header that its options ask for', async () => {
    const root = temporaryRoot();
    const file = path.join(temporaryFolder(), 'one.rec');
    await ask(['write', '1', '-r', root, '-c', '64K'], 'one\n');
    await ask(['record', '1', file, '-r', root]);
    const ring = [
      '--ring',
      '--policy',
      'back-pressure',
      '--stuck-reader',
      'fail',
      '--stuck-after',
      '3s',
      '--close',
    ];
    await ask([
      'replay',
      file,
      '2',
      '-r',
      root,
      ...ring,
      '--timeout',
      '7s',
      '--tick',
      'millis',
      '--writer-id',
      '99',
    ]);
    expect(await header('2', root)).toMatchObject({
      ...{ policy: 'back-pressure', stuckReader: 'fail', stuckAfterMs: 3000 },
      ...{ timeout: '7000', tickName: 'milliseconds', writerId: '99' },
    });
    await ask(['replay', file, '3', '-r', root, '--ring', '-c', '64K']);
    await ask(['replay', file, '4', '-r', root, '--profile', 'heartbeat']);
    expect(JSON.parse(await ask(['stat', '4', '-r', root, '--json'])).layout).not.toBe(null);
    await ask(['replay', file, '5', '-r', root, '--journal', '--retain-for', '1h', '-c', '64K']);
    // The recorded channel was closed, so its copy is closed as well.
    const resumed = await ringwire(['replay', file, '3', '-r', root, '--resume']);
    expect(resumed).toMatchObject({ code: 2, stderr: expect.stringContaining('CLOSED') });
  });

  it('write --retain-for keeps records of that age, and tail --raw prints bytes as they are', async () => {
    const root = temporaryRoot();
    const lines = 'one\n\u001b[2Jtwo\n';
    await ask(['write', '1', '-r', root, '--journal', '--retain-for', '1h', '-c', '64K'], lines);
    expect(await ask(['tail', '1', '-r', root, '--raw', '--limit', '2'])).toBe(lines);
  });
});

describe('ctl', () => {
  it('--uid accepts only a manager of that user', async () => {
    const { manager, folder, until } = await supervise();
    await manager.register({ id: 'a', ...shell('echo hello; exec sleep 1000') });
    await manager.start('a');
    await until('a', 'started');
    const queries = [
      ['list'],
      ['status', 'a'],
      ['restart', 'a'],
      ['stop', 'a'],
      ['start', 'a'],
      ['top'],
      ['logs', 'a'],
    ];
    for (const [command = '', ...ids] of queries) {
      const args = ['ctl', command, ...ids, '--runtime-dir', folder, '--uid'];
      expect((await ringwire([...args, String(UID)])).code, command).toBe(0);
      const refused = await ringwire([...args, String(UID + 1)]);
      expect(refused, command).toMatchObject({ code: 1, stderr: expect.stringContaining(`user ${UID + 1}`) });
    }
    const file = path.join(folder, 'cliwrap.yaml');
    fs.writeFileSync(file, 'version: 1\ngroups: [{ name: all, processes: [{ id: a, command: sh }] }]\n');
    const changes = [
      ['reload', '--dry-run', '-f', file],
      ['scale', 'a', '2'],
      ['signal', 'a', 'HUP', '--group'],
    ];
    for (const change of [...changes, ['shutdown']]) {
      const args = ['ctl', ...change, '--runtime-dir', folder, '--uid', String(UID + 1)];
      const { code, stderr } = await ringwire(args);
      expect(code, change.join(' ')).toBe(1);
      expect(stderr).toContain(`user ${UID + 1}`);
    }
    const events = await ringwire(['ctl', 'events', '--runtime-dir', folder, '--uid', String(UID + 1)]);
    expect(events).toMatchObject({ code: 1, stdout: '' });
  });

  it('logs --raw prints bytes as they are, and events --type only those of the type', async () => {
    const { manager, folder, until } = await supervise();
    await manager.register({ id: 'a', ...shell("printf '\\033[2Jhello\\n'") });
    const events = start(['ctl', 'events', '--runtime-dir', folder, '--type', 'process.stopped', '--json']);
    const seen = finished(events);
    while (manager.load.streams === 0) await new Promise(setImmediate);
    await manager.start('a');
    await until('a', 'stopped');
    const logs = await ask(['ctl', 'logs', 'a', '--runtime-dir', folder, '--stream', 'stdout', '--raw']);
    expect(logs).toBe('\u001b[2Jhello\n');
    await manager.shutdown();
    const types = (await seen).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).type);
    expect(types).toEqual(['process.stopped']);
  });
});

test('ctl run --raw prints bytes of the output as they are', async () => {
  const folder = managedFolder();
  const file = path.join(folder, 'cliwrap.yaml');
  const script = "printf '\\033[1mloud\\n'; exec sleep 1000";
  const processes = [{ id: 'a', command: 'sh', args: ['-c', script] }];
  // JSON is YAML.
  fs.writeFileSync(file, JSON.stringify({ version: 1, groups: [{ name: 'all', processes }] }));
  const manager = start(['ctl', 'run', '-f', file, '--runtime-dir', path.join(folder, 'run'), '--raw']);
  await printed(manager.stdout, '\u001b[1mloud');
  const ended = once(manager, 'exit');
  manager.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

describe('vlp watch', () => {
  it('accepts limits of agents, beats, recovery and export', async () => {
    const folder = temporaryFolder();
    const token = path.join(folder, 'token');
    fs.writeFileSync(token, 'ab'.repeat(32), { mode: 0o600 });
    const args = [
      ...[
        '--socket',
        path.join(folder, 's'),
        '--threshold-ms',
        '300',
        '--shutdown-after-secs',
        '0',
        '--json',
      ],
      ...['--udp-port', '0', '--i-accept-plaintext-udp', '--accept-version', '2'],
      ...['--tracker-capacity', '4', '--tracker-eviction-policy', 'balanced'],
      ...['--max-beat-rate', '100', '--global-beat-rate', '1000', '--global-beat-burst', '10'],
      ...['--recovery-exec', 'true', '--recovery-debounce-ms', '10', '--recovery-timeout-ms', '1000'],
      ...['--export-file', path.join(folder, 'events'), '--export-file-max-bytes', '100000'],
      ...['--prom-addr', '127.0.0.1:0', '--prom-token-file', token],
    ];
    expect((await ringwire(['vlp', 'watch', ...args])).code).toBe(0);
  });

  it('refuses --recovery-cmd-file with its replacement', async () => {
    const args = ['--socket', '/nonexistent/s', '--threshold-ms', '300', '--recovery-cmd-file', 'x'];
    const { code, stderr } = await ringwire(['vlp', 'watch', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--recovery-cmd-file .* --recovery-exec-file/);
  });
});

const NATS = 'nats://127.0.0.1:1/S/s';
const REDIS = 'redis://127.0.0.1:1/S';

test.each([
  [REDIS, ['--tls-cert', '/nonexistent'], '--tls-cert'],
  [REDIS, ['--tls-key', '/nonexistent'], '--tls-key'],
  [NATS, ['-m', 'much'], '--max-message-length'],
  [NATS, ['--timeout', 'soon'], '--timeout'],
  [REDIS, ['--max-records', '0'], '--max-records'],
])('relay to %s refuses %j and names it', async (to, args, name) => {
  const root = temporaryRoot();
  await ask(['write', '1', '-r', root, '-c', '64K'], 'one\n');
  const { code, stderr } = await ringwire(['relay', '1', to, '-r', root, ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(name);
});

test('web answers under the name of --allow-host, and no other, beyond this machine', async () => {
  const root = temporaryRoot();
  const token = path.join(temporaryFolder(), 'token');
  fs.writeFileSync(token, 'x'.repeat(40), { mode: 0o600 });
  // Names of hosts count where the server listens beyond this machine.
  const address = ['--listen', '0.0.0.0:0', '--token-file', token, '--allow-host', 'shop.example'];
  const server = start(['web', '-r', root, '--read-only', ...address]);
  const text = await printed(server.stdout, 'http');
  const port = Number(/http:[^\s:]+:(\d+)/.exec(text)?.[1]);
  const answer = async (host: string) => {
    const request = http.get({ host: '127.0.0.1', port, headers: { host: `${host}:${port}` } });
    const [response] = await once(request, 'response');
    return String(await buffer(response));
  };
  expect(await answer('other.example')).toContain('FOREIGN_HOST');
  expect(await answer('shop.example')).not.toContain('FOREIGN_HOST');
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([143, null]);
});

describe('aeron', () => {
  it('uses a folder that others may write to only with --allow-foreign-directory', async () => {
    const directory = path.join(temporaryFolder(), 'aeron');
    const at = ['-d', directory];
    const driver = start(['aeron', 'driver', ...at, '--term-length', '64K', '--keep']);
    await once(driver.stderr, 'data');
    fs.chmodSync(directory, 0o777);
    const queries = [['stat'], ['errors'], ['loss'], ['streams'], ['backlog'], ['driver-tool', 'pid']];
    for (const query of [...queries, ['driver-tool', 'terminate']]) {
      expect((await ringwire(['aeron', ...query, ...at])).code, query.join(' ')).not.toBe(0);
      await ask(['aeron', ...query, ...at, '--allow-foreign-directory']);
    }
    const sampled = await ringwire(['metrics', '--once', '-r', temporaryRoot(), '--aeron-dir', directory]);
    expect(sampled.code).toBe(0);
    const foreign = [...at, '--allow-foreign-directory', '--channel', 'aeron:ipc'];
    const sub = start(['aeron', 'sub', ...foreign, '--stream', '7', '-n', '1']);
    const received = finished(sub);
    const pub = start(['aeron', 'pub', ...foreign, '--stream', '7']);
    pub.stdin.end('one\n');
    expect((await received).stdout).toBe('one\n');
    start(['aeron', 'pong', ...foreign]);
    const line = ['aeron', 'sub', ...at, '--allow-foreign-directory', '--stream', ''];
    while (!/^\d+\taeron:ipc$/m.test(await ask(['complete', 'streams', '--', ...line])));
    const ping = await ask(['aeron', 'ping', ...foreign, '-n', '10', '--length', '64', '--json']);
    expect(JSON.parse(ping)).toMatchObject({ rounds: 10 });
    driver.kill('SIGTERM');
    await once(driver, 'exit');
    expect(fs.existsSync(directory)).toBe(true);
  });

  it('relay takes streams of its own, and the options of a new channel', async () => {
    const root = temporaryRoot();
    const directory = path.join(temporaryFolder(), 'aeron');
    const driver = start(['aeron', 'driver', '-d', directory, '--term-length', '64K']);
    await once(driver.stderr, 'data');
    await ask(['write', '1', '-r', root, '-c', '64K'], 'one\n');
    const streams = ['--stream', '5', '--answer-channel', 'aeron:ipc', '--answer-stream', '9'];
    const both = ['-r', root, '-d', directory, ...streams];
    const fresh = ['--durable', '--capacity', '64K', '--max-message-length', '256', '--timeout', '5s'];
    const ends = await Promise.all([
      ringwire(['aeron', 'relay', 'receive', '2', ...both, ...fresh]),
      ringwire(['aeron', 'relay', 'send', '1', ...both]),
    ]);
    expect(
      ends.map(({ code }) => code),
      ends.map(({ stderr }) => stderr).join(''),
    ).toEqual([0, 0]);
    expect(await header('2', root)).toMatchObject({ maxMessageLength: 264 });
  });
});

test('metrics --health-socket observes the agents that beat to it', async () => {
  const folder = temporaryFolder();
  const socket = path.join(folder, 'beats');
  const { code, stdout } = await ringwire(['metrics', '--once', '-r', folder, '--health-socket', socket]);
  expect(code).toBe(0);
  expect(stdout).toContain('ringwire_sampler_channels');
});
