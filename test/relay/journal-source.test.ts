/** A journal as the source of a relay, over the embedded driver. */
import { expect, it } from 'vitest';
import { type JournalOptions, JournalWriter, journalStatus, ShmReader, TickUnit } from '../../src/index.js';
import {
  type ReceiveOptions,
  type ReceiveProgress,
  receiveFromStream,
  sendToStream,
} from '../../src/relay/index.js';
import { startDriver } from '../aeron/driver-under-test.js';
import { memoryFolder } from '../temporary.js';
import { DESTINATION, ExpectedRecords, expectLog, record, SOURCE } from './relay-under-test.js';

const common = { writerId: 1, maxMessageLength: 4096, timeout: 60, tickUnit: TickUnit.Secs };
/** The least that takes records of that length. */
const SEGMENT = 2 ** 19;

function journal(root: string, options: Partial<JournalOptions> = {}): JournalWriter {
  return JournalWriter.create(root, { ...common, channelId: SOURCE, capacity: SEGMENT, ...options });
}

/** Writes records until the journal has come to its segment `segment`. @returns the number of the next record */
function writeInto(writer: JournalWriter, first: number, segment: number): number {
  let n = first;
  while (writer.writeOffset < segment * SEGMENT + 1000) writer.write(record(n++));
  return n;
}

/** Both ends of a relay into a log below `into`, until both have ended, or so many records were received. */
async function relay(root: string, directory: string, into = root, upTo = Number.POSITIVE_INFINITY) {
  const stop = new AbortController();
  const { signal } = stop;
  const destination: ReceiveOptions['destination'] = {
    root: into,
    kind: 'log',
    options: { ...common, writerId: 2, channelId: DESTINATION, capacity: 2 ** 23 },
  };
  const onProgress = ({ received }: ReceiveProgress) => {
    if (received >= upTo) stop.abort();
  };
  return Promise.all([
    sendToStream({ directory, root, channelId: SOURCE, signal }),
    receiveFromStream({ directory, destination, signal, onProgress }),
  ]);
}

it('a journal arrives unchanged over many rolls, also during the relay, and its end ends both ends', async () => {
  const root = memoryFolder();
  const { directory } = startDriver();
  const writer = journal(root);
  const before = writeInto(writer, 0, 2);
  const stopped = await relay(root, directory, root, before);
  expect(stopped[1]).toMatchObject({ received: before, lost: 0 });
  const running = relay(root, directory);
  const total = writeInto(writer, before, 5);
  writer.close();
  const [sent, received] = await running;
  expect(sent.confirmed).toBe(total);
  expect(received).toMatchObject({ received: total - before, lost: 0 });
  expectLog(root, total);
});

it('a stopped relay keeps unconfirmed records with keepForCursors', async () => {
  const root = memoryFolder();
  const { directory } = startDriver();
  const writer = journal(root, { retention: { maxSegments: 2, keepForCursors: true } });
  const before = writeInto(writer, 0, 0);
  await relay(root, directory, root, before);
  const total = writeInto(writer, before, 4);
  expect(journalStatus(root, SOURCE).segments).toBeGreaterThan(3);
  writer.close();
  const [, received] = await relay(root, directory);
  expect(received).toMatchObject({ received: total - before, lost: 0 });
  expectLog(root, total);
});

it('records deleted before they were sent are reported as lost, and the rest arrives', async () => {
  const root = memoryFolder();
  const { directory } = startDriver();
  const writer = journal(root, { retention: { maxSegments: 2 } });
  const before = writeInto(writer, 0, 0);
  await relay(root, directory, root, before);
  const total = writeInto(writer, before, 4);
  writer.close();
  const [, { received, lost }] = await relay(root, directory);
  expect(lost).toBeGreaterThan(0);
  expect(received + lost).toBe(total - before);
  using reader = ShmReader.open(root, DESTINATION);
  const first = new ExpectedRecords();
  while (first.count < before && reader.poll(first.take, before - first.count) > 0);
  const rest = new ExpectedRecords(before + lost);
  while (reader.poll(rest.take) > 0);
  expect(rest.count).toBe(total);
});

it('a new destination receives every available record, independent of the progress of another one', async () => {
  const root = memoryFolder();
  const { directory } = startDriver();
  const writer = journal(root);
  const total = writeInto(writer, 0, 2);
  writer.close();
  await relay(root, directory);
  const other = memoryFolder();
  const [, received] = await relay(root, directory, other);
  expect(received).toMatchObject({ received: total, lost: 0 });
  expectLog(other, total);
});
