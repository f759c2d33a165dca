import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RingReader } from '../../src/channel/index.js';
import { ControlClient } from '../../src/control/index.js';
import { EVENTS_CHANNEL, parseEvent } from '../../src/supervisor/index.js';
import { temporaryFolder } from '../temporary.js';
import { shell, supervise } from './supervised.js';

describe('output of a process', () => {
  it('is stored for each stream, and selected by time and by lines', async () => {
    const { manager, until } = await supervise();
    await manager.register({
      id: 'p',
      ...shell('echo one; echo two >&2; read x; echo three; echo four'),
      stdin: 'pipe',
    });
    await manager.start('p');
    while (manager.logsSnapshot('p', 0) === null) await new Promise(setImmediate);
    const between = BigInt(Date.now() + 2) * 1_000_000n;
    while (BigInt(Date.now()) * 1_000_000n <= between + 2_000_000n) await new Promise(setImmediate);
    manager.write('p', '\n');
    await until('p', 'stopped');
    const text = (options = {}) => manager.logsSnapshot('p', 0, options)?.toString();
    expect(text()).toBe('one\nthree\nfour\n');
    expect(manager.logsSnapshot('p', 1)?.toString()).toBe('two\n');
    expect(text({ since: between })).toBe('three\nfour\n');
    expect(text({ lines: 1 })).toBe('four\n');
    expect(text({ maxBytes: 3 })).toBe('ur\n');
    expect(text({ since: between * 2n })).toBe('');
  });

  it('is followed after the snapshot without gap or repetition', async () => {
    const { manager, until } = await supervise();
    const count = 20_000;
    await manager.register({
      id: 'p',
      ...shell(`i=0; while [ $i -lt ${count} ]; do echo $i; i=$((i+1)); done`),
    });
    using client = await ControlClient.dial(manager.socketPath);
    await manager.start('p');
    let text = '';
    for await (const chunk of client.logs('p', { follow: true })) {
      text += chunk.toString();
      if (text.endsWith(`${count - 1}\n`)) break;
    }
    await until('p', 'stopped');
    expect(text).toBe(Array.from({ length: count }, (_, i) => `${i}\n`).join(''));
  });

  it('is merged for the empty id', async () => {
    const { manager } = await supervise();
    await manager.register({ id: 'a', ...shell('sleep 0.2; echo from a; sleep 60') });
    using client = await ControlClient.dial(manager.socketPath);
    const stream = client.logs('', { follow: true });
    const first = stream.next();
    while (manager.load.streams === 0) await new Promise(setImmediate);
    await manager.register({ id: 'b', ...shell('sleep 0.2; echo from b; sleep 60') });
    await manager.startAll();
    const seen = [(await first).value?.toString(), (await stream.next()).value?.toString()];
    expect(seen.sort()).toEqual(['from a\n', 'from b\n']);
  });

  it('keeps the newest bytes of a flood', async () => {
    const { manager, until } = await supervise();
    await manager.register({ id: 'flood', ...shell('seq 1 2000000; seq 1 2000000 >&2') });
    await manager.start('flood');
    await until('flood', 'stopped');
    for (const stream of [0, 1] as const) {
      const text = manager.logsSnapshot('flood', stream)?.toString() ?? '';
      expect(text.length).toBeGreaterThan(800_000);
      const lines = text.slice(text.indexOf('\n') + 1).split('\n');
      expect(lines.pop()).toBe('');
      const last = 2_000_000;
      expect(lines).toEqual(
        Array.from({ length: lines.length }, (_, i) => String(last - lines.length + 1 + i)),
      );
    }
  });

  it('is also written to files, which are rotated when they are full', async () => {
    const folder = temporaryFolder();
    const { manager, until } = await supervise({ logFiles: { folder, maxSize: 100_000, maxFiles: 3 } });
    await manager.register({ id: 'p', ...shell('seq 1 100000') });
    await manager.start('p');
    await until('p', 'stopped');
    const names = fs.readdirSync(folder).sort();
    expect(names).toEqual(['p.stderr.log', 'p.stdout.log', 'p.stdout.log.1', 'p.stdout.log.2']);
    const text = ['p.stdout.log.2', 'p.stdout.log.1', 'p.stdout.log']
      .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
      .join('');
    const whole = execFileSync('seq', ['1', '100000'], { maxBuffer: 1 << 24 }).toString();
    expect(whole.endsWith(text)).toBe(true);
    for (const name of names) expect(fs.statSync(path.join(folder, name)).size).toBeLessThanOrEqual(100_000);
  });
});

describe('the ring channels of a manager', () => {
  it('hold output and events for other processes, also after the manager has ended', async () => {
    const { manager, folder, until } = await supervise();
    await manager.register({ id: 'p', ...shell('echo out; echo err >&2; exit 4') });
    const { channels = '' } = manager.statusOf('p');
    const [root = '', channel = ''] = channels.split('#');
    expect(root).toBe(path.join(folder, 'channels'));
    await manager.start('p').catch(() => {});
    await until('p', 'crashed');
    const read = (id: number) => {
      using reader = RingReader.open(root, id, { timeout: 'never' });
      const records: Buffer[] = [];
      for (let record = reader.tryRead(); record !== null; record = reader.tryRead()) records.push(record);
      return records;
    };
    const check = () => {
      expect(Buffer.concat(read(Number(channel))).toString()).toBe('out\n');
      expect(Buffer.concat(read(Number(channel) + 2)).toString()).toBe('err\n');
      const events = read(EVENTS_CHANNEL).map(parseEvent);
      expect(events.map((event) => event?.type).slice(0, 4)).toEqual([
        'process.registered',
        'process.starting',
        'process.started',
        'process.crashed',
      ]);
      expect(events[3]).toMatchObject({ id: 'p', exit: 4 });
    };
    check();
    await manager.shutdown();
    check();
  });
});
