import { getEventListeners, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  BeatOutcome,
  encodeVlpFrame,
  type HealthEvent,
  type ObserverOptions,
  Status,
  VlpAgent,
  VlpObserver,
} from '../../src/health/index.js';
import { RingReader, RingWriter, ShmReader, ShmWriter, TickUnit } from '../../src/index.js';
import { DatagramSocket } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

const socketPath = () => path.join(temporaryFolder(), 's');

function observe(options: Partial<ObserverOptions> = {}): VlpObserver {
  const observer = VlpObserver.bind({ thresholdMs: 60_000, ...options });
  onTestFinished(() => observer.close());
  return observer;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const frameOf = (pid: number, nonce: bigint, version: 1 | 2 = 1) =>
  encodeVlpFrame({ version, status: Status.Ok, pid, timestamp: 1n, nonce, payload: 0n });

function sender(file: string): (bytes: Buffer) => void {
  const socket = DatagramSocket.connect(file);
  onTestFinished(() => socket.close());
  return (bytes) => void socket.send(bytes, bytes.length);
}

test.each([
  [undefined, 100],
  [437, 437],
])('with readTimeoutMs %s the loop turns every %d ms', (readTimeoutMs, millis) => {
  const intervals = vi.spyOn(globalThis, 'setInterval');
  onTestFinished(() => void intervals.mockRestore());
  observe({ socket: socketPath(), ...(readTimeoutMs === undefined ? {} : { readTimeoutMs }) });
  expect(intervals.mock.calls.map(([, interval]) => interval)).toEqual([millis]);
});

test('beats of both versions arrive with all fields', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  const events = observer.events();
  using first = VlpAgent.connect(socket);
  using second = VlpAgent.connect(socket, { wireVersion: 2 });
  first.beat(Status.Degraded, 2n ** 63n);
  second.beat(Status.Critical, 9);
  expect((await events.next()).value).toMatchObject({
    kind: 'beat',
    pid: process.pid,
    source: 'socket',
    version: 1,
    status: Status.Degraded,
    payload: 2n ** 63n,
    nonce: 1n,
    terminal: false,
    resumed: false,
  });
  expect((await events.next()).value).toMatchObject({ version: 2, payload: 9n, nonce: 2n });
  expect(observer.agents()).toMatchObject([
    { pid: process.pid, status: Status.Critical, payload: 9n, lastNonce: 2n, beats: 2, stalls: 0 },
  ]);
  await observer.close();
  expect(await events.next()).toEqual({ done: true, value: undefined });
  expect(fs.existsSync(socket)).toBe(false);
});

test('reports one stall for a silence, and its end with the next beat', async () => {
  const socket = socketPath();
  const observer = observe({ socket, thresholdMs: 100 });
  using agent = VlpAgent.connect(socket);
  agent.beat(Status.Ok);
  const [stall] = await once(observer, 'stall');
  expect(stall).toMatchObject({ kind: 'stall', pid: process.pid, lastNonce: 1n });
  expect(stall.nanos - stall.lastNanos).toBeGreaterThanOrEqual(100e6);
  expect(observer.agents()[0]?.status).toBe(Status.Stall);
  const beaten = once(observer, 'beat');
  agent.beat(Status.Ok);
  expect((await beaten)[0]).toMatchObject({ resumed: true });
  expect(observer.counters).toMatchObject({ beats: 2, stalls: 1 });
});

test('refuses and counts a frame with the pid of another process, and creates no agent', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  const events: HealthEvent[] = [];
  observer.on('event', (event) => events.push(event));
  sender(socket)(frameOf(process.pid + 1, 1n));
  await until(() => observer.counters.authFailures === 1);
  expect(events).toMatchObject([
    {
      kind: 'auth',
      claimedPid: process.pid + 1,
      senderPid: process.pid,
      senderUid: process.getuid?.(),
    },
  ]);
  expect(observer.agents()).toEqual([]);
});

