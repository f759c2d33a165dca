/** Both ends of a relay in one process, over the embedded driver. */
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Aeron, IpcMediaDriver } from '../../src/aeron/index.js';
import { RingReader, RingWriter, ShmReader, ShmWriter, TickUnit } from '../../src/index.js';
import { type ReceiveOptions, receiveFromStream, sendToStream } from '../../src/relay/index.js';
import { temporaryFolder } from '../temporary.js';
import { DESTINATION, ExpectedRecords, expectLog, logSource, record, SOURCE } from './relay-under-test.js';

function place() {
  const root = temporaryFolder();
  const driver = IpcMediaDriver.start({
    directory: path.join(root, 'aeron'),
    termLength: 65_536,
    timerIntervalMs: 10,
    lingerMs: 0,
  });
  onTestFinished(() => driver.close());
  return { root, directory: driver.directory };
}

const channel = {
  channelId: DESTINATION,
  writerId: 2,
  capacity: 2 ** 20,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const intoLog = (root: string): ReceiveOptions['destination'] => ({ root, kind: 'log', options: channel });

/** Both ends of a relay into a log of the same root, until both have ended. */
function relay(
  { root, directory }: ReturnType<typeof place>,
  receiving: Pick<ReceiveOptions, 'signal' | 'onProgress' | 'durable'> = {},
) {
  const { signal } = receiving;
  return Promise.all([
    sendToStream({ directory, root, channelId: SOURCE, ...(signal && { signal }) }),
    receiveFromStream({ directory, destination: intoLog(root), ...receiving }),
  ]);
}

it('a closed log arrives unchanged, with fragmented records, and ends both ends', async () => {
  const here = place();
  logSource(here.root, 3000);
  const [sent, received] = await relay(here);
  expect(sent.confirmed).toBe(3000);
  expect(received).toMatchObject({ received: 3000, lost: 0 });
  expectLog(here.root, 3000);
});

it('a durable relay confirms every record, and only after it was flushed', async () => {
  const here = place();
  logSource(here.root, 500);
  const [sent, received] = await relay(here, { durable: true });
  expect(sent.confirmed).toBe(500);
  expect(received.received).toBe(500);
  expectLog(here.root, 500);
});

it('a receiver with a complete destination confirms it, and the sender ends', async () => {
  const here = place();
  logSource(here.root, 10);
  await relay(here);
  const [sent, received] = await relay(here);
  expect(sent).toEqual({ sent: 0, confirmed: 10 });
  expect(received.received).toBe(0);
  expectLog(here.root, 10);
});

it('an aborted relay closes both channels, and another one continues', async () => {
  const here = place();
  const source = ShmWriter.create(here.root, { ...channel, channelId: SOURCE });
  for (let n = 0; n < 100; n++) source.write(record(n));
  const stop = new AbortController();
  const [, first] = await relay(here, {
    signal: stop.signal,
    onProgress: ({ received }) => {
      if (received === 100) stop.abort();
    },
  });
  expect(first.received).toBe(100);
  for (let n = 100; n < 150; n++) source.write(record(n));
  source.close();
  const [sent, received] = await relay(here);
  // Repetitions may be among what was sent, never among what was received.
  expect(sent.sent).toBeGreaterThanOrEqual(50);
  expect(sent.confirmed).toBe(150);
  expect(received).toMatchObject({ received: 50, lost: 0 });
  expectLog(here.root, 150);
});

it('overwritten records of a ring are reported as lost, and the rest arrives; a restart continues at its position', async () => {
  const here = place();
  const { root } = here;
  const source = RingWriter.create(root, {
    ...channel,
    channelId: SOURCE,
    capacity: 65_536,
    policy: 'overwrite',
  });
  let written = 0;
  while (source.writeOffset < 200_000) source.write(record(written++));
  const stop = new AbortController();
  let oldest = 0;
  {
    using look = RingReader.open(root, SOURCE);
    oldest = look.sequence;
  }
  const [, first] = await relay(here, {
    signal: stop.signal,
    onProgress: ({ received }) => {
      if (received === written - oldest) stop.abort();
    },
  });
  expect(first).toMatchObject({ received: written - oldest, lost: oldest });
  for (let n = 0; n < 20; n++) source.write(record(written++));
  source.close();
  const [, second] = await relay(here);
  expect(second).toMatchObject({ received: 20, lost: 0 });
  const expected = new ExpectedRecords(oldest);
  using reader = ShmReader.open(root, DESTINATION);
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(written);
});

it('messages of other senders on the stream are not records', async () => {
  const { root, directory } = place();
  logSource(root, 100);
  const aeron = await Aeron.connect({ directory });
  onTestFinished(() => aeron.close());
  const stranger = await aeron.addExclusivePublication('aeron:ipc', 1010);
  const receiving = receiveFromStream({ directory, destination: intoLog(root) });
  while (stranger.offer(Buffer.from('not a record')) < 0) await new Promise(setImmediate);
  for (const mark of [-1n, 0n, 5n, 2n ** 62n]) stranger.offer(Buffer.alloc(32, 1), () => mark);
  stranger.close();
  await Promise.all([receiving, sendToStream({ directory, root, channelId: SOURCE })]);
  expectLog(root, 100);
});

it('refuses a destination with records of another source at both ends', async () => {
  const { root, directory } = place();
  logSource(root, 10);
  const ends = (from: string, signal?: AbortSignal): [Promise<unknown>, Promise<unknown>] => [
    sendToStream({ directory, root: from, channelId: SOURCE, ...(signal && { signal }) }),
    receiveFromStream({ directory, destination: intoLog(root), ...(signal && { signal }) }),
  ];
  const other = temporaryFolder();
  const source = ShmWriter.create(other, { ...channel, channelId: SOURCE });
  onTestFinished(() => source.close());
  source.write(record(0));
  const stop = new AbortController();
  const first = ends(other, stop.signal);
  using reader = await ShmReader.waitFor(root, DESTINATION, { timeoutMs: 20_000 });
  while (reader.tryRead() === null) await new Promise(setImmediate);
  stop.abort();
  await Promise.all(first);
  const again = new AbortController();
  const [sending, receiving] = ends(root, again.signal);
  await expect(sending).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  again.abort();
  await receiving;
  expect(reader.tryRead()).toBe(null);
});

it('refuses two receivers on one stream', async () => {
  const { root, directory } = place();
  const source = ShmWriter.create(root, { ...channel, channelId: SOURCE });
  onTestFinished(() => source.close());
  const stop = new AbortController();
  const { signal } = stop;
  const receivers = [DESTINATION, DESTINATION + 1].map((channelId) =>
    receiveFromStream({
      directory,
      destination: { root, kind: 'log', options: { ...channel, channelId } },
      signal,
    }),
  );
  await expect(sendToStream({ directory, root, channelId: SOURCE })).rejects.toMatchObject({
    code: 'DUPLICATE_RECEIVER',
  });
  stop.abort();
  await Promise.all(receivers);
});

it('refuses a relay over the network without an answer channel', async () => {
  const { root, directory } = place();
  logSource(root, 1);
  const streams = { directory, channel: 'aeron:udp?endpoint=localhost:20121' };
  await expect(sendToStream({ ...streams, root, channelId: SOURCE })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  await expect(sendToStream({ directory, answerStreamId: 1010, root, channelId: SOURCE })).rejects.toThrow(
    'set a different answerStreamId',
  );
});
