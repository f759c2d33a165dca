/** A channel into a Redis stream and out of it: order, resuming, outages, refusals. INV-RELAY-07, INV-RELAY-08. */
import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { JournalReader, RingReader, TickUnit } from '../../../src/index.js';
import {
  type RedisReceiveOptions,
  type RedisSendOptions,
  relayFromRedis,
  relayToRedis,
} from '../../../src/relay/index.js';
import { freePort } from '../../free-port.js';
import { memoryFolder } from '../../temporary.js';
import { authority, hasOpenssl } from '../authority.js';
import {
  DESTINATION,
  ExpectedRecords,
  fill,
  journalSource,
  logSource,
  record,
  ringSource,
  SOURCE,
} from '../relay-under-test.js';
import { itWithRedis, RedisProcess } from './redis-server.js';

const STREAM = 'records';
const common = { writerId: 1, maxMessageLength: 4096, timeout: 60, tickUnit: TickUnit.Secs };

function to(root: string, server: RedisProcess): RedisSendOptions {
  return { root, channelId: SOURCE, server: server.url, stream: STREAM };
}

function from(root: string, server: RedisProcess, kind: 'journal' | 'ring' = 'journal'): RedisReceiveOptions {
  const options = { ...common, channelId: DESTINATION, capacity: kind === 'ring' ? 65_536 : 2 ** 21 };
  const destination = {
    root,
    kind,
    options: kind === 'ring' ? { ...options, policy: 'back-pressure' } : options,
  } as RedisReceiveOptions['destination'];
  return { server: server.url, stream: STREAM, destination, untilCaughtUp: true };
}

/** A relay in this process, which is stopped when the test is over. */
function start(options: RedisSendOptions) {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const relay = relayToRedis({ ...options, signal: stop.signal });
  relay.catch(() => {});
  return {
    relay,
    acknowledged: (count: number) => expect.poll(() => relay.status().acknowledged).toBe(count),
    fault: (text: RegExp) => expect.poll(() => relay.status().fault).toMatch(text),
    stop: () => {
      stop.abort();
      return relay;
    },
  };
}

function expectRecords(root: string, end: number, first = 0): void {
  using reader = JournalReader.open(root, DESTINATION);
  const expected = new ExpectedRecords(first);
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(end);
}

itWithRedis('carries each record once, in order; a second run of either end adds nothing', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  logSource(root, 3000);
  const sent = await relayToRedis(to(root, server));
  expect(sent).toEqual({ sent: 3000, acknowledged: 3000, lag: 0, lost: 0, reconnects: 0, fault: null });
  expect(await relayToRedis(to(root, server))).toMatchObject({ sent: 0, acknowledged: 3000 });
  const received = await relayFromRedis(from(target, server));
  expect(received).toEqual({ received: 3000, lost: 0, lag: 0, reconnects: 0, fault: null });
  expect(await relayFromRedis(from(target, server))).toMatchObject({ received: 0, lost: 0 });
  expectRecords(target, 3000);
  const [entry] = await server.client().xrange(STREAM, '-', '+', 'COUNT', 1);
  expect(entry).toMatchObject([
    '1-0',
    ['source', expect.stringMatching(/^[0-9a-f]+$/), 'record', expect.anything()],
  ]);
});

itWithRedis('stopped ends continue after the last record, without a cursor as well', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  const writer = journalSource(root, 1000);
  const first = start(to(root, server));
  await first.acknowledged(1000);
  await first.stop();
  await relayFromRedis(from(target, server));
  const cursors = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(STREAM));
  for (const name of cursors) fs.rmSync(path.join(root, name));
  for (let n = 1000; n < 3000; n++) writer.write(record(n));
  writer.close();
  expect(await relayToRedis(to(root, server))).toMatchObject({ sent: 2000, acknowledged: 3000 });
  expect(await relayFromRedis(from(target, server))).toMatchObject({ received: 2000, lost: 0 });
  expectRecords(target, 3000);
});

