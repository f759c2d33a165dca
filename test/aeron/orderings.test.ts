/** Ordered accesses of the protocol on a processor that may reorder plain ones. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as BroadcastModule from '../../src/aeron/client/conductor/broadcast.js';
import type * as RingModule from '../../src/aeron/client/conductor/command-ring.js';
import type * as CountersModule from '../../src/aeron/client/monitoring/counters-reader.js';
import type * as FrameModule from '../../src/aeron/client/publication/frame-writer.js';
// Loads the native library while the architecture is the real one.
import { Section } from '../../src/aeron/client/section.js';
import type * as ManagerModule from '../../src/aeron/driver/counters-manager.js';
import { accesses } from '../ordered-accesses.js';

let broadcast: typeof BroadcastModule;
let ring: typeof RingModule;
let frames: typeof FrameModule;
let counters: typeof CountersModule;
let manager: typeof ManagerModule;
const { arch } = process;

beforeAll(async () => {
  vi.resetModules();
  Object.defineProperty(process, 'arch', { value: 'arm64' });
  broadcast = await import('../../src/aeron/client/conductor/broadcast.js');
  ring = await import('../../src/aeron/client/conductor/command-ring.js');
  frames = await import('../../src/aeron/client/publication/frame-writer.js');
  counters = await import('../../src/aeron/client/monitoring/counters-reader.js');
  manager = await import('../../src/aeron/driver/counters-manager.js');
});
afterAll(() => {
  Object.defineProperty(process, 'arch', { value: arch });
});

const CAPACITY = 1024;
const trailer = (byte: number) =>
  byte < CAPACITY ? 'record' : (['intent', 'tail', 'latest'][(byte - CAPACITY) / 8] ?? '?');

/** A payload that says when it is copied. */
function payload(log: string[]): Buffer {
  const bytes = Buffer.alloc(16, 1);
  const copy = bytes.copy.bind(bytes);
  bytes.copy = (...args: Parameters<Buffer['copy']>) => {
    log.push('payload');
    return copy(...args);
  };
  return bytes;
}

test('INV-AERON-BCAST-02: the transmitter orders the intent before the record, the tail after it', () => {
  const memory = new ArrayBuffer(CAPACITY + 128);
  const transmitter = new broadcast.BroadcastTransmitter(new Section(memory, 0, memory.byteLength));
  const log = accesses(memory, trailer, (entries) => transmitter.transmit(1, payload(entries)));
  expect(log).toEqual([
    'load tail',
    'store intent',
    'order by load',
    'payload',
    'store latest',
    'store tail',
  ]);
});

test('INV-AERON-BCAST-01: the receiver loads the intent after the copy', () => {
  const memory = new ArrayBuffer(CAPACITY + 128);
  const section = new Section(memory, 0, memory.byteLength);
  const receiver = new broadcast.BroadcastReceiver(section);
  new broadcast.BroadcastTransmitter(section).transmit(1, Buffer.alloc(16));
  const log = accesses(memory, trailer, (entries) => {
    const from = Buffer.from.bind(Buffer);
    const spy = vi.spyOn(Buffer, 'from').mockImplementation(((bytes: Buffer) => {
      entries.push('copy');
      return from(bytes);
    }) as never);
    receiver.receive(() => {});
    spy.mockRestore();
  });
  expect(log).toEqual(['load tail', 'load intent', 'copy', 'order by store', 'load intent']);
});

test('INV-AERON-RING-02: a command is claimed, filled and committed in this order', () => {
  const memory = new ArrayBuffer(CAPACITY + 768);
  const commands = new ring.CommandRing(new Section(memory, 0, memory.byteLength));
  const log = accesses(
    memory,
    (byte) => (byte < CAPACITY ? 'length' : 'trailer'),
    (entries) => commands.write(1, payload(entries)),
  );
  expect(log.filter((entry) => !entry.includes('trailer'))).toEqual([
    'store length',
    'order by load',
    'payload',
    'store length',
  ]);
});

test('INV-AERON-FRAME-01: a frame is claimed, filled and committed in order', () => {
  const memory = new ArrayBuffer(3 * 65_536 + 4096);
  const bytes = Buffer.from(memory);
  const log = {
    i32: new Int32Array(memory),
    i64: new BigInt64Array(memory),
    bytes,
    terms: [bytes.subarray(0, 65_536)],
    shift: 16,
    metadata: { termLength: 65_536, sessionId: 1, streamId: 1, mtuLength: 1408 },
  };
  const writer = new frames.FrameWriter(log as never);
  const nameOf = (byte: number) => `length of ${Math.abs(log.i32[byte / 4] as number)}`;
  const message = Buffer.alloc(16, 1);
  const inOrder = ['store length of 0', 'order by load', 'store length of 48'];
  expect(accesses(memory, nameOf, () => writer.whole(0, 1, message))).toEqual(inOrder);
  writer.whole(16, 1, message);
  expect(writer.knownLength(message)).toBe(16);
  expect(accesses(memory, nameOf, () => writer.known(32, 1, 16))).toEqual(inOrder);
});

test('INV-AERON-COUNTER-02: the state of a counter is ordered on both sides', () => {
  const memory = new ArrayBuffer(4096 + 1024);
  const metadata = new Section(memory, 0, 4096);
  const values = new Section(memory, 4096, 1024);
  const counter = { typeId: 1001, key: Buffer.alloc(4), label: 'x', registrationId: 1n, ownerId: 1n };
  const written = new manager.CountersManager(metadata, values, 1000);
  const nameOf = (byte: number) =>
    byte >= 4096 ? 'value' : ({ 0: 'state', 4: 'type', 8: 'deadline', 128: 'label' }[byte % 512] ?? '?');
  const allocated = accesses(memory, nameOf, () => void written.allocate(counter));
  expect(allocated.at(-1)).toBe('store state');
  const reader = new counters.CountersReader(metadata, values);
  const read = accesses(memory, nameOf, () => void reader.get(0));
  expect(read[0]).toBe('load state');
  expect(read.slice(-3)).toEqual(['order by store', 'load state', 'load value']);
  const freed = accesses(memory, nameOf, () => written.free(0));
  expect(freed).toEqual(['store state', 'order by load', 'store deadline']);
});
