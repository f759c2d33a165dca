/** A poll that stops at its bound on heartbeats is not the end of a channel. INV-READ-05 */
import fs from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { moveToLast, ShmReader, ShmWriter, TickUnit } from '../../src/channel/index.js';
import { follow } from '../../src/cli/transfer/following.js';
import { RecordStream } from '../../src/cli/transfer/printing/record-stream.js';
import { RelayDestination } from '../../src/relay/relay-destination.js';
import { RelaySource } from '../../src/relay/relay-source.js';
import { SIZE } from '../size.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';

const OPTIONS = {
  channelId: 1,
  writerId: 1,
  capacity: 65_536,
  maxMessageLength: 256,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const DATA_OFFSET = 1024;
const NEVER = new AbortController().signal;

afterEach(() => {
  vi.restoreAllMocks();
});

/** A closed log with one record. The first poll of it stops before the record, as after 2^24 heartbeats. */
function interruptedLog(): string {
  const root = memoryFolder();
  const writer = ShmWriter.create(root, OPTIONS);
  writer.write(Buffer.from('last'));
  writer.close();
  interruptNextPoll();
  return root;
}

function interruptNextPoll(): void {
  let stopped = false;
  vi.spyOn(ShmReader.prototype, 'isBehind', 'get').mockImplementation(() => stopped);
  const { poll } = ShmReader.prototype;
  let first = true;
  vi.spyOn(ShmReader.prototype, 'poll').mockImplementation(function (this: ShmReader, handler, limit) {
    stopped = first;
    first = false;
    return stopped ? 0 : poll.call(this, handler, limit);
  });
}

function collecting() {
  const output = { used: 0, isAborted: false, flush: async () => {} };
  const texts: string[] = [];
  const printer = {
    begin: (source: Buffer, start: number, end: number) => texts.push(source.toString('utf8', start, end)),
    piece: (_source: Buffer, _at: number, end: number) => end,
    finish: () => {},
  };
  return { output, printer, texts };
}

it('one pump of cat and tail prints the record after a poll that stopped in heartbeats', async () => {
  using reader = ShmReader.open(interruptedLog(), 1);
  const { output, printer, texts } = collecting();
  const stream = new RecordStream(reader, output as never, printer as never, {
    budget: { left: Number.POSITIVE_INFINITY },
  });
  expect(await stream.pump()).toBe(1);
  expect(texts).toEqual(['last']);
});

it('following a channel polls again at once after a poll that stopped in heartbeats', async () => {
  using reader = ShmReader.open(interruptedLog(), 1);
  const counts: number[] = [];
  await follow(reader, {
    pump: () => {
      counts.push(reader.poll(() => {}));
      return counts.at(-1) as number;
    },
    giveUp: 'late',
    signal: NEVER,
  });
  expect(counts).toEqual([0, 1, 0]);
});

it('--from now moves to the end after a poll that stopped in heartbeats', async () => {
  using reader = ShmReader.open(interruptedLog(), 1);
  await moveToLast(reader, 0, { signal: NEVER });
  expect(reader.poll(() => {})).toBe(0);
  expect(reader.position).toBe(16);
});

it('a relay counts the records of its destination after a poll that stopped in heartbeats', () => {
  const root = memoryFolder();
  const open = () => RelayDestination.open({ root, kind: 'log', options: OPTIONS });
  const first = open();
  first.begin(77, 100);
  first.tryWrite(Buffer.from('record'));
  first[Symbol.dispose]();
  interruptNextPoll();
  using again = open();
  expect([again.source, again.next]).toEqual([77, 101]);
});

it('a relay confirms records of its source after a poll that stopped in heartbeats', () => {
  using source = RelaySource.open(interruptedLog(), 1);
  expect(() => source.confirm(1)).not.toThrow();
});

/** A log whose record comes after 2^24 + 2^17 heartbeats. The file is sparse. */
function logWithHeartbeats(): { root: string; position: number } {
  const root = temporaryFolder();
  const position = 129 << 20;
  const writer = ShmWriter.create(root, { ...OPTIONS, capacity: 136 << 20 });
  const { path } = writer;
  writer.detach();
  const fd = fs.openSync(path, 'r+');
  const watermark = -4008636143n;
  const record = Buffer.from(BigInt64Array.of(4n, 0x6161_6161n, watermark).buffer);
  fs.writeSync(fd, record, 0, record.length, DATA_OFFSET + position);
  fs.writeSync(fd, Buffer.alloc(8), 0, 8, DATA_OFFSET);
  fs.closeSync(fd);
  return { root, position };
}

if (SIZE === 'long') {
  it('cat, tail and a relay pass 16,908,288 heartbeats', { timeout: 120_000 }, async () => {
    const { root, position } = logWithHeartbeats();
    expect((await ringwire(['cat', '1', '-r', root])).stdout).toBe('aaaa\n');
    expect((await ringwire(['tail', '1', '-r', root])).stdout).toBe('aaaa\n');
    using reader = ShmReader.open(root, 1);
    await moveToLast(reader, 0, { signal: NEVER });
    expect(reader.position).toBe(position + 16);
    using destination = RelayDestination.open({ root, kind: 'log', options: OPTIONS });
    destination.begin(77, 100);
    destination.tryWrite(Buffer.from('record'));
    expect(destination.next).toBe(101);
  });
} else process.stderr.write('skipped: 16 million heartbeats are for npm run test:long\n');
