/** Core NATS: what is lost is counted, at the sender, at the server and at the receiver. */
import { fork } from 'node:child_process';
import path from 'node:path';
import { createInbox, headers } from '@nats-io/transport-node';
import { expect, it, onTestFinished } from 'vitest';
import { RingReader, RingWriter, TickUnit } from '../../../src/index.js';
import { type CoreReceiveProgress, publishToNats, subscribeToNats } from '../../../src/relay/index.js';
import { LostRecords } from '../../../src/relay/nats/lost-records.js';
import { endsWithTest, messageFrom, stop } from '../../child.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, record, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const LONG_RECORD = 60_000;
const common = { writerId: 1, timeout: 60, tickUnit: TickUnit.Secs };

/** The source, a ring that waits for the relay, and the relay of its records to `records.a`. */
function start(server: NatsServer) {
  const root = memoryFolder();
  const ring = RingWriter.create(root, {
    ...common,
    channelId: SOURCE,
    capacity: 2 ** 20,
    maxMessageLength: 65_536,
    policy: 'back-pressure',
  });
  const stop = new AbortController();
  const relay = publishToNats({
    root,
    channelId: SOURCE,
    servers: server.url,
    subject: 'records.a',
    signal: stop.signal,
  });
  relay.catch(() => {});
  onTestFinished(() => {
    stop.abort();
    ring.detach();
  });
  return { ring, relay };
}

/** Publishes probes until one has a subscriber. The server says when a message with a reply subject has none. */
async function oneProbe(server: NatsServer, received: () => number): Promise<void> {
  const connection = await server.connect();
  let isRefused = true;
  while (isRefused) {
    isRefused = false;
    const reply = createInbox();
    const refusals = connection.subscribe(reply, {
      callback: () => {
        isRefused = true;
      },
    });
    connection.publish('records.probe', 'probe', { reply });
    await expect.poll(() => isRefused || received() === 1).toBe(true);
    refusals.unsubscribe();
  }
}

itWithNats(
  'counts the records in flight when a connection ends as unconfirmed, and sends none twice',
  async () => {
    const server = await NatsServer.start();
    const { ring, relay } = start(server);
    for (let n = 0; n < 10; n++) ring.write(record(n));
    await expect.poll(() => relay.status()).toMatchObject({ sent: 10, unconfirmed: 0 });
    await server.pause();
    for (let n = 10; n < 15; n++) ring.write(record(n));
    await expect.poll(() => relay.status().unconfirmed).toBeGreaterThan(0);
    await server.kill();
    await expect.poll(() => relay.status().fault).toMatch(/./);
    const { unconfirmed } = relay.status();
    await server.start();
    ring.write(record(15));
    ring.close();
    expect(await relay).toEqual({ sent: 16, unconfirmed, lost: 0, reconnects: 1, fault: null });
  },
);

itWithNats('counts what the server did not deliver to a subscriber that reads too slowly', async () => {
  const server = await NatsServer.start('max_payload: 65536\nmax_pending: 131072\nwrite_deadline: "100ms"');
  const program = path.join(import.meta.dirname, 'processes', 'subscribe.mjs');
  const subscriber = endsWithTest(fork(program, [server.url, memoryFolder()]));
  let last: CoreReceiveProgress | undefined;
  let fault = '';
  subscriber.on('message', (progress: CoreReceiveProgress) => {
    last = progress;
    if (progress.fault !== null) fault = progress.fault;
  });
  await oneProbe(server, () => last?.received ?? 0);
  const { ring, relay } = start(server);
  await stop(subscriber);
  let written = 0;
  const write = () => {
    if (ring.tryWrite(Buffer.alloc(LONG_RECORD, 1)) > 0) written++;
  };
  await expect
    .poll(
      () => {
        for (let n = 0; n < 10; n++) write();
        return server.log;
      },
      { interval: 1 },
    )
    .toMatch(/Slow Consumer/);
  // What the ring still holds would make the subscriber slow once more.
  await expect.poll(() => relay.status()).toMatchObject({ sent: written, unconfirmed: 0 });
  subscriber.kill('SIGCONT');
  await expect.poll(() => last?.reconnects).toBe(1);
  // The next record that arrives shows the gap. The first one may come before the server knows the new subscription.
  await expect
    .poll(
      async () => {
        write();
        for (let n = 0; n < 3; n++) await messageFrom(subscriber);
        return (last?.received ?? 0) + (last?.lost ?? 0) === 1 + written;
      },
      { interval: 1 },
    )
    .toBe(true);
  expect(last).toMatchObject({ reconnects: 1, dropped: 0 });
  expect(last?.lost).toBeGreaterThan(0);
  expect(fault).toMatch(/connection/);
  expect(relay.status()).toMatchObject({ lost: 0, unconfirmed: 0, reconnects: 0 });
  subscriber.send('stop');
});

itWithNats(
  'counts the messages that wait for space in the destination when the relay is ended as dropped',
  async () => {
    const server = await NatsServer.start();
    const root = memoryFolder();
    const stop = new AbortController();
    const options = { ...common, channelId: DESTINATION, capacity: 65_536, maxMessageLength: 4096 };
    const relay = subscribeToNats({
      servers: server.url,
      subject: 'records.*',
      destination: { root, kind: 'ring', options: { ...options, policy: 'back-pressure' } },
      signal: stop.signal,
    });
    relay.catch(() => {});
    const reader = await RingReader.waitFor(root, DESTINATION);
    onTestFinished(() => reader.close());
    await oneProbe(server, () => relay.status().received);
    const connection = await server.connect();
    for (let n = 0; n < 2000; n++) connection.publish('records.a', record(n));
    await connection.flush();
    await expect.poll(() => relay.status().received).toBeGreaterThan(1 + 50);
    await connection.flush();
    stop.abort();
    const { received, dropped } = await relay;
    expect(received).toBeLessThan(2000);
    expect(dropped).toBeGreaterThan(0);
    expect(received + dropped).toBe(1 + 2000);
  },
);

it('counts the gaps in the numbers of each source by itself', () => {
  const losses = new LostRecords();
  const numbered = (text: string) => {
    const found = headers();
    if (text !== '') found.set('Ringwire-Record', text);
    return losses.before(found);
  };
  const counts = ['a:7', 'b:3', 'a:8', '', 'a:12', 'b:4', 'a:5', 'a:13', 'a:', 'b:x'].map(numbered);
  expect(counts).toEqual([0, 0, 0, 0, 3, 0, 0, 0, 0, 0]);
  expect(losses.before(undefined)).toBe(0);
  for (let n = 0; n < 2000; n++) numbered(`${n.toString(16)}f:0`);
  // The oldest sources are forgotten.
  expect(numbered('b:9')).toBe(0);
  expect(numbered(`${(1999).toString(16)}f:3`)).toBe(2);
});
