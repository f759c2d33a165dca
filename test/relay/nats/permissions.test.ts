/** Users of a real server that lack a permission: an error that names it, not endless attempts. */
import { expect, onTestFinished } from 'vitest';
import { JournalWriter, RingReader, TickUnit } from '../../../src/index.js';
import {
  publishToNats,
  relayFromJetStream,
  relayToJetStream,
  type StreamCreation,
  subscribeToNats,
} from '../../../src/relay/index.js';
import { read } from '../../docs/documents.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, logSource, record, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const PASSWORD = 'a-password-of-this-test';
const RECORDS = 10;

/** A server whose user `ada` has these permissions; `all` may do everything. */
async function serverWith(permissions: string): Promise<NatsServer> {
  const users = `{ user: all, password: "${PASSWORD}" }, { user: ada, password: "${PASSWORD}", permissions: ${permissions} }`;
  const server = await NatsServer.start(`authorization { users: [ ${users} ] }`, {
    user: 'all',
    pass: PASSWORD,
  });
  await server.addStream();
  return server;
}

function user(server: NatsServer, name: string) {
  return { servers: server.url, user: name, passwordFile: server.secretFile(PASSWORD) };
}

function sending(server: NatsServer, name = 'ada', records = RECORDS, create?: StreamCreation) {
  const root = memoryFolder();
  logSource(root, records);
  return relayToJetStream({
    ...user(server, name),
    root,
    channelId: SOURCE,
    stream: 'RECORDS',
    subject: 'records.a',
    ...(create === undefined ? {} : { create }),
  });
}

function destination() {
  const timing = { timeout: 60, tickUnit: TickUnit.Secs };
  const options = {
    channelId: DESTINATION,
    writerId: 1,
    maxMessageLength: 4096,
    capacity: 2 ** 20,
    ...timing,
  };
  return { root: memoryFolder(), kind: 'journal', options } as const;
}

const denied = (subject: string) => ({ code: 'ACCESS_DENIED', message: expect.stringContaining(subject) });

itWithNats('a sender that may not publish to its subject is refused', async () => {
  const server = await serverWith('{ publish: { deny: ["records.>"] } }');
  await expect(sending(server)).rejects.toMatchObject(denied('records.a'));
});

itWithNats('a relay that may not ask JetStream is refused', async () => {
  const server = await serverWith('{ publish: { deny: ["$JS.API.>"] } }');
  await expect(sending(server)).rejects.toMatchObject(denied('$JS.API'));
  const relay = relayFromJetStream({ ...user(server, 'ada'), stream: 'RECORDS', destination: destination() });
  await expect(relay).rejects.toMatchObject(denied('$JS.API'));
});

itWithNats('a relay that may not receive answers is refused', async () => {
  const server = await serverWith('{ subscribe: { deny: ["_INBOX.>"] } }');
  await expect(sending(server)).rejects.toMatchObject(denied('_INBOX'));
});

itWithNats('a receiver that may not create its consumer is refused', async () => {
  const server = await serverWith('{ publish: { deny: ["$JS.API.CONSUMER.>"] } }');
  await sending(server, 'all');
  const relay = relayFromJetStream({ ...user(server, 'ada'), stream: 'RECORDS', destination: destination() });
  await expect(relay).rejects.toMatchObject(denied('$JS.API.CONSUMER'));
});

/** The subjects that the guide names for one end, for the stream `RECORDS`. */
function permissionsOf(end: string): string {
  const line = read('docs/guides/machines.md').match(new RegExp(`^\\| ${end} \\|(.*)$`, 'm'))?.[1] ?? '';
  const subjects = [...line.matchAll(/`([^`]+)`/g)].map(([, subject]) =>
    subject?.replaceAll('STREAM_NAME', 'RECORDS'),
  );
  expect(subjects.length).toBeGreaterThan(2);
  return JSON.stringify(subjects);
}

itWithNats('a sender needs no more permissions than the guide names, also to create the stream', async () => {
  const server = await serverWith(`{ publish: ${permissionsOf('sender')}, subscribe: ["_INBOX.>"] }`);
  expect(await sending(server)).toMatchObject({ acknowledged: RECORDS });
  const creator = await serverWith(
    `{ publish: ${permissionsOf('sender that creates the stream')}, subscribe: ["_INBOX.>"] }`,
  );
  await (await creator.manager()).streams.delete('RECORDS');
  expect(await sending(creator, 'ada', RECORDS, {})).toMatchObject({ acknowledged: RECORDS });
});

itWithNats('a receiver needs no more permissions than the guide names, also after a purge', async () => {
  const server = await serverWith(`{ publish: ${permissionsOf('receiver')}, subscribe: ["_INBOX.>"] }`);
  await sending(server, 'all', 2000);
  const { root, options } = destination();
  const ring = { ...options, capacity: 65_536, policy: 'back-pressure' } as const;
  const relay = relayFromJetStream({
    ...user(server, 'ada'),
    stream: 'RECORDS',
    prefetch: 10,
    destination: { root, kind: 'ring', options: ring },
    untilCaughtUp: true,
  });
  const reader = await RingReader.waitFor(root, DESTINATION);
  onTestFinished(() => reader.close());
  // It waits for its reader.
  await expect.poll(() => relay.status().lag).toBeGreaterThan(0);
  await (await server.manager()).streams.purge('RECORDS');
  let isDone = false;
  void relay.finally(() => {
    isDone = true;
  });
  await expect.poll(() => reader.poll(() => {}) >= 0 && isDone).toBe(true);
  expect(await relay).toMatchObject({ lag: 0 });
});

itWithNats('a relay over core NATS that may not publish or subscribe is refused', async () => {
  const server = await serverWith('{ publish: { deny: ["records.>"] }, subscribe: { deny: ["records.>"] } }');
  const subscribing = subscribeToNats({
    ...user(server, 'ada'),
    subject: 'records.>',
    destination: destination(),
  });
  await expect(subscribing).rejects.toMatchObject(denied('records.>'));
  const { root, options } = destination();
  using source = JournalWriter.create(root, { ...options, channelId: SOURCE });
  const publishing = publishToNats({
    ...user(server, 'ada'),
    root,
    channelId: SOURCE,
    subject: 'records.a',
    onProgress: () => {
      if (source.sequence === 0) source.write(record(0));
    },
  });
  await expect(publishing).rejects.toMatchObject(denied('records.a'));
});