itWithRedis('begins with new records, or with the record of a number', async () => {
  const [root, fresh, later] = [memoryFolder(), memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  logSource(root, 100);
  await relayToRedis(to(root, server));
  expect(await relayFromRedis({ ...from(fresh, server), start: 'new' })).toMatchObject({ received: 0 });
  expect(await relayFromRedis({ ...from(later, server), start: { sequence: 40 } })).toMatchObject({
    received: 60,
  });
  expectRecords(later, 100, 40);
});

itWithRedis('the server away at the start, and later: the relay keeps trying, and reports it', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const port = await freePort();
  const writer = journalSource(root, 100);
  const relay = start({ root, channelId: SOURCE, server: `redis://127.0.0.1:${port}`, stream: STREAM });
  await relay.fault(/ECONNREFUSED/);
  const server = await RedisProcess.start([], {}, port);
  await relay.acknowledged(100);
  await server.kill();
  for (let n = 100; n < 300; n++) writer.write(record(n));
  await relay.fault(/./);
  await server.start();
  await relay.acknowledged(300);
  expect(await relay.stop()).toMatchObject({ acknowledged: 300, lost: 0, fault: null });
  await relayFromRedis(from(target, server));
  expectRecords(target, 300);
});

itWithRedis('a full memory makes the relay wait; it leaves out and repeats nothing', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start(['maxmemory 4mb', 'maxmemory-policy noeviction']);
  journalSource(root, 60_000);
  const relay = start(to(root, server));
  await relay.fault(/memory of the server is full/);
  expect(relay.relay.status().acknowledged).toBeLessThan(60_000);
  await server.client().config('SET', 'maxmemory', '0');
  await relay.acknowledged(60_000);
  expect(await relay.stop()).toMatchObject({ lost: 0, fault: null });
  await relayFromRedis(from(target, server));
  expectRecords(target, 60_000);
});

itWithRedis('a stream that is trimmed under both ends: the receiver counts what it misses', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  const client = server.client();
  const writer = journalSource(root, 500);
  const relay = start(to(root, server));
  await relay.acknowledged(500);
  await client.xtrim(STREAM, 'MAXLEN', 400);
  await relayFromRedis(from(target, server));
  expectRecords(target, 500, 100);
  for (let n = 500; n < 600; n++) writer.write(record(n));
  await relay.acknowledged(600);
  await client.xtrim(STREAM, 'MAXLEN', 0);
  await relay.stop();
  for (let n = 600; n < 700; n++) writer.write(record(n));
  const again = start(to(root, server));
  await again.acknowledged(700);
  expect(await again.stop()).toMatchObject({ sent: 100, lost: 0 });
  expect(await relayFromRedis(from(target, server))).toMatchObject({ received: 100, lost: 100 });
});

itWithRedis('maxRecords trims the stream', async () => {
  const root = memoryFolder();
  const server = await RedisProcess.start();
  logSource(root, 5000);
  await relayToRedis({ ...to(root, server), maxRecords: 500 });
  expect(await server.client().xlen(STREAM)).toBeLessThan(1000);
});

itWithRedis('a deleted stream is an error for both ends', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  journalSource(root, 10);
  const relay = start(to(root, server));
  await relay.acknowledged(10);
  await relay.stop();
  await relayFromRedis(from(target, server));
  await server.client().del(STREAM);
  const error = { code: 'INVALID_POSITION', message: expect.stringContaining('deleted') };
  await expect(relayToRedis(to(root, server))).rejects.toMatchObject(error);
  await expect(relayFromRedis(from(target, server))).rejects.toMatchObject(error);
});

itWithRedis('another publisher, another channel and another type of key are refused', async () => {
  const [root, other, target] = [memoryFolder(), memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  const client = server.client();
  const writer = journalSource(root, 10);
  const relay = start(to(root, server));
  await relay.acknowledged(10);
  journalSource(other, 20);
  const foreign = { code: 'INVALID_POSITION', message: expect.stringContaining('another publisher') };
  await expect(relayToRedis(to(other, server))).rejects.toMatchObject(foreign);
  await relayFromRedis(from(target, server));
  await client.xadd(STREAM, '*', 'a', 'b');
  writer.write(record(10));
  await expect(relay.relay).rejects.toMatchObject(foreign);
  await expect(relayFromRedis(from(target, server))).rejects.toMatchObject(foreign);
  await client.set('text', 'a');
  const wrong = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('not a stream') };
  await expect(relayToRedis({ ...to(other, server), stream: 'text' })).rejects.toMatchObject(wrong);
});

