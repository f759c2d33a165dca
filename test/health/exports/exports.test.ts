import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  EventPublication,
  HeartbeatFile,
  Status,
  SystemdNotifier,
  TsvExport,
} from '../../../src/health/index.js';
import { RingReader, RingWriter, TickUnit } from '../../../src/index.js';
import { BoundSocket, MessageHeader } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';
import { observed, until } from '../observed.js';

test('the TSV file has the lines of varta-watch and mode 0600, and is appended to at every start', async () => {
  const { folder, observer, agent, raw } = observed(100);
  const file = path.join(folder, 'events.tsv');
  const first = new TsvExport(observer, file);
  agent.beat(Status.Degraded, 7);
  const stranger = Buffer.from('56410100020000000000000000000000010000000000000000000000000000', 'hex');
  raw.send(Buffer.concat([stranger, Buffer.alloc(1)]), 32);
  raw.send(Buffer.alloc(32), 32);
  raw.send(Buffer.from('5641010400'.padEnd(64, '0'), 'hex'), 32);
  await once(observer, 'stall');
  first.close();
  first.close();
  const second = new TsvExport(observer, file);
  agent.beat(Status.Ok);
  await until(() => observer.counters.beats === 2);
  second.close();
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const columns = lines.map((line) => line.split('\t'));
  expect(columns.every((cells) => cells.length === 6 && /^\d+$/.test(cells[0] ?? ''))).toBe(true);
  expect(columns.map((cells) => cells.slice(1))).toEqual([
    ['beat', String(process.pid), '1', 'degraded', '7'],
    ['mismatch', '2', '-', '-', 'auth_failure'],
    ['decode', '-', '-', '-', 'BadMagic'],
    ['decode', '-', '-', '-', 'BadStatus(4)'],
    ['stall', String(process.pid), '1', 'stall', '-'],
    ['beat', String(process.pid), '2', 'ok', '0'],
  ]);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('the TSV file is rotated by its size into five files without a lost line', async () => {
  const { folder, observer } = observed();
  const file = path.join(folder, 'events.tsv');
  const tsv = new TsvExport(observer, file, { maxBytes: 100 });
  for (let i = 0; i < 60; i++) {
    observer.emit('event', { kind: 'io', nanos: i, error: `number\t${i}` });
    tsv.flush();
  }
  tsv.close();
  const files = fs.readdirSync(folder).filter((name) => name.startsWith('events'));
  expect(files.sort()).toEqual(['events.tsv', ...[1, 2, 3, 4, 5].map((number) => `events.tsv.${number}`)]);
  const oldestFirst = [5, 4, 3, 2, 1].map((number) => `${file}.${number}`).concat(file);
  const numbers = oldestFirst
    .flatMap((name) => fs.readFileSync(name, 'utf8').trimEnd().split('\n'))
    .map((line) => Number(line.split('\t')[0]));
  expect(numbers).toEqual(numbers.map((_, i) => 60 - numbers.length + i));
  for (const name of oldestFirst) expect(fs.statSync(name).size).toBeLessThanOrEqual(100);
});

test('reports an unwritable TSV file once, and refuses a symbolic link', async () => {
  const { folder, observer } = observed();
  const complaints: string[] = [];
  const tsv = new TsvExport(observer, '/dev/full', { onError: (message) => complaints.push(message) });
  for (let i = 0; i < 3; i++) {
    observer.emit('event', { kind: 'eviction', nanos: i, pid: 7 });
    tsv.flush();
  }
  tsv.close();
  expect(complaints).toEqual([expect.stringContaining('ENOSPC')]);
  fs.symlinkSync('/dev/null', path.join(folder, 'link'));
  expect(() => new TsvExport(observer, path.join(folder, 'link'))).toThrow(/ELOOP/);
});

test('the heartbeat file contains pid and time, and is never read incomplete', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'alive');
  const heartbeat = new HeartbeatFile(file);
  const read = () => {
    const match = /^(\d+)\t(\d+)\n$/.exec(fs.readFileSync(file, 'utf8'));
    expect(Number(match?.[1])).toBe(process.pid);
    return Number(match?.[2]);
  };
  const first = read();
  expect(Math.abs(first - Date.now())).toBeLessThan(60_000);
  await until(() => read() > first);
  heartbeat.close();
  expect(fs.readdirSync(folder)).toEqual(['alive']);
  expect(() => new HeartbeatFile(path.join(folder, 'missing', 'alive'))).toThrow(/ENOENT/);
});

test('notifies systemd of readiness, of liveness at twice the requested rate, and of the end', async () => {
  const file = path.join(temporaryFolder(), 'notify');
  const bound = BoundSocket.bind(file, 0o600);
  onTestFinished(() => bound.close());
  const message = new MessageHeader(64);
  const states: string[] = [];
  const read = () => {
    const length = bound.socket.receive(message);
    if (length > 0) states.push(message.data.toString('latin1', 0, length));
    return length > 0;
  };
  const manager = SystemdNotifier.fromEnvironment({
    NOTIFY_SOCKET: file,
    WATCHDOG_USEC: '40000',
    WATCHDOG_PID: String(process.pid),
  });
  await until(() => {
    read();
    return states.length >= 3;
  });
  manager?.stopping();
  while (read());
  expect(states.slice(0, 3)).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1']);
  expect(states.at(-1)).toBe('STOPPING=1');
  expect(SystemdNotifier.fromEnvironment({})).toBeNull();
  expect(SystemdNotifier.fromEnvironment({ NOTIFY_SOCKET: '/no/such' })).toBeNull();
});

test('events are records of a ring channel as JSON', async () => {
  const { folder, observer, agent } = observed(100);
  using writer = RingWriter.create(folder, {
    writerId: 1,
    channelId: 1,
    capacity: 65_536,
    maxMessageLength: 1024,
    timeout: 2n ** 64n - 1n,
    tickUnit: TickUnit.Nanos,
  });
  using reader = RingReader.open(folder, 1);
  const publication = new EventPublication(observer, writer);
  agent.beat(Status.Degraded, 2n ** 64n - 1n);
  await once(observer, 'stall');
  publication.close();
  agent.beat(Status.Ok);
  await until(() => observer.counters.beats === 2);
  const records = [];
  for (let record = reader.tryRead(); record !== null; record = reader.tryRead())
    records.push(JSON.parse(String(record)));
  expect(records).toMatchObject([
    { kind: 'beat', pid: process.pid, status: 'degraded', payload: '18446744073709551615', nonce: '1' },
    { kind: 'stall', pid: process.pid, lastNonce: '1' },
  ]);
  expect(publication.dropped).toBe(0);
});