test('processes of users outside acceptUids are refused', async () => {
  const socket = socketPath();
  const observer = observe({ socket, acceptUids: [(process.getuid?.() ?? 0) + 1] });
  sender(socket)(frameOf(process.pid, 1n));
  await until(() => observer.counters.authFailures === 1);
  expect(observer.counters.beats).toBe(0);
});

test('drops and counts datagrams of a wrong length, and ignores an empty one', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  const send = sender(socket);
  const good = frameOf(process.pid, 1n);
  send(Buffer.alloc(0));
  send(good.subarray(0, 31));
  send(Buffer.concat([good, Buffer.alloc(1)]));
  send(Buffer.alloc(5000));
  send(frameOf(process.pid, 2n));
  await until(() => observer.counters.beats === 1);
  expect(observer.counters).toMatchObject({ truncated: 3, authFailures: 0, ioErrors: 0 });
  expect(Object.values(observer.counters.decodeErrors).every((count) => count === 0)).toBe(true);
});

test('invalid frames of any sender count as decode errors, by kind', async () => {
  const socket = socketPath();
  const observer = observe({ socket, acceptVersions: [1] });
  const send = sender(socket);
  const decoded = once(observer, 'decode');
  send(Buffer.alloc(32, 1));
  send(frameOf(process.pid + 1, 1n, 2));
  await until(() => observer.counters.decodeErrors.BadVersion === 1);
  expect(observer.counters.decodeErrors.BadMagic).toBe(1);
  expect((await decoded)[0].error.kind).toBe('BadMagic');
  expect(observer.counters.authFailures).toBe(0);
});

test('replayed frames change only a counter', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  const send = sender(socket);
  for (const nonce of [5n, 5n, 4n, 6n]) send(frameOf(process.pid, nonce));
  await until(() => observer.counters.beats + observer.counters.outOfOrder === 4);
  expect(observer.counters).toMatchObject({ beats: 2, outOfOrder: 2 });
});

test('the rate limits refuse beats above the rate, but no terminal frame', async () => {
  const socket = socketPath();
  const observer = observe({ socket, maxBeatRate: 1 });
  const send = sender(socket);
  const last = encodeVlpFrame({
    version: 1,
    status: Status.Critical,
    pid: process.pid,
    timestamp: 1n,
    nonce: 2n ** 64n - 1n,
    payload: 0n,
  });
  for (const bytes of [frameOf(process.pid, 1n), frameOf(process.pid, 2n), last]) send(bytes);
  await until(() => observer.counters.beats === 2);
  expect(observer.counters.rateLimited).toEqual({ per_pid: 1, global: 0 });
  const other = socketPath();
  const second = observe({ socket: other, globalBeatRate: 1, globalBeatBurst: 3 });
  const sendOther = sender(other);
  for (let nonce = 1n; nonce <= 5n; nonce++) sendOther(frameOf(process.pid, nonce));
  await until(() => second.counters.beats + second.counters.rateLimited.global === 5);
  expect(second.counters).toMatchObject({ beats: 3, rateLimited: { per_pid: 0, global: 2 } });
});

for (const [kind, create, open] of [
  ['log', ShmWriter.create, ShmReader.open],
  ['ring', RingWriter.create, RingReader.open],
] as const) {
  test(`beats arrive through a ${kind} channel`, async () => {
    const root = temporaryFolder();
    using writer = create(root, {
      writerId: 1,
      channelId: 9,
      capacity: 65_536,
      maxMessageLength: 64,
      timeout: 2n ** 64n - 1n,
      tickUnit: TickUnit.Nanos,
    });
    using reader = open(root, 9);
    const observer = observe({ channels: [reader] });
    const beaten = once(observer, 'beat');
    using agent = VlpAgent.connect({ channel: writer });
    expect(agent.beat(Status.Ok, 3)).toBe(BeatOutcome.Sent);
    expect((await beaten)[0]).toMatchObject({ source: 'channel', pid: process.pid, nonce: 1n, payload: 3n });
    writer.write(Buffer.from('no frame'));
    await until(() => observer.counters.truncated === 1);
  });
}

