import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  EventPublication,
  HeartbeatFile,
  PrometheusExport,
  prometheusText,
  Status,
  SystemdNotifier,
  TsvExport,
  VlpAgent,
  VlpObserver,
} from '../../../src/health/index.js';
import { RingReader, RingWriter, TickUnit } from '../../../src/index.js';
import { BoundSocket, DatagramSocket, MessageHeader } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';

function observed(thresholdMs = 60_000) {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  const observer = VlpObserver.bind({ socket, thresholdMs });
  onTestFinished(() => observer.close());
  const agent = VlpAgent.connect(socket);
  onTestFinished(() => agent.close());
  const raw = DatagramSocket.connect(socket);
  onTestFinished(() => raw.close());
  return { folder, observer, agent, raw };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

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

/** Those of varta-watch. */
const HELP_TEXTS = {
  varta_beats_total: 'Total accepted beats per agent pid.',
  varta_stalls_total: 'Total observer-detected stalls per agent pid.',
  varta_status: 'Last reported status code per agent pid (0=ok,1=degraded,2=critical,3=stall).',
  varta_tracker_evicted_total: 'Total tracker slots reclaimed from dead agents.',
  varta_frame_auth_failures_total: 'Frames rejected due to PID spoofing or authentication failure.',
  varta_decode_errors_total: 'Total VLP decode failures by kind.',
  varta_io_errors_total: 'Total socket receive errors.',
};

test('the metrics have the families of varta-watch in its order with its help texts', async () => {
  const { observer, agent, raw } = observed(100);
  agent.beat(Status.Ok);
  agent.beat(Status.Critical);
  raw.send(Buffer.alloc(32), 32);
  raw.send(Buffer.alloc(5), 5);
  await once(observer, 'stall');
  const text = prometheusText(observer);
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(names.filter((name) => name.startsWith('varta_'))).toEqual([
    'varta_beats_total counter',
    'varta_stalls_total counter',
    'varta_status gauge',
    'varta_tracker_evicted_total counter',
    'varta_frame_auth_failures_total counter',
    'varta_decode_errors_total counter',
    'varta_io_errors_total counter',
    'varta_ctrl_truncated_total counter',
    'varta_tracker_capacity_exceeded_total counter',
    'varta_tracker_capacity gauge',
    'varta_recovery_outcomes_total counter',
    'varta_recovery_duration_ns_sum counter',
    'varta_recovery_duration_count_total counter',
    'varta_recovery_refused_total counter',
    'varta_recovery_audit_dropped_total counter',
    'varta_frame_decrypt_failures_total counter',
    'varta_secure_replay_refused_total counter',
    'varta_truncated_datagrams_total counter',
    'varta_rate_limited_total counter',
    'varta_prom_auth_failures_total counter',
    'varta_prom_connections_dropped_total counter',
    'varta_observer_uds_rcvbuf_bytes gauge',
    'varta_watch_uptime_seconds gauge',
    'varta_watch_pids_tracked gauge',
  ]);
  const helps = new Map([...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name, help]) => [name, help]));
  for (const [name, help] of Object.entries(HELP_TEXTS)) expect(helps.get(name), name).toBe(help);
  expect(text).toContain('varta_recovery_outcomes_total{outcome="reaped_nonzero"} 0\n');
  expect(text).toMatch(/^varta_watch_uptime_seconds \d+\.\d+$/m);
  expect(text).toMatch(/^varta_observer_uds_rcvbuf_bytes [1-9]\d*$/m);
  expect(text).toContain(`# HELP varta_beats_total Total accepted beats per agent pid.
# TYPE varta_beats_total counter
varta_beats_total{pid="${process.pid}"} 2
`);
  expect(text).toContain(`varta_stalls_total{pid="${process.pid}"} 1\n`);
  expect(text).toContain(`varta_status{pid="${process.pid}"} 3\n`);
  expect(text).toContain('varta_decode_errors_total{kind="bad_magic"} 1\n');
  for (const kind of ['version', 'crc', 'status', 'pid', 'timestamp', 'nonce'].map((name) => `bad_${name}`)) {
    expect(text).toContain(`varta_decode_errors_total{kind="${kind}"} 0\n`);
  }
  expect(text).toContain('varta_decode_errors_total{kind="stall_on_wire"} 0\n');
  expect(text).toContain('varta_truncated_datagrams_total 1\n');
  expect(text).toContain('varta_tracker_evicted_total 0\n');
});

