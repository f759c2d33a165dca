/** Outages and refusals: each a clear error, or waiting that is reported. INV-RELAY-05. */
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { JournalReader, RingReader, TickUnit } from '../../../src/index.js';
import {
  type JetStreamReceiveOptions,
  type JetStreamSendOptions,
  relayFromJetStream,
  relayToJetStream,
  type StreamSendProgress,
} from '../../../src/relay/index.js';
import { freePort } from '../../free-port.js';
import { memoryFolder } from '../../temporary.js';
import {
  DESTINATION,
  ExpectedRecords,
  journalSource,
  logSource,
  record,
  SOURCE,
} from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const common = { writerId: 1, maxMessageLength: 4096, timeout: 60, tickUnit: TickUnit.Secs };
/** The shortest window that the server accepts. */
const WINDOW_NANOS = 100_000_000;

function to(root: string, servers: string): JetStreamSendOptions {
  return { root, channelId: SOURCE, servers, stream: 'RECORDS', subject: 'records.a' };
}

function from(
  root: string,
  server: NatsServer,
  kind: 'journal' | 'ring' = 'journal',
): JetStreamReceiveOptions {
  const options = { ...common, channelId: DESTINATION, capacity: kind === 'ring' ? 65_536 : 2 ** 21 };
  const destination = { root, kind, options } as JetStreamReceiveOptions['destination'];
  return { servers: server.url, stream: 'RECORDS', destination, untilCaughtUp: true };
}

/** A relay in this process, its progress, and a way to end it. */
function start(options: JetStreamSendOptions) {
  const stop = new AbortController();
  let last: StreamSendProgress | undefined;
  const ended = relayToJetStream({
    ...options,
    signal: stop.signal,
    onProgress: (progress) => {
      last = progress;
    },
  });
  ended.catch(() => {});
  return {
    ended,
    acknowledged: (count: number) => expect.poll(() => last?.acknowledged).toBe(count),
    fault: (text: RegExp) => expect.poll(() => last?.fault).toMatch(text),
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}

async function expectArrived(server: NatsServer, records: number): Promise<void> {
  const root = memoryFolder();
  await relayFromJetStream(from(root, server));
  using reader = JournalReader.open(root, DESTINATION);
  const expected = new ExpectedRecords();
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(records);
}

itWithNats('a relay that lost its cursor and its duplicate window still adds nothing twice', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream({ duplicate_window: WINDOW_NANOS });
  logSource(root, 1000);
  await relayToJetStream(to(root, server.url));
  await server.kill();
  // Longer than the window: the server forgets which records it knows, also because it was started again.
  await new Promise((resolve) => setTimeout(resolve, (2 * WINDOW_NANOS) / 1e6));
  await server.start();
  const cursors = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nats-RECORDS'));
  expect(cursors).toHaveLength(1);
  for (const name of cursors) fs.rmSync(path.join(root, name));
  expect(await relayToJetStream(to(root, server.url))).toMatchObject({ sent: 0, acknowledged: 1000 });
  expect(manager).toBeDefined();
  await expectArrived(server, 1000);
});

itWithNats('the server away at the start, and later: the relay keeps trying, and says so', async () => {
  const root = memoryFolder();
  const port = await freePort();
  const writer = journalSource(root, 100);
  const relay = start(to(root, `nats://127.0.0.1:${port}`));
  await relay.fault(/ECONNREFUSED|connection refused/i);
  const server = await NatsServer.start('', {}, port);
  await server.addStream({ duplicate_window: WINDOW_NANOS });
  // A missing stream is an error only after the relay has asked several times.
  await relay.acknowledged(100);
  await server.kill();
  for (let n = 100; n < 300; n++) writer.write(record(n));
  await relay.fault(/./);
  await server.start();
  await relay.acknowledged(300);
  expect(await relay.stop()).toMatchObject({ acknowledged: 300, lost: 0, fault: null });
  await expectArrived(server, 300);
});

itWithNats('a purge does not make the relay repeat or leave out records', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  const writer = journalSource(root, 500);
  const relay = start(to(root, server.url));
  await relay.acknowledged(500);
  await manager.streams.purge('RECORDS');
  for (let n = 500; n < 600; n++) writer.write(record(n));
  await relay.acknowledged(600);
  await relay.stop();
  await manager.streams.purge('RECORDS');
  for (let n = 600; n < 700; n++) writer.write(record(n));
  const again = start(to(root, server.url));
  await again.acknowledged(700);
  expect(await again.stop()).toMatchObject({ sent: 100, lost: 0 });
  const { state } = await manager.streams.info('RECORDS');
  expect([state.messages, state.last_seq]).toEqual([100, 700]);
  const message = await manager.streams.getMessage('RECORDS', { seq: 601 });
  expect(record(600).equals(message?.data as Uint8Array)).toBe(true);
});

itWithNats(
  'a stream that was deleted under the relay is an error, and one that was created again is another',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    const manager = await server.addStream();
    const writer = journalSource(root, 10);
    const relay = start({ ...to(root, server.url), ackTimeoutMs: 1000 });
    await relay.acknowledged(10);
    await manager.streams.delete('RECORDS');
    writer.write(record(10));
    await expect(relay.ended).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await server.addStream();
    await expect(relayToJetStream(to(root, server.url))).rejects.toMatchObject({
      code: 'INVALID_POSITION',
      message: expect.stringContaining('created again'),
    });
  },
);

