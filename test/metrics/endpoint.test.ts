/** The endpoint for Prometheus: handler, command, and a real Prometheus. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RingWriter } from '../../src/channel/index.js';
import { METRICS, MetricsServer, type MetricsServerOptions, Sampler } from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { endsWithTest, run } from '../child.js';
import { finished, ringwire, start } from '../cli/ringwire-command.js';
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

  test('serves others while many clients send nothing', async () => {
    const url = await serve();
    const { hostname, port } = new URL(url);
    const silent = Array.from({ length: 32 }, () => net.connect(Number(port), hostname));
    onTestFinished(() => silent.forEach((socket) => void socket.destroy()));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    expect((await fetch(url)).status).toBe(200);
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
      `scrape_configs:\n  - job_name: ringwire\n    scrape_interval: 200ms\n    scrape_timeout: 200ms\n    static_configs:\n      - targets: ['${new URL(url).host}']\n`,
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

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