test('a channel in string form may be created after the observer, and its agent may restart', async () => {
  const target = `channel:${temporaryFolder()}#7`;
  const observer = observe({ channels: [target] });
  for (const count of [3, 6]) {
    using agent = VlpAgent.connect(target);
    await until(() => {
      if (observer.counters.beats < count) agent.beat(Status.Ok);
      return observer.counters.beats >= count;
    });
  }
  expect(observer.counters.outOfOrder).toBe(0);
  expect(observer.agents()).toMatchObject([{ pid: process.pid, source: 'channel' }]);
  expect(() => observe({ channels: ['/run/x.sock'] })).toThrow(/invalid channel/);
});

test('a full log drops beats with the reason, and a closed writer fails them', () => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, {
    writerId: 1,
    channelId: 9,
    capacity: 16_384,
    maxMessageLength: 64,
    timeout: 1000,
    tickUnit: TickUnit.Millis,
  });
  using agent = VlpAgent.connect({ channel: writer });
  let sent = 0;
  while (agent.beat(Status.Ok) === BeatOutcome.Sent) sent++;
  expect(sent).toBeGreaterThan(300);
  expect(agent.lastDropReason).toBe('StorageFull');
  writer.close();
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Failed);
});

test('a process that beats by socket and by channel is two agents', async () => {
  const socket = socketPath();
  const target = `channel:${path.dirname(socket)}#1`;
  const observer = observe({ socket, channels: [target] });
  using byChannel = VlpAgent.connect(target);
  using bySocket = VlpAgent.connect(socket);
  await until(() => {
    byChannel.beat(Status.Ok);
    bySocket.beat(Status.Ok);
    return observer.agents().length === 2;
  });
  expect(observer.agents().map(({ source }) => source)).toEqual(['socket', 'channel']);
});

test('an observer continues after a listener that throws', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  using agent = VlpAgent.connect(socket);
  const errors: Error[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => errors.push(error));
  try {
    observer.once('beat', () => {
      throw new Error('listener');
    });
    agent.beat(Status.Ok);
    await until(() => errors.length === 1);
    agent.beat(Status.Ok);
    await until(() => observer.counters.beats === 2);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  expect(errors[0]?.message).toBe('listener');
});

test('an observer can be closed twice inside an event', async () => {
  const socket = socketPath();
  const observer = observe({ socket });
  using agent = VlpAgent.connect(socket);
  const closed = new Promise<void>((resolve) => {
    observer.once('beat', () => resolve(observer.close()));
  });
  agent.beat(Status.Ok);
  await closed;
  await observer.close();
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Dropped);
});

test('invalid options are refused with the valid ones', () => {
  const socket = socketPath();
  expect(() => VlpObserver.bind({ thresholdMs: 100 })).toThrow(/nothing to observe/);
  expect(() => VlpObserver.bind({ socket, thresholdMs: 1 })).toThrow(/thresholdMs must be .* from 10/);
  expect(() => VlpObserver.bind({ socket } as never)).toThrow(/thresholdMs/);
  expect(() => VlpObserver.bind({ socket, thresholdMs: 100, treshold: 1 } as never)).toThrow(
    /unknown option/,
  );
  expect(() => VlpObserver.bind({ socket, thresholdMs: 100, trackerCapacity: 5000 })).toThrow(/4096/);
  expect(() => VlpObserver.bind({ socket, thresholdMs: 100, acceptVersions: [] })).toThrow(/acceptVersions/);
  expect(() => VlpObserver.bind({ udp: { port: 0 }, thresholdMs: 100 })).toThrow(/udp requires keys/);
  expect(fs.existsSync(socket)).toBe(false);
});

test('a stream that ends removes its listener from the signal', async () => {
  const observer = VlpObserver.bind({ socket: path.join(temporaryFolder(), 's'), thresholdMs: 60_000 });
  onTestFinished(() => observer.close());
  const { signal } = new AbortController();
  for (let i = 0; i < 30; i++) await observer.events({ signal }).return();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
