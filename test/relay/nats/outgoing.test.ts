/** A channel into a stream of JetStream: identity, order, resuming. */
import type { JetStreamManager } from '@nats-io/jetstream';
import { expect, onTestFinished } from 'vitest';
import { JournalWriter, RingWriter, TickUnit } from '../../../src/index.js';
import { type JetStreamSendOptions, relayToJetStream } from '../../../src/relay/index.js';
import { memoryFolder } from '../../temporary.js';
import { fill, logSource, record, ringSource, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const common = {
  channelId: SOURCE,
  writerId: 1,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};

function options(root: string, server: NatsServer): JetStreamSendOptions {
  return { root, channelId: SOURCE, servers: server.url, stream: 'RECORDS', subject: 'records.a' };
}

/** Relays until `count` records are acknowledged. */
async function relayUntil(count: number, given: JetStreamSendOptions) {
  const stop = new AbortController();
  return relayToJetStream({
    ...given,
    signal: stop.signal,
    onProgress: ({ acknowledged }) => {
      if (acknowledged >= count) stop.abort();
    },
  });
}

/** Every message of the stream is the record of its place, once, in order. */
async function expectStream(manager: JetStreamManager, records: number, firstSequence = 1): Promise<void> {
  const { state } = await manager.streams.info('RECORDS');
  expect(state.last_seq).toBe(records);
  const consumer = await manager
    .jetstream()
    .consumers.get('RECORDS', { opt_start_seq: firstSequence, deliver_policy: 'by_start_sequence' });
  const messages = await consumer.fetch({ max_messages: records - firstSequence + 1, expires: 30_000 });
  let n = firstSequence - 1;
  for await (const message of messages) {
    expect(message.seq).toBe(n + 1);
    expect(message.headers?.get('Nats-Msg-Id').endsWith(`:${n}`)).toBe(true);
    expect(record(n).equals(message.data)).toBe(true);
    n++;
  }
  expect(n).toBe(records);
}

itWithNats('sends each record of a closed log once, in order, and ends', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  logSource(root, 2000);
  const sent = await relayToJetStream(options(root, server));
  expect(sent).toMatchObject({ sent: 2000, acknowledged: 2000, lost: 0, reconnects: 0, fault: null, lag: 0 });
  await expectStream(manager, 2000);
});

itWithNats('a second run over the same log adds nothing', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  logSource(root, 100);
  await relayToJetStream(options(root, server));
  const again = await relayToJetStream(options(root, server));
  expect(again).toMatchObject({ sent: 0, acknowledged: 100 });
  await expectStream(manager, 100);
});

itWithNats('a stopped relay of a journal continues after the last acknowledged record', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  const writer = JournalWriter.create(root, { ...common, capacity: 2 ** 19 });
  onTestFinished(() => writer.close());
  let n = 0;
  for (; n < 1000; n++) writer.write(record(n));
  await relayUntil(1000, options(root, server));
  for (; n < 3000; n++) writer.write(record(n));
  const second = await relayUntil(3000, options(root, server));
  expect(second.sent).toBe(2000);
  await expectStream(manager, 3000);
});

itWithNats('creates the stream where it is asked to', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  logSource(root, 10);
  await relayToJetStream({ ...options(root, server), create: { maxBytes: 1e6, discardNew: true } });
  const manager = await server.manager();
  const { config } = await manager.streams.info('RECORDS');
  expect(config).toMatchObject({ subjects: ['records.a'], max_bytes: 1e6, discard: 'new' });
  await expectStream(manager, 10);
});

itWithNats('takes the subject of each record from a function', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  logSource(root, 100);
  const subject = (bytes: Uint8Array) => `records.${Buffer.from(bytes).readDoubleLE() % 2}`;
  await relayToJetStream({ ...options(root, server), subject });
  const { state } = await manager.streams.info('RECORDS', { subjects_filter: '>' });
  expect(state.subjects).toEqual({ 'records.0': 50, 'records.1': 50 });
  await expectStream(manager, 100);
});

itWithNats('a ring that waits for its readers gets space when the server has acknowledged', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  const ring = ringSource(root);
  const relay = relayToJetStream(options(root, server));
  const records = 5000;
  let written = 0;
  await expect
    .poll(
      () => {
        written = fill(ring, written, records);
        return written;
      },
      { interval: 1 },
    )
    .toBe(records);
  ring.close();
  const sent = await relay;
  expect(sent).toMatchObject({ acknowledged: records, lost: 0 });
  await expectStream(manager, records);
});

itWithNats('counts what a ring has overwritten, and says it in the header of the next record', async () => {
  const root = memoryFolder();
  const server = await NatsServer.start();
  const manager = await server.addStream();
  const ring = RingWriter.create(root, { ...common, capacity: 65_536 });
  let n = 0;
  for (; n < 50; n++) ring.write(record(n));
  await relayUntil(50, options(root, server));
  for (; n < 3000; n++) ring.write(record(n));
  ring.close();
  const { lost, acknowledged, sent } = await relayToJetStream(options(root, server));
  expect(lost).toBeGreaterThan(0);
  expect(sent + lost).toBe(2950);
  expect(acknowledged).toBe(3000);
  const message = await manager.streams.getMessage('RECORDS', { seq: 51 });
  expect(Number(message?.header.get('Ringwire-Lost'))).toBe(lost);
  expect(message?.header.get('Nats-Msg-Id').endsWith(`:${50 + lost}`)).toBe(true);
  expect(record(50 + lost).equals(message?.data as Uint8Array)).toBe(true);
});
