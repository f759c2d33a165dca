/** The JSON API: what it answers is what docs/web-api.openapi.json says. */
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import type { Snapshot } from '../../src/metrics/index.js';
import type { RecordsAnswer, SessionAnswer } from '../../src/web/api/answers.js';
import { apiRoutes } from '../../src/web/api/api-routes.js';
import { ProcessControl } from '../../src/web/index.js';
import { Access } from '../../src/web/security/access.js';
import { SnapshotFeed } from '../../src/web/server/snapshot-feed.js';
import { REPOSITORY, read } from '../docs/documents.js';
import { supervise } from '../supervisor/supervised.js';
import { memoryFolder } from '../temporary.js';
import { type Schema, unlike } from './json-schema.js';
import { PACKAGE, send, serve, withToken } from './requests.js';

interface Description {
  readonly paths: Record<string, Record<string, { readonly operationId: string }>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}

const description = JSON.parse(read('docs/web-api.openapi.json')) as Description;
const { schemas } = description.components;

describe('docs/web-api.openapi.json', () => {
  it('is a valid description by OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(
      path.join(REPOSITORY, 'docs/web-api.openapi.json'),
    );
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('describes exactly the routes of the server', () => {
    const source = { subscribe: () => () => {} };
    const options = { packageFolder: PACKAGE, source, root: '', processes: null, health: null, aeron: null };
    const access = new Access({ loopback: true, secure: false });
    const resolved = { ...options, host: '127.0.0.1', port: 0, loopback: true, readOnly: false };
    const routes = apiRoutes(resolved, access, new SnapshotFeed(source)).map(
      (route) => `${route.method} ${route.path}`,
    );
    const described = Object.entries(description.paths).flatMap(([name, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${name}`),
    );
    expect(routes.sort()).toEqual(described.sort());
  });

  it('is served', async () => {
    const server = await serve();
    const { body } = await send(server, 'GET /api/openapi.json', withToken(server));
    expect(JSON.parse(body)).toEqual(description);
  });
});

describe('an answer', () => {
  const get = async <T>(server: Awaited<ReturnType<typeof serve>>, target: string): Promise<T> => {
    const { status, body } = await send(server, `GET ${target}`, withToken(server));
    expect(status, body).toBe(200);
    return JSON.parse(body) as T;
  };

  it('has the described shape: session, snapshot, history and errors', async () => {
    const root = memoryFolder();
    using ring = RingWriter.create(root, { channelId: 1, capacity: 4096 });
    using _reader = RingReader.open(root, 1, { name: 'one' });
    using journal = JournalWriter.open(root, { channelId: 2 });
    ring.write(Buffer.from('record'));
    journal.write(Buffer.from('record'));
    const { manager, folder } = await supervise();
    await manager.register({ id: 'a', command: process.execPath });
    const processes = new ProcessControl(path.join(folder, 'manager.sock'));
    const server = await serve({ root, processes });
    expect(
      unlike(await get<SessionAnswer>(server, '/api/session'), schemas['Session'] as Schema, schemas),
    ).toEqual([]);
    const snapshot = await get<Snapshot>(server, '/api/snapshot');
    expect(snapshot.channels.map(({ id }) => id)).toEqual(['1', '2']);
    expect(unlike(snapshot, schemas['Snapshot'] as Schema, schemas)).toEqual([]);
    const history = await get(server, '/api/channels/1/history');
    expect(unlike(history, schemas['ChannelHistory'] as Schema, schemas)).toEqual([]);
    expect(await get(server, '/api/health/timeline')).toEqual([]);
    const { status, body } = await send(server, 'GET /api/channels/3/history', withToken(server));
    expect(status).toBe(404);
    expect(unlike(JSON.parse(body), schemas['Error'] as Schema, schemas)).toEqual([]);
  });

  it('holds the last records, or the last that contain a text', async () => {
    const root = memoryFolder();
    using log = ShmWriter.create(root, { channelId: 7, capacity: 1 << 20 });
    for (let i = 0; i < 3000; i++) log.write(Buffer.from(`record ${i}`));
    log.write(Buffer.alloc(8000, 'x'));
    const server = await serve({ root });
    const last = await get<RecordsAnswer>(server, '/api/channels/7/records?limit=2');
    expect(unlike(last, schemas['Records'] as Schema, schemas)).toEqual([]);
    const [before, long] = last.records;
    expect(Buffer.from(before?.data ?? '', 'base64').toString()).toBe('record 2999');
    expect(long?.length).toBe(8000);
    expect(Buffer.from(long?.data ?? '', 'base64')).toEqual(Buffer.alloc(4096, 'x'));
    expect(last.skipped).toBe(2999);
    const found = await get<RecordsAnswer>(server, '/api/channels/7/records?search=cord%20299&limit=3');
    expect(found.records.map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual([
      'record 2997',
      'record 2998',
      'record 2999',
    ]);
    expect(found.skipped).toBe(8);
  });

  it.each([
    ['/api/channels/7/records?limit=0', 400],
    ['/api/channels/7/records?limit=201', 400],
    ['/api/channels/7/records?limit=1e2', 400],
    [`/api/channels/7/records?search=${'x'.repeat(257)}`, 400],
    ['/api/channels/8/records', 404],
    ['/api/processes/a/log', 404],
    ['/api/nothing', 404],
  ])('to %s is %i', async (target, status) => {
    const root = memoryFolder();
    ShmWriter.create(root, { channelId: 7, capacity: 1 << 16 }).close();
    const server = await serve({ root });
    const answer = await send(server, `GET ${target}`, withToken(server));
    expect(answer.status).toBe(status);
    expect(unlike(JSON.parse(answer.body), schemas['Error'] as Schema, schemas)).toEqual([]);
  });
});

it('the page has less than 150 KB when it is compressed', () => {
  const folder = path.join(REPOSITORY, 'dist/web/page');
  const files = fs.readdirSync(folder);
  expect(files.sort()).toEqual(['icon.svg', 'index.html', 'page.css', 'page.js']);
  const sizes = files.map((name) => gzipSync(fs.readFileSync(path.join(folder, name))).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(150_000);
});
