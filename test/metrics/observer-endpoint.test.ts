/** The endpoint of an observer: the families of varta-watch, and its limits. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Status, type VlpObserver } from '../../src/health/index.js';
import { ObserverEndpoint, observerPage } from '../../src/metrics/index.js';
import { observed, until } from '../health/observed.js';

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
  const text = await observerPage(observer);
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

async function metrics(observer: VlpObserver, token?: string): Promise<ObserverEndpoint> {
  const server = await ObserverEndpoint.listen(observer, {
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
  expect(withoutUptime(page.body)).toBe(withoutUptime(await observerPage(observer)));
  expect(await get(open.address, { method: 'POST' })).toMatchObject({ status: 405, allow: 'GET' });
  const guarded = await metrics(observer, 'sesame');
  expect((await get(guarded.address)).status).toBe(401);
  expect((await get(guarded.address, { headers: { authorization: 'Bearer sesam' } })).status).toBe(401);
  expect((await get(guarded.address, { headers: { authorization: 'Bearer sesame' } })).status).toBe(200);
  const [, port] = open.address.split(':');
  await expect(ObserverEndpoint.listen(observer, { port: Number(port) })).rejects.toMatchObject({
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
  const server = await ObserverEndpoint.listen(observer, {
    port: 0,
    rateLimitPerSecond: 0.001,
    rateLimitBurst: 2,
  });
  onTestFinished(() => server.close());
  expect((await get(server.address)).status).toBe(200);
  expect((await get(server.address)).status).toBe(200);
  await expect(get(server.address)).rejects.toThrow();
  expect(server.counters.rateLimited).toBe(1);
  expect(await observerPage(observer, server.counters)).toContain(
    'varta_prom_connections_dropped_total{reason="rate_limit"} 1\n',
  );
});

test('on a loopback address a foreign name in Host is refused, and a client without one is served', async () => {
  const { observer } = observed();
  const endpoint = await ObserverEndpoint.listen(observer, { port: 0 });
  onTestFinished(() => endpoint.close());
  const port = Number(endpoint.address.split(':').at(-1));
  const ask = async (headers: string) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.write(`GET /metrics HTTP/1.1\r\n${headers}\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return String(chunk).split('\r\n')[0];
  };
  expect(await ask('Host: evil.example\r\n')).toContain('403');
  expect(await ask('Host: 127.0.0.1.evil.example:1\r\n')).toContain('403');
  expect(await ask(`Host: localhost:${port}\r\n`)).toContain('200');
  expect(await ask('')).toContain('200');
});
