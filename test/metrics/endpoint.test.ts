/** The endpoint for Prometheus: handler, command, and a real Prometheus. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RingWriter } from '../../src/channel/index.js';
import { METRICS, MetricsServer, type MetricsServerOptions, Sampler } from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { endsWithTest, run } from '../child.js';
import { finished, ringwire, start } from '../cli/ringwire-command.js';
import { freePort } from '../free-port.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';

function rootWithRing(): string {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  onTestFinished(() => writer.close());
  for (let i = 0; i < 5; i++) writer.write(Buffer.alloc(8));
  return root;
}

async function serve(options: Partial<MetricsServerOptions> = {}): Promise<string> {
  const sampler = new Sampler({ root: rootWithRing() });
  const server = await MetricsServer.listen({ sampler, port: 0, ...options });
  onTestFinished(async () => {
    await server.close();
    sampler.close();
  });
  return `http://${server.address}`;
}

/** Sends bytes as they are, and reads until the server closes the connection. */
async function ask(url: string, request: string | Buffer): Promise<{ status: number; body: string }> {
  const { port } = new URL(url);
  const socket = net.connect(Number(port), '127.0.0.1').on('error', () => {});
  let body = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    body += text;
  });
  socket.write(request);
  // `close` also follows an error.
  await new Promise((resolve) => socket.once('close', resolve));
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(body)?.[1] ?? 0), body };
}

