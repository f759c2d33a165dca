/** Channels, readers and processes whose figures are known, for the tests of metrics. */
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { IpcMediaDriver } from '../../src/aeron/index.js';
import { JournalReader, JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { SOCKET_NAME } from '../../src/control/index.js';
import { packPayload, Status, VlpAgent, VlpObserver } from '../../src/health/index.js';
import { RelayRegistry } from '../../src/metrics/index.js';
import { causeFaults, type KnownFaults } from '../aeron/driver-faults.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { child, kill, messageFrom } from '../child.js';
import { supervise } from '../supervisor/supervised.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';

const CAPACITY = 64 * 1024;
const PAYLOAD = 56;
const RECORD = PAYLOAD + 8;
/** Records that the lapped reader reads before it falls behind. */
const READ_BEFORE = 10;

/** What is true of a scenario. */
export interface Scenario {
  readonly root: string;
  readonly controlSocket: string;
  /** Process id of the writer that lives. */
  readonly writerPid: number;
  /** Records that the lapped reader lost. */
  readonly lost: number;
  /** Lag of the killed reader in records. */
  readonly killedLag: number;
  readonly log: { readonly records: number; readonly payload: number };
  readonly observer: VlpObserver;
  readonly relays: RelayRegistry;
  readonly aeronDir: string;
  /** Errors and losses of the media driver. */
  readonly aeronFaults: KnownFaults;
}

/** Bytes that a record of the rings takes. */
export const RECORD_SIZE = RECORD;
/** Capacity of the rings: a multiple of the size of a record, so that no lap ends with padding. */
export const RING_CAPACITY = CAPACITY;

/**
 * Ring 1: `records` records, written by this process and then by a supervised writer that crashed twice. Its reader
 * `lapped` was overtaken, its reader `current` is at the end. Ring 2 has back pressure; its reader `killed` was killed.
 * Log 3 has 100 records of 1 to 100 bytes. Journal 4 has 50, and its cursor `billing` is after the first 20. Another
 * process ended with code 3; an agent sent two beats, a relay reported once, and a media
 * driver runs, which refused a command twice and has a report of losses.
 */
export async function scenario(records: number): Promise<Scenario> {
  const root = memoryFolder();
  const lapped = readerThatWillBeLapped(root);
  const { controlSocket, writerPid } = await writeWithCrashes(root, records);
  let delivered = READ_BEFORE;
  for (let found = 1; found > 0; delivered += found) found = lapped.poll(() => {});
  lapped.poll(() => {});
  const current = RingReader.open(root, 1, { name: 'current', from: 'newest', timeout: 'never' });
  onTestFinished(() => current.close());
  current.poll(() => {});
  const killedLag = await killReader(root);
  writeJournal(root);
  const aeronDir = startDriver();
  return {
    ...{ root, controlSocket, writerPid, killedLag, log: writeLog(root) },
    lost: records - delivered,
    observer: await observedAgent(),
    relays: reportedRelay(),
    aeronDir,
    aeronFaults: await causeFaults(aeronDir),
  };
}

function readerThatWillBeLapped(root: string): RingReader {
  const options = { ...RING, channelId: 1, capacity: CAPACITY, maxMessageLength: PAYLOAD };
  const writer = RingWriter.create(root, { ...options, timeout: 2n ** 64n - 1n });
  for (let i = 0; i < READ_BEFORE; i++) writer.write(Buffer.alloc(PAYLOAD));
  const reader = RingReader.open(root, 1, { name: 'lapped', timeout: 'never' });
  onTestFinished(() => reader.close());
  expect(reader.poll(() => {})).toBe(READ_BEFORE);
  writer.detach();
  return reader;
}

async function writeWithCrashes(root: string, records: number) {
  const { manager, folder, until } = await supervise();
  const script = fileURLToPath(new URL('./processes/crashing-writer.mjs', import.meta.url));
  await manager.register({
    id: 'writer',
    command: process.execPath,
    args: [script, JSON.stringify({ root, channelId: 1, records })],
    restart: 'on-failure',
    restartBackoffMs: 10,
    ready: { log: 'all written' },
  });
  const started = until('writer', 'started');
  // The first run crashes before it is ready.
  await manager.start('writer').catch(() => {});
  await started;
  await manager.register({ id: 'ended', command: 'sh', args: ['-c', 'exit 3'] });
  const crashed = until('ended', 'crashed');
  await manager.start('ended').catch(() => {});
  await crashed;
  return { controlSocket: path.join(folder, SOCKET_NAME), writerPid: manager.statusOf('writer').pid };
}

async function killReader(root: string): Promise<number> {
  const options = {
    ...RING,
    channelId: 2,
    capacity: CAPACITY,
    maxMessageLength: PAYLOAD,
    policy: 'back-pressure',
  } as const;
  const writer = RingWriter.create(root, options);
  onTestFinished(() => writer.close());
  const write = (count: number) => {
    for (let i = 0; i < count; i++) writer.write(Buffer.alloc(PAYLOAD));
  };
  write(100);
  const about = { root, channelId: 2, records: 60, name: 'killed' };
  const reader = child(new URL('./processes/doomed-reader.mjs', import.meta.url), JSON.stringify(about));
  await messageFrom(reader);
  await kill(reader);
  write(300);
  return 100 + 300 - 60;
}

function writeLog(root: string): Scenario['log'] {
  const log = ShmWriter.create(root, { ...RING, channelId: 3, capacity: 65_536, maxMessageLength: 100 });
  onTestFinished(() => log.close());
  let payload = 0;
  for (let length = 1; length <= 100; length++) {
    log.write(Buffer.alloc(length));
    payload += length;
  }
  return { records: 100, payload };
}

function writeJournal(root: string): void {
  const writer = JournalWriter.open(root, { ...RING, channelId: 4, capacity: 16_384, maxMessageLength: 56 });
  onTestFinished(() => writer.close());
  for (let i = 0; i < 50; i++) writer.write(Buffer.alloc(24));
  using reader = JournalReader.open(root, 4, { cursor: 'billing', timeout: 'never' });
  expect(reader.poll(() => {}, 20)).toBe(20);
  reader.saveCursor();
}

async function observedAgent(): Promise<VlpObserver> {
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: 3_600_000 });
  onTestFinished(() => observer.close());
  const agent = VlpAgent.connect(socket);
  onTestFinished(() => agent.close());
  for (const queue of [5, 17]) {
    const beat = once(observer, 'beat');
    agent.beat(Status.Degraded, packPayload(queue, 3));
    await beat;
  }
  return observer;
}

function reportedRelay(): RelayRegistry {
  const relays = new RelayRegistry();
  relays.report('orders')({ sent: 120, acknowledged: 100, lag: 20, lost: 4, reconnects: 1, fault: null });
  return relays;
}

function startDriver(): string {
  const directory = path.join(temporaryFolder(), 'aeron');
  const driver = IpcMediaDriver.start({ directory });
  onTestFinished(() => driver.close());
  return directory;
}
