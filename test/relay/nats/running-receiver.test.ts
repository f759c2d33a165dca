/** What happens to the stream while a receiver runs: purged, deleted, created again, a consumer that waits. INV-RELAY-06. */
import { expect, onTestFinished } from 'vitest';
import { openReader, RingReader, TickUnit } from '../../../src/index.js';
import { type JetStreamReceiveOptions, relayFromJetStream } from '../../../src/relay/index.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, ExpectedRecords, record } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const common = {
  channelId: DESTINATION,
  writerId: 2,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const PREFETCH = 20;

async function publish(server: NatsServer, first: number, end: number): Promise<void> {
  const connection = await server.connect();
  for (let n = first; n < end; n++) connection.publish('records.a', record(n));
  await connection.flush();
  await server.stored(end);
}

/** A receiver in this process, and a way to end it. */
function start(root: string, server: NatsServer, more: Partial<JetStreamReceiveOptions> = {}) {
  const stop = new AbortController();
  const destination = { root, kind: 'log', options: { ...common, capacity: 2 ** 22 } } as const;
  const options = { servers: server.url, stream: 'RECORDS', destination, signal: stop.signal, ...more };
  const relay = relayFromJetStream(options);
  relay.catch(() => {});
  onTestFinished(() => stop.abort());
  return {
    relay,
    received: (count: number) => expect.poll(() => relay.status().received).toBe(count),
    stop: () => {
      stop.abort();
      return relay;
    },
  };
}

/** A ring that makes the receiver wait for this reader. */
function backPressureRing(root: string): JetStreamReceiveOptions['destination'] {
  return { root, kind: 'ring', options: { ...common, capacity: 65_536, policy: 'back-pressure' } };
}

itWithNats(
  'a stream that is purged under a running receiver: it continues, and counts what it missed',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    const manager = await server.addStream();
    const receiver = start(root, server);
    await publish(server, 0, 100);
    await receiver.received(100);
    await manager.streams.purge('RECORDS');
    await publish(server, 100, 150);
    await receiver.received(150);
    expect(await receiver.stop()).toMatchObject({ received: 150, skipped: 0, lag: 0, reconnects: 0 });
    // While no receiver runs, a purge removes messages that it has not received.
    await publish(server, 150, 170);
    await manager.streams.purge('RECORDS');
    const again = start(root, server);
    await publish(server, 170, 200);
    await again.received(30);
    expect(await again.stop()).toMatchObject({ received: 30, skipped: 20 });
    using reader = openReader(root, DESTINATION);
    const expected = new ExpectedRecords();
    reader.poll(expected.take, 150);
    expected.count = 170;
    while (reader.poll(expected.take) > 0);
    expect(expected.count).toBe(200);
  },
);

itWithNats(
  'a purge of messages that wait for a running receiver ends its lag, and it counts them',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    const manager = await server.addStream();
    await publish(server, 0, 2000);
    const destination = backPressureRing(root);
    const receiver = start(root, server, { destination, prefetch: PREFETCH, untilCaughtUp: true });
    const reader = await RingReader.waitFor(root, DESTINATION);
    onTestFinished(() => reader.close());
    await expect.poll(() => receiver.relay.status().lag).toBeGreaterThan(1000);
    await manager.streams.purge('RECORDS');
    const expected = new ExpectedRecords();
    let hasEnded = false;
    const ended = receiver.relay.finally(() => {
      hasEnded = true;
    });
    await expect
      .poll(
        () => {
          reader.poll(expected.take);
          return hasEnded;
        },
        { interval: 1 },
      )
      .toBe(true);
    while (reader.poll(expected.take) > 0);
    const { received, lag } = await ended;
    expect(lag).toBe(0);
    expect(received).toBe(expected.count);
    expect(received).toBeLessThan(2000);
    reader.close();
    await publish(server, 2000, 2001);
    const next = start(root, server, { destination, untilCaughtUp: true });
    expect(await next.relay).toMatchObject({ received: 1, skipped: 2000 - received });
  },
);

itWithNats('a stream that is deleted under a running receiver ends it with NOT_FOUND', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  await publish(server, 0, 100);
  const receiver = start(root, server);
  await receiver.received(100);
  await manager.streams.delete('RECORDS');
  await expect(receiver.relay).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining("'RECORDS'"),
  });
  expect(receiver.relay.status()).toMatchObject({ received: 100 });
  using reader = openReader(root, DESTINATION);
  const expected = new ExpectedRecords();
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(100);
});

itWithNats('a stream that is deleted and created again under a running receiver ends it', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  await publish(server, 0, 100);
  const receiver = start(root, server);
  await receiver.received(100);
  await manager.streams.delete('RECORDS');
  await server.addStream();
  await publish(server, 0, 10);
  await expect(receiver.relay).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('was deleted'),
  });
  expect(receiver.relay.status()).toMatchObject({ received: 100 });
});

itWithNats('a consumer at its max_ack_pending waits for the receiver, and the lag says so', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  await publish(server, 0, 1000);
  const destination = backPressureRing(root);
  const receiver = start(root, server, { destination, prefetch: PREFETCH, consumer: 'mine', durable: true });
  const reader = await RingReader.waitFor(root, DESTINATION);
  onTestFinished(() => reader.close());
  // The consumer is full before the ring is, too, for moments that no second answer would find.
  await expect
    .poll(async () => {
      const consumer = await manager.consumers.info('RECORDS', 'mine').catch(() => null);
      const { num_ack_pending = 0, num_pending = 0 } = consumer ?? {};
      return num_ack_pending === PREFETCH && num_pending > 0 && receiver.relay.status().lag >= num_pending;
    })
    .toBe(true);
  const expected = new ExpectedRecords();
  await expect
    .poll(
      () => {
        reader.poll(expected.take, 50);
        return expected.count;
      },
      { interval: 1 },
    )
    .toBe(1000);
  await receiver.received(1000);
  expect(await receiver.stop()).toMatchObject({ received: 1000, duplicates: 0, lag: 0, reconnects: 0 });
});