itWithNats('another publisher to the stream is refused', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  await server.addStream();
  const writer = journalSource(root, 10);
  const relay = start(to(root, server.url));
  await relay.acknowledged(10);
  const connection = await server.connect();
  connection.publish('records.b', 'another');
  await connection.flush();
  writer.write(record(10));
  await expect(relay.ended).rejects.toMatchObject({
    code: 'INVALID_POSITION',
    message: expect.stringContaining('another publisher'),
  });
});

itWithNats(
  'a full stream that refuses new messages makes the relay wait, and it continues when there is space',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    const manager = await server.addStream({ max_msgs: 100, discard: 'new' });
    journalSource(root, 150);
    const relay = start(to(root, server.url));
    await relay.fault(/full/);
    await relay.acknowledged(100);
    await manager.streams.purge('RECORDS');
    await relay.acknowledged(150);
    expect(await relay.stop()).toMatchObject({ lost: 0, fault: null });
  },
);

itWithNats(
  'a record above max_payload of the server, or max_msg_size of the stream, is an error',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start('max_payload: 2048');
    await server.addStream();
    logSource(root, 100);
    await expect(relayToJetStream(to(root, server.url))).rejects.toMatchObject({
      code: 'MAX_RECORD_LENGTH_EXCEEDED',
      recordLength: record(0).length,
      maxAllowed: 2048,
    });
    const other = await NatsServer.start();
    await other.addStream({ max_msg_size: 2048 });
    const another = memoryFolder();
    logSource(another, 100);
    await expect(relayToJetStream(to(another, other.url))).rejects.toMatchObject({
      code: 'MAX_RECORD_LENGTH_EXCEEDED',
      message: expect.stringContaining('max_msg_size'),
    });
  },
);

itWithNats(
  'wrong credentials are an error that does not show them, right ones from a file are accepted',
  async () => {
    const root = memoryFolder();
    const token = 'one-secret-token';
    const server = await NatsServer.start(`authorization { token: "${token}" }`, { token });
    await server.addStream();
    logSource(root, 10);
    const file = path.join(root, 'token');
    fs.writeFileSync(file, 'another-secret');
    const refused = relayToJetStream({ ...to(root, server.url), tokenFile: file });
    await expect(refused).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
    await expect(relayToJetStream(to(root, server.url))).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    fs.writeFileSync(file, `${token}\n`);
    expect(await relayToJetStream({ ...to(root, server.url), tokenFile: file })).toMatchObject({
      acknowledged: 10,
    });
  },
);

itWithNats('an address with a secret in it is refused without showing the secret', async () => {
  const root = memoryFolder();
  logSource(root, 1);
  const refused = relayToJetStream(to(root, 'nats://user:hidden@127.0.0.1:1'));
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('hidden') });
});

itWithNats('refuses a subject that the stream does not take', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  await server.addStream();
  logSource(root, 1);
  await expect(relayToJetStream({ ...to(root, server.url), subject: 'other.a' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('records.>'),
  });
});

itWithNats('a receiver whose consumer is deleted makes another one, and continues', async () => {
  const root = memoryFolder();
  const target = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  const writer = journalSource(root, 100);
  const relay = start(to(root, server.url));
  const stop = new AbortController();
  let received = 0;
  const receiving = relayFromJetStream({
    ...from(target, server),
    consumer: 'mine',
    untilCaughtUp: false,
    signal: stop.signal,
    onProgress: (progress) => {
      received = progress.received;
    },
  });
  await expect.poll(() => received).toBe(100);
  await manager.consumers.delete('RECORDS', 'mine');
  for (let n = 100; n < 200; n++) writer.write(record(n));
  await expect.poll(() => received).toBe(200);
  stop.abort();
  expect(await receiving).toMatchObject({ received: 200, duplicates: 0 });
  await relay.stop();
});

itWithNats(
  'a slow reader of the destination slows the relay down, and the server keeps the rest',
  async () => {
    const root = memoryFolder();
    const target = memoryFolder();
    const server = await NatsServer.start();
    await server.addStream();
    logSource(root, 2000);
    await relayToJetStream(to(root, server.url));
    const options = from(target, server, 'ring');
    const destination = {
      ...options.destination,
      options: { ...options.destination.options, policy: 'back-pressure' },
    } as JetStreamReceiveOptions['destination'];
    let lag = -1;
    const receiving = relayFromJetStream({
      ...options,
      destination,
      prefetch: 50,
      onProgress: (progress) => {
        lag = progress.lag;
      },
    });
    using reader = await RingReader.waitFor(target, DESTINATION);
    await expect.poll(() => lag).toBeGreaterThan(0);
    const before = lag;
    expect(before).toBeGreaterThan(1000);
    const expected = new ExpectedRecords();
    await expect
      .poll(
        () => {
          reader.poll(expected.take, 50);
          return expected.count;
        },
        { interval: 1 },
      )
      .toBe(2000);
    expect(await receiving).toMatchObject({ received: 2000, lost: 0 });
  },
);