describe('the endpoint', () => {
  test('answers in the format that the client accepts', async () => {
    const url = await serve();
    const text = await fetch(`${url}/metrics`);
    expect(text.status).toBe(200);
    expect(text.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await text.text()).toMatch(/^ringwire_channel_records_total\{.*channel="7",kind="ring"\} 5$/m);
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';
    const open = await fetch(`${url}/metrics`, { headers: { accept } });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
    const page = await open.text();
    expect(page).toMatch(/^# TYPE ringwire_channel_records counter$/m);
    expect(page.endsWith('\n# EOF\n')).toBe(true);
  });

  test('refuses other methods, and requests without the token if one is set', async () => {
    const url = await serve({ token: 'sesame' });
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer sesam' } })).status).toBe(401);
    const head = await fetch(url, { method: 'HEAD', headers: { authorization: 'Bearer sesame' } });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(url, { headers: { authorization: 'Bearer sesame' } })).status).toBe(200);
  });

  test('refuses a foreign name in Host on a loopback address, so that no page of another site reads it', async () => {
    const url = await serve();
    for (const host of ['evil.example', 'evil.example:9465', '127.0.0.1.evil.example', '192.168.0.7']) {
      const { status, body } = await ask(url, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      expect([host, status]).toEqual([host, 403]);
      expect(body).not.toContain('ringwire_');
    }
    for (const host of ['127.0.0.1:9465', 'LOCALHOST', '[::1]:1']) {
      const request = `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect([host, (await ask(url, request)).status]).toEqual([host, 200]);
    }
    const twice = 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n';
    expect((await ask(url, twice)).status).not.toBe(200);
  });

  test('accepts the names of other machines where it listens beyond this one', async () => {
    const url = await serve({ host: '0.0.0.0' });
    const request = 'GET / HTTP/1.1\r\nHost: app-1.internal\r\nConnection: close\r\n\r\n';
    expect((await ask(url, request)).status).toBe(200);
  });

  test.each(['GET', 'POST'])('refuses a %s with a body of 10 MB without reading it', async (method) => {
    const url = await serve();
    const length = 10_000_000;
    const head = `${method} /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
    expect((await ask(url, head)).status).toBe(method === 'GET' ? 413 : 405);
    await ask(url, Buffer.concat([Buffer.from(head), Buffer.alloc(length)]));
    expect((await fetch(url)).status).toBe(200);
  });

  test('serves others while 500 clients send nothing or half a request', async () => {
    const url = await serve();
    const { hostname, port } = new URL(url);
    const slow: net.Socket[] = [];
    onTestFinished(() => slow.forEach((socket) => void socket.destroy()));
    for (let i = 0; i < 500; i++) {
      const socket = net.connect(Number(port), hostname).on('error', () => {});
      slow.push(socket);
      await once(socket, 'connect');
      if (i % 2 === 0) socket.write('GET /metrics HTTP/1.1\r\nHost: loc');
    }
    for (let i = 0; i < 3; i++) expect((await fetch(url)).status).toBe(200);
    await expect.poll(() => slow.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(500 - 64);
  });

  test('reports an address that is in use', async () => {
    const { port } = new URL(await serve());
    using sampler = new Sampler({});
    await expect(MetricsServer.listen({ sampler, port: Number(port) })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
    });
  });
});

/** Runs `ringwire metrics` and returns the address that it prints. */
function command(...args: string[]): Promise<{ url: string }> {
  return served(['metrics', '--listen', '127.0.0.1:0', ...args]);
}

/** What Prometheus answers to a query. */
interface Answer {
  readonly data?: {
    readonly result: readonly { readonly metric: object; readonly value: readonly unknown[] }[];
  };
}

/** Starts a command that serves metrics and returns the address that it prints. */
async function served(args: string[]): Promise<{ url: string }> {
  const child = start(args);
  const ended = finished(child);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
  });
  const printed = new Promise<string>((resolve) => {
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += chunk;
      const url = /metrics: (http:\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const failed = ended.then(({ stderr }) => {
    throw new Error(`ringwire ${args[0]} ended: ${stderr}`);
  });
  return { url: await Promise.race([printed, failed]) };
}

describe('ringwire metrics', () => {
  test('serves until it is stopped, and prints one page with --once', async () => {
    const root = rootWithRing();
    const { url } = await command('--root', root);
    const served = await (await fetch(url)).text();
    const printed = await ringwire(['metrics', '--root', root, '--once']);
    expect(printed.code).toBe(0);
    const names = (page: string) => page.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(names(printed.stdout)).toEqual(METRICS.map(({ name, type }) => `# TYPE ${name} ${type}`));
    expect(names(served)).toEqual(names(printed.stdout));
  });

  test('requires the token of a file that only its owner can read', async () => {
    const file = path.join(temporaryFolder(), 'token');
    fs.writeFileSync(file, 'sesame\n', { mode: 0o600 });
    const { url } = await command('--root', memoryFolder(), '--token-file', file);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer sesame' } })).status).toBe(200);
    fs.chmodSync(file, 0o644);
    expect((await ringwire(['metrics', '--root', memoryFolder(), '--token-file', file])).code).toBe(2);
  });

  const promtool = fs.existsSync('/usr/bin/promtool');
  test.skipIf(!promtool)('promtool finds no fault in the page (skipped without promtool)', async () => {
    const file = path.join(temporaryFolder(), 'page');
    fs.writeFileSync(file, (await ringwire(['metrics', '--root', rootWithRing(), '--once'])).stdout);
    const checked = await run('sh', ['-c', `promtool check metrics < ${file}`]);
    expect(checked.stdout + checked.stderr).toBe('');
    expect(checked.code).toBe(0);
  });

  const prometheus = fs.existsSync('/usr/bin/prometheus');
  test.skipIf(!prometheus)('a real Prometheus scrapes the values (skipped without prometheus)', async () => {
    const { url } = await command('--root', rootWithRing());
    const folder = temporaryFolder();
    const config = path.join(folder, 'prometheus.yml');
    fs.writeFileSync(
      config,
      `scrape_configs:\n  - job_name: ringwire\n    scrape_interval: 1s\n    scrape_timeout: 1s\n    static_configs:\n      - targets: ['${new URL(url).host}']\n`,
    );
    const port = await freePort();
    const server = endsWithTest(
      spawn(
        'prometheus',
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${folder}/data`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: 'ignore' },
      ),
    );
    const query = `http://127.0.0.1:${port}/api/v1/query?query=ringwire_channel_records_total`;
    for (;;) {
      expect(server.exitCode).toBe(null);
      // While it starts it refuses connections, and then answers 503.
      const response = await fetch(query).catch(() => null);
      const answer = response?.ok ? ((await response.json()) as Answer) : null;
      const [result] = answer?.data?.result ?? [];
      if (result !== undefined) {
        expect(result.metric).toMatchObject({ channel: '7', kind: 'ring', job: 'ringwire' });
        expect(result.value[1]).toBe('5');
        return;
      }
      await sleep(100);
    }
  });
});

test('ringwire relay --metrics serves the progress of the relay, also while no server answers', async () => {
  const nats = `nats://127.0.0.1:${await freePort()}/STREAM/subject`;
  const { url } = await served(['relay', '7', nats, '--root', rootWithRing(), '--metrics', '127.0.0.1:0']);
  const waiting = 'ringwire_relay_waiting{relay="7",direction="outgoing"} 1';
  await expect.poll(async () => (await fetch(url)).text()).toContain(waiting);
});
