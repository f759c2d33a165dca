/** A stream of JetStream into a channel: order, start, resuming, one receiver. */
import { expect, onTestFinished } from 'vitest';
import { openReader, type Reader, RingReader, ShmReader, TickUnit } from '../../../src/index.js';
import {
  type JetStreamReceiveOptions,
  relayFromJetStream,
  relayToJetStream,
} from '../../../src/relay/index.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, ExpectedRecords, logSource, record, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const common = {
  channelId: DESTINATION,
  writerId: 2,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
type Kind = JetStreamReceiveOptions['destination']['kind'];

function into(root: string, server: NatsServer, kind: Kind = 'log'): JetStreamReceiveOptions {
  const options = { ...common, capacity: kind === 'ring' ? 65_536 : 2 ** 22 };
  const destination = {
    root,
    kind,
    options: kind === 'ring' ? { ...options, policy: 'back-pressure' } : options,
  } as JetStreamReceiveOptions['destination'];
  return { servers: server.url, stream: 'RECORDS', destination, untilCaughtUp: true };
}

/** A server whose stream holds so many records of a log. */
async function streamOf(records: number, options = {}): Promise<NatsServer> {
  const server = await NatsServer.start();
  await server.addStream(options);
  await add(server, records);
  return server;
}

async function add(server: NatsServer, records: number): Promise<void> {
  const root = memoryFolder();
  logSource(root, records);
  await relayToJetStream({
    root,
    channelId: SOURCE,
    servers: server.url,
    stream: 'RECORDS',
    subject: 'records.a',
  });
}

function expectRecords(root: string, end: number, first = 0): void {
  using reader: Reader = openReader(root, DESTINATION);
  const expected = new ExpectedRecords(first);
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(end);
}

itWithNats.for<Kind>(['log', 'journal'])(
  'takes a whole stream into a %s, and a second run adds nothing',
  async (kind) => {
    const root = memoryFolder();
    const server = await streamOf(3000);
    const first = await relayFromJetStream(into(root, server, kind));
    expect(first).toMatchObject({ received: 3000, duplicates: 0, lost: 0, skipped: 0, lag: 0 });
    const second = await relayFromJetStream(into(root, server, kind));
    expect(second).toMatchObject({ received: 0, duplicates: 0 });
    expectRecords(root, 3000);
  },
);

itWithNats('a ring that waits for its readers slows the relay down, and loses nothing', async () => {
  const root = memoryFolder();
  const server = await streamOf(3000);
  const relay = relayFromJetStream({ ...into(root, server, 'ring'), prefetch: 100 });
  const reader = await RingReader.waitFor(root, DESTINATION);
  onTestFinished(() => reader.close());
  const expected = new ExpectedRecords();
  await expect
    .poll(
      () => {
        reader.poll(expected.take, 20);
        return expected.count;
      },
      { interval: 1 },
    )
    .toBe(3000);
  expect(await relay).toMatchObject({ received: 3000, lost: 0 });
});

itWithNats('a stopped relay continues after the last record of the destination', async () => {
  const root = memoryFolder();
  const server = await streamOf(3000);
  const stop = new AbortController();
  const first = await relayFromJetStream({
    ...into(root, server),
    prefetch: 1,
    signal: stop.signal,
    onProgress: ({ received }) => received > 0 && stop.abort(),
  });
  expect(first.received).toBeLessThan(3000);
  const second = await relayFromJetStream({ ...into(root, server), durable: true });
  expect(first.received + second.received).toBe(3000);
  expectRecords(root, 3000);
});

itWithNats('acknowledges at the server what is in the destination', async () => {
  const root = memoryFolder();
  const server = await streamOf(500);
  await relayFromJetStream({ ...into(root, server), consumer: 'mine', durable: true });
  const manager = await server.manager();
  const { ack_floor, num_ack_pending } = await manager.consumers.info('RECORDS', 'mine');
  expect(ack_floor.stream_seq).toBe(500);
  expect(num_ack_pending).toBe(0);
});

itWithNats(
  'begins with the first message of the time, of the sequence number, or with new ones',
  async () => {
    const server = await streamOf(100);
    const before = memoryFolder();
    await relayFromJetStream({ ...into(before, server), start: { sequence: 41 } });
    expectRecords(before, 100, 40);
    const manager = await server.manager();
    const message = await manager.streams.getMessage('RECORDS', { seq: 61 });
    const timed = memoryFolder();
    await relayFromJetStream({ ...into(timed, server), start: { time: message?.time as Date } });
    using reader = ShmReader.open(timed, DESTINATION);
    expect(Buffer.from(reader.tryRead() as Buffer).readDoubleLE()).toBeLessThanOrEqual(60);
    const fresh = memoryFolder();
    expect(await relayFromJetStream({ ...into(fresh, server), start: 'new' })).toMatchObject({ received: 0 });
    const connection = await server.connect();
    for (let n = 0; n < 5; n++) connection.publish('records.b', record(n));
    await connection.flush();
    await server.stored(105);
    // Started before these messages: `new` keeps its meaning over the restart.
    expect(await relayFromJetStream({ ...into(fresh, server), start: 'new' })).toMatchObject({ received: 5 });
    expectRecords(fresh, 5);
  },
);

itWithNats('takes only the messages of its subject, and continues among them', async () => {
  const root = memoryFolder();
  const server = await streamOf(0);
  const connection = await server.connect();
  const publish = async (first: number, end: number) => {
    for (let n = first; n < end; n++) {
      connection.publish('records.b', record(n));
      connection.publish('records.c', Buffer.from('another'));
    }
    await connection.flush();
    await server.stored(2 * end);
  };
  await publish(0, 200);
  const options = { ...into(root, server), subject: 'records.b' };
  expect(await relayFromJetStream(options)).toMatchObject({ received: 200, skipped: 199 });
  await publish(200, 300);
  expect(await relayFromJetStream(options)).toMatchObject({ received: 100 });
  expectRecords(root, 300);
});

itWithNats('drains a stream that is a work queue', async () => {
  const root = memoryFolder();
  const server = await streamOf(400, { retention: 'workqueue' });
  expect(await relayFromJetStream(into(root, server))).toMatchObject({ received: 400 });
  const manager = await server.manager();
  expect((await manager.streams.info('RECORDS')).state.messages).toBe(0);
  expectRecords(root, 400);
});

itWithNats('passes over an empty message, which no channel can hold', async () => {
  const root = memoryFolder();
  const server = await streamOf(0);
  const connection = await server.connect();
  connection.publish('records.b', record(0));
  connection.publish('records.b');
  connection.publish('records.b', record(1));
  await connection.flush();
  await server.stored(3);
  expect(await relayFromJetStream(into(root, server))).toMatchObject({ received: 2, skipped: 1 });
  expect(await relayFromJetStream(into(root, server))).toMatchObject({ received: 0, skipped: 0 });
  expectRecords(root, 2);
});

itWithNats('refuses a second receiver of one destination', async () => {
  const root = memoryFolder();
  const server = await streamOf(10);
  const stop = new AbortController();
  const first = relayFromJetStream({ ...into(root, server), untilCaughtUp: false, signal: stop.signal });
  await expect(relayFromJetStream(into(root, server))).rejects.toMatchObject({ code: 'WRITER_EXISTS' });
  stop.abort();
  await first;
});

itWithNats('refuses the records of another stream', async () => {
  const root = memoryFolder();
  const server = await streamOf(10);
  await relayFromJetStream(into(root, server));
  const manager = await server.manager();
  await manager.streams.delete('RECORDS');
  await server.addStream();
  await expect(relayFromJetStream(into(root, server))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});