async function metrics(observer: VlpObserver, token?: string): Promise<PrometheusExport> {
  const server = await PrometheusExport.listen(observer, {
    port: 0,
    ...(token === undefined ? {} : { token }),
  });
  onTestFinished(() => server.close());
  return server;
}

function withoutUptime(page: string): string {
  return page.replace(/^varta_watch_uptime_seconds .*$/m, '');
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly allow: string | undefined;
}

function get(address: string, options: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .request(`http://${address}/metrics`, options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body, allow: response.headers.allow }),
        );
      })
      .on('error', reject)
      .end();
  });
}

test('metrics are served over HTTP/1.0 on loopback, only to GET, and only with the token if one is set', async () => {
  const { observer } = observed();
  const open = await metrics(observer);
  expect(open.address).toMatch(/^127\.0\.0\.1:\d+$/);
  const page = await get(open.address);
  expect(page.status).toBe(200);
  expect(withoutUptime(page.body)).toBe(withoutUptime(prometheusText(observer)));
  expect(await get(open.address, { method: 'POST' })).toMatchObject({ status: 405, allow: 'GET' });
  const guarded = await metrics(observer, 'sesame');
  expect((await get(guarded.address)).status).toBe(401);
  expect((await get(guarded.address, { headers: { authorization: 'Bearer sesam' } })).status).toBe(401);
  expect((await get(guarded.address, { headers: { authorization: 'Bearer sesame' } })).status).toBe(200);
  const [, port] = open.address.split(':');
  await expect(PrometheusExport.listen(observer, { port: Number(port) })).rejects.toMatchObject({
    code: 'ADDRESS_IN_USE',
  });
});

test('silent clients and clients that send too much do not block other clients', async () => {
  const { observer, agent } = observed();
  const server = await metrics(observer);
  const [host, port] = server.address.split(':');
  const silent = Array.from({ length: 8 }, () => net.connect(Number(port), host));
  onTestFinished(() => silent.forEach((socket) => void socket.destroy()));
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const chatty = net.connect(Number(port), host);
  chatty.write('x'.repeat(100_000));
  chatty.on('error', () => {});
  agent.beat(Status.Ok);
  await until(() => observer.counters.beats === 1);
  expect((await get(server.address)).status).toBe(200);
  chatty.destroy();
});

test('a new connection replaces the oldest one of slow clients', async () => {
  const { observer } = observed();
  const server = await metrics(observer);
  const [host, port] = server.address.split(':');
  const slow: net.Socket[] = [];
  for (let i = 0; i < 40; i++) {
    const socket = net.connect(Number(port), host);
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write('G');
    slow.push(socket);
  }
  expect((await get(server.address)).status).toBe(200);
  await until(() => slow.filter((socket) => socket.closed).length >= 8);
  expect(server.counters.drained).toBeGreaterThanOrEqual(8);
  expect(slow.slice(0, 8).every((socket) => socket.closed)).toBe(true);
});

test('a connection ends at its deadline while it still sends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { observer } = observed();
  const server = await metrics(observer);
  const [host, port] = server.address.split(':');
  const slow = net.connect(Number(port), host);
  slow.on('error', () => {});
  const closed = new Promise((resolve) => slow.once('close', resolve));
  await once(slow, 'connect');
  // The server accepts in a later turn of the loop: the deadline exists from then on.
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 5; i++) {
    slow.write('G');
    vi.advanceTimersByTime(1000);
  }
  await closed;
  expect(server.counters.drained).toBe(1);
});

test('limits the connections of one address with rateLimitPerSecond', async () => {
  const { observer } = observed();
  const server = await PrometheusExport.listen(observer, {
    port: 0,
    rateLimitPerSecond: 0.001,
    rateLimitBurst: 2,
  });
  onTestFinished(() => server.close());
  expect((await get(server.address)).status).toBe(200);
  expect((await get(server.address)).status).toBe(200);
  await expect(get(server.address)).rejects.toThrow();
  expect(server.counters.rateLimited).toBe(1);
  expect(prometheusText(observer, server.counters)).toContain(
    'varta_prom_connections_dropped_total{reason="rate_limit"} 1\n',
  );
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