itWithRedis(
  'a ring that waits for its readers gets space when the server has taken its records',
  async () => {
    const [root, target] = [memoryFolder(), memoryFolder()];
    const server = await RedisProcess.start();
    const ring = ringSource(root);
    const relay = relayToRedis(to(root, server));
    const receiving = relayFromRedis({
      ...from(target, server, 'ring'),
      untilCaughtUp: false,
      signal: stopAfterTest(),
    });
    const reader = await RingReader.waitFor(target, DESTINATION);
    onTestFinished(() => reader.close());
    const expected = new ExpectedRecords();
    let written = 0;
    const carry = () => {
      written = fill(ring, written, 5000);
      reader.poll(expected.take, 50);
      return expected.count;
    };
    await expect.poll(carry, { interval: 1 }).toBe(5000);
    ring.close();
    expect(await relay).toMatchObject({ acknowledged: 5000, lost: 0 });
    expect(receiving.status()).toMatchObject({ lost: 0, fault: null });
  },
);

function stopAfterTest(): AbortSignal {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  return stop.signal;
}

itWithRedis('a second sender and a second receiver for one place are refused', async () => {
  const [root, target] = [memoryFolder(), memoryFolder()];
  const server = await RedisProcess.start();
  journalSource(root, 10);
  await start(to(root, server)).acknowledged(10);
  await expect(relayToRedis(to(root, server))).rejects.toMatchObject({ code: 'CURSOR_IN_USE' });
  const first = relayFromRedis({ ...from(target, server), untilCaughtUp: false, signal: stopAfterTest() });
  await expect.poll(() => first.status().received).toBe(10);
  await expect(relayFromRedis(from(target, server))).rejects.toMatchObject({ code: 'WRITER_EXISTS' });
});

itWithRedis(
  'wrong credentials are an error that does not show them, right ones from a file are accepted',
  async () => {
    const root = memoryFolder();
    const password = 'a-secret-of-this-test';
    const server = await RedisProcess.start(
      [`requirepass ${password}`, `user ada on >${password} ~other &* +@all`],
      {
        password,
      },
    );
    logSource(root, 10);
    const file = path.join(root, 'password');
    const refused = async (options: RedisSendOptions) => {
      const error = await relayToRedis(options).then(
        () => expect.unreachable('accepted'),
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'ACCESS_DENIED' });
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('secret');
    };
    await refused(to(root, server));
    fs.writeFileSync(file, 'another-secret');
    await refused({ ...to(root, server), passwordFile: file });
    fs.writeFileSync(file, `${password}\n`);
    // This user has no permission for the key.
    await refused({ ...to(root, server), passwordFile: file, user: 'ada' });
    expect(await relayToRedis({ ...to(root, server), passwordFile: file })).toMatchObject({
      acknowledged: 10,
    });
    const address = `redis://ada:hidden@127.0.0.1:${server.port}`;
    const holding = relayToRedis({ ...to(root, server), server: address });
    await expect(holding).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(holding).rejects.not.toMatchObject({ message: expect.stringContaining('hidden') });
  },
);

const itWithTls = hasOpenssl ? itWithRedis : it.skip;

itWithTls(
  'a rediss:// server is trusted by the authority that signed for its address, and by no other',
  async () => {
    const root = memoryFolder();
    const ours = authority();
    const serve = async (alternativeName: string) => {
      const { cert, key } = ours.certificate(`server-${alternativeName.slice(0, 2)}`, alternativeName);
      const port = await freePort();
      await RedisProcess.start([
        `tls-port ${port}`,
        `tls-cert-file ${cert}`,
        `tls-key-file ${key}`,
        `tls-ca-cert-file ${ours.caFile}`,
        'tls-auth-clients no',
      ]);
      return { root, channelId: SOURCE, stream: STREAM, server: `rediss://127.0.0.1:${port}` };
    };
    logSource(root, 10);
    const given = await serve('IP:127.0.0.1');
    const denied = { code: 'ACCESS_DENIED' };
    await expect(relayToRedis(given)).rejects.toMatchObject(denied);
    await expect(relayToRedis({ ...given, caFile: authority().caFile })).rejects.toMatchObject(denied);
    const elsewhere = await serve('DNS:elsewhere.example');
    await expect(relayToRedis({ ...elsewhere, caFile: ours.caFile })).rejects.toMatchObject(denied);
    expect(await relayToRedis({ ...given, caFile: ours.caFile })).toMatchObject({ acknowledged: 10 });
  },
);
