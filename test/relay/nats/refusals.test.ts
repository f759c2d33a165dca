/** What a relay over NATS refuses, and what it counts: no JetStream, two relays for one place, a slow destination. */
import { expect, onTestFinished } from 'vitest';
import {
  JournalWriter,
  RingReader,
  RingWriter,
  ShmWriter,
  TickUnit,
  type Writer,
} from '../../../src/index.js';
import {
  type JetStreamSendOptions,
  relayFromJetStream,
  relayToJetStream,
  subscribeToNats,
} from '../../../src/relay/index.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, logSource, record, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const common = {
  writerId: 1,
  maxMessageLength: 4096,
  capacity: 2 ** 20,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};

const RECORDS = 80_000;
const DEADLINE = 60_000;

function to(root: string, server: NatsServer): JetStreamSendOptions {
  return { root, channelId: SOURCE, servers: server.url, stream: 'RECORDS', subject: 'records.a' };
}

const SOURCES: Record<string, (root: string) => Writer & Disposable> = {
  log: (root) => ShmWriter.create(root, { ...common, channelId: SOURCE }),
  ring: (root) => RingWriter.create(root, { ...common, channelId: SOURCE, policy: 'back-pressure' }),
  journal: (root) => JournalWriter.create(root, { ...common, channelId: SOURCE }),
};

itWithNats.for(Object.entries(SOURCES))(
  'a second sender of a %s to the same stream is refused, and the first one continues',
  async ([, create]) => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    await server.addStream();
    using source = create(root);
    const first = relayToJetStream(to(root, server));
    source.write(record(0));
    await expect.poll(() => first.status().acknowledged).toBe(1);
    await expect(relayToJetStream(to(root, server))).rejects.toMatchObject({ code: 'CURSOR_IN_USE' });
    source.write(record(1));
    source.close();
    expect(await first).toMatchObject({ sent: 2, acknowledged: 2, lost: 0 });
    expect(first.status()).toEqual(await first);
  },
);

itWithNats('a server without JetStream is an error that says how to start one', async () => {
  const server = await NatsServer.start('jetstream: false');
  const root = memoryFolder();
  logSource(root, 1);
  const error = { code: 'NOT_SUPPORTED', message: expect.stringContaining('nats-server -js') };
  await expect(relayToJetStream(to(root, server))).rejects.toMatchObject(error);
  await expect(relayToJetStream({ ...to(root, server), create: {} })).rejects.toMatchObject(error);
  const destination = { root, kind: 'journal', options: { ...common, channelId: DESTINATION } } as const;
  const receiving = relayFromJetStream({ servers: server.url, stream: 'RECORDS', destination });
  await expect(receiving).rejects.toMatchObject(error);
});

itWithNats(
  'core NATS into a destination that is full for long counts what it drops, and writes nothing twice',
  async () => {
    const root = memoryFolder();
    const server = await NatsServer.start();
    const options = { ...common, channelId: DESTINATION, capacity: 65_536, policy: 'back-pressure' } as const;
    const stop = new AbortController();
    const relay = subscribeToNats({
      servers: server.url,
      subject: 'records.a',
      destination: { root, kind: 'ring', options },
      signal: stop.signal,
    });
    const reader = await RingReader.waitFor(root, DESTINATION);
    onTestFinished(() => reader.close());
    const connection = await server.connect();
    let published = 0;
    await expect
      .poll(async () => {
        connection.publish('records.a', record(published++));
        await connection.flush();
        return relay.status().received;
      })
      .toBeGreaterThan(0);
    // More than the ring and the queue of the relay hold.
    while (published < RECORDS) connection.publish('records.a', record(published++));
    await connection.flush();
    await expect.poll(() => relay.status().dropped, { timeout: DEADLINE }).toBeGreaterThan(0);
    let read = 0;
    // Records that were published before the subscription.
    let missed = -1;
    const take = (buffer: Buffer, offset: number) => {
      if (missed < 0) missed = buffer.readDoubleLE(offset);
      read++;
    };
    const counted = () => {
      reader.poll(take, 10_000);
      return missed + read + relay.status().dropped;
    };
    await expect.poll(counted, { interval: 1, timeout: DEADLINE }).toBe(RECORDS);
    stop.abort();
    expect((await relay).received).toBe(read);
  },
);
