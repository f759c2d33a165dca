import path from 'node:path';
import { expect, test } from 'vitest';
import {
  BeatOutcome,
  NONCE_TERMINAL,
  packPayload,
  Status,
  unpackPayload,
  VlpAgent,
} from '../../src/health/index.js';
import { sharedNonces } from '../../src/health/secure/nonce-source.js';
import { DatagramSocket } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';
import { rawReceiver } from './raw-receiver.js';

const socketPath = () => path.join(temporaryFolder(), 's');
const LAST = NONCE_TERMINAL - 1n;

test('beats contain status, pid, payload, nonces that grow from 1 and a time that never decreases', () => {
  for (const wireVersion of [1, 2] as const) {
    const observer = rawReceiver(socketPath());
    using agent = VlpAgent.connect(observer.path, { wireVersion });
    for (let i = 0; i < 9; i++) expect(agent.beat((i % 3) as Status, i)).toBe(BeatOutcome.Sent);
    const frames = observer.frames();
    expect(frames.map((frame) => frame.nonce)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
    let last = 0n;
    frames.forEach((frame, i) => {
      expect(frame).toMatchObject({
        version: wireVersion,
        pid: process.pid,
        status: i % 3,
        payload: BigInt(i),
      });
      expect(frame.timestamp).toBeGreaterThanOrEqual(last);
      last = frame.timestamp;
    });
  }
});

test('payloads are exact up to 2^64-1, and a larger one returns Failed and uses no nonce', () => {
  const observer = rawReceiver(socketPath());
  using agent = VlpAgent.connect({ socket: observer.path });
  const largest = 2n ** 64n - 1n;
  const sound = [0, 7, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n + 1n, largest];
  for (const payload of sound) expect(agent.beat(Status.Ok, payload)).toBe(BeatOutcome.Sent);
  expect(observer.frames().map((frame) => frame.payload)).toEqual(sound.map(BigInt));
  for (const payload of [-1, 0.5, Number.NaN, 2 ** 53, -1n, largest + 1n]) {
    expect(agent.beat(Status.Ok, payload)).toBe(BeatOutcome.Failed);
    expect(agent.lastError?.reason).toBe('EINVAL');
  }
  expect(agent.beat(9 as Status)).toBe(BeatOutcome.Failed);
  expect(agent.beat(undefined as never)).toBe(BeatOutcome.Failed);
  expect(observer.frames()).toEqual([]);
  agent.beat(Status.Ok);
  expect(observer.frames()[0]?.nonce).toBe(BigInt(sound.length + 1));
});

test('one payload contains two 32-bit values', () => {
  const observer = rawReceiver(socketPath());
  using agent = VlpAgent.connect(observer.path);
  agent.beatPair(Status.Ok, 0xffff_ffff, 3);
  agent.beat(Status.Ok, packPayload(0xffff_ffff, 3));
  for (const { payload } of observer.frames()) {
    expect(unpackPayload(payload)).toEqual({ high: 0xffff_ffff, low: 3 });
  }
  expect(() => packPayload(-1, 0)).toThrow(/high must be/);
  expect(() => packPayload(0, 2 ** 32)).toThrow(/low must be/);
  expect(() => unpackPayload(2n ** 64n)).toThrow(/payload must be/);
});

test('version 1 sends a stall, and version 2 refuses a stall and payloads above 32 bits', () => {
  const observer = rawReceiver(socketPath());
  using first = VlpAgent.connect(observer.path);
  expect(first.beat(Status.Stall)).toBe(BeatOutcome.Sent);
  expect(observer.frames()[0]?.status).toBe(Status.Stall);
  using second = VlpAgent.connect(observer.path, { wireVersion: 2 });
  expect(second.beat(Status.Stall)).toBe(BeatOutcome.Failed);
  expect(second.beat(Status.Ok, 2 ** 32)).toBe(BeatOutcome.Failed);
  expect(second.beat(Status.Ok, 2n ** 32n)).toBe(BeatOutcome.Failed);
  expect(second.beat(Status.Ok, 2 ** 32 - 1)).toBe(BeatOutcome.Sent);
  expect(observer.frames()).toMatchObject([{ nonce: 2n, payload: 2n ** 32n - 1n }]);
});

test('all handles of a process to one path share one nonce, also after close and connect', () => {
  const observer = rawReceiver(socketPath());
  const nonces = () => observer.frames().map((frame) => Number(frame.nonce));
  const first = VlpAgent.connect(observer.path);
  first.beat(Status.Ok);
  using second = VlpAgent.connect(`unix:${observer.path}`);
  second.beat(Status.Ok);
  first.beat(Status.Ok);
  first.close();
  using third = VlpAgent.connect({ socket: `${path.dirname(observer.path)}/./s` });
  third.beat(Status.Ok);
  second.beat(Status.Ok);
  expect(nonces()).toEqual([1, 2, 3, 4, 5]);
  const other = rawReceiver(socketPath());
  using elsewhere = VlpAgent.connect(other.path);
  elsewhere.beat(Status.Ok);
  expect(other.frames()[0]?.nonce).toBe(1n);
});

test('after nonce 2^64-2 version 1 repeats it and version 2 continues at 0', () => {
  for (const wireVersion of [1, 2] as const) {
    const observer = rawReceiver(socketPath());
    using agent = VlpAgent.connect(observer.path, { wireVersion });
    const nonces = sharedNonces(`unix:${observer.path}`);
    nonces.seek(0xffff_ffff, 0xffff_fffc);
    for (let i = 0; i < 4; i++) agent.beat(Status.Ok);
    const expected = wireVersion === 1 ? [LAST - 1n, LAST, LAST, LAST] : [LAST - 1n, LAST, 0n, 1n];
    expect(observer.frames().map((frame) => frame.nonce)).toEqual(expected);
    nonces.seek(0, 0xffff_fffe);
    for (let i = 0; i < 3; i++) agent.beat(Status.Ok);
    expect(observer.frames().map((frame) => frame.nonce)).toEqual([
      2n ** 32n - 1n,
      2n ** 32n,
      2n ** 32n + 1n,
    ]);
  }
});

test('a full queue drops the beat with the reason and uses its nonce', () => {
  const observer = rawReceiver(socketPath());
  using agent = VlpAgent.connect(observer.path);
  let sent = 0;
  while (agent.beat(Status.Ok) === BeatOutcome.Sent) sent++;
  expect(sent).toBeGreaterThan(0);
  expect(agent.lastDropReason).toBe('KernelQueueFull');
  expect(agent.lastError?.reason).toBe('EAGAIN');
  expect(agent.consecutiveDrops).toBe(1);
  expect(observer.frames()).toHaveLength(sent);
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Sent);
  expect(agent.consecutiveDrops).toBe(0);
  expect(agent.lastErrno).toBe(0);
  expect(agent.lastError).toBeNull();
  expect(observer.frames()[0]?.nonce).toBe(BigInt(sent + 2));
});

test('connect distinguishes a missing socket, a socket without a reader and a file', () => {
  const file = socketPath();
  expect(() => VlpAgent.connect(file)).toThrow(
    expect.objectContaining({ code: 'NO_OBSERVER', reason: 'ENOENT' }),
  );
  const observer = rawReceiver(file);
  const agent = VlpAgent.connect(file);
  agent.close();
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Failed);
  expect(agent.lastError?.reason).toBe('EBADF');
  expect(() => agent.reconnect()).toThrow(/closed/);
  observer.close();
  expect(() => VlpAgent.connect(file)).toThrow(/start the observer first/);
});

test('after a restart of the observer beats are dropped until reconnect, and the nonce continues', () => {
  const file = socketPath();
  const before = rawReceiver(file);
  using agent = VlpAgent.connect(file);
  agent.beat(Status.Ok);
  before.close();
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Dropped);
  expect(agent.lastDropReason).toBe('NoObserver');
  expect(() => agent.reconnect()).toThrow(/no socket/);
  expect(agent.consecutiveDrops).toBe(1);
  const after = rawReceiver(file);
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Dropped);
  agent.reconnect();
  expect(agent.consecutiveDrops).toBe(0);
  expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Sent);
  expect(after.frames().map((frame) => frame.nonce)).toEqual([4n]);
});

test('setReconnectAfter sends the last dropped frame again', () => {
  const file = socketPath();
  const before = rawReceiver(file);
  using agent = VlpAgent.connect(file, { reconnectAfterDrops: 3 });
  agent.beat(Status.Ok);
  before.close();
  const after = rawReceiver(file);
  const outcomes = [1, 2, 3, 4].map((payload) => agent.beat(Status.Ok, payload));
  expect(outcomes).toEqual([BeatOutcome.Dropped, BeatOutcome.Dropped, BeatOutcome.Sent, BeatOutcome.Sent]);
  expect(after.frames()).toMatchObject([
    { nonce: 4n, payload: 3n },
    { nonce: 5n, payload: 4n },
  ]);
});

test('without an observer the rule every-drop connects on every drop, and bounded only after n drops', () => {
  for (const [reconnectRule, attempts] of [
    ['every-drop', 7],
    ['bounded', 3],
  ] as const) {
    const file = socketPath();
    const observer = rawReceiver(file);
    using agent = VlpAgent.connect(file, { reconnectRule });
    agent.setReconnectAfter(3);
    agent.beat(Status.Ok);
    observer.close();
    let tried = 0;
    const { connect } = DatagramSocket;
    DatagramSocket.connect = (target) => {
      tried++;
      return connect.call(DatagramSocket, target);
    };
    try {
      for (let i = 0; i < 9; i++) expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Dropped);
    } finally {
      DatagramSocket.connect = connect;
    }
    expect(tried, reconnectRule).toBe(attempts);
  }
});

test('setReconnectAfter resets the count only with the bounded rule', () => {
  for (const [reconnectRule, left] of [
    ['every-drop', 1],
    ['bounded', 0],
  ] as const) {
    const file = socketPath();
    const observer = rawReceiver(file);
    using agent = VlpAgent.connect(file, { reconnectRule });
    observer.close();
    agent.beat(Status.Ok);
    agent.setReconnectAfter(10);
    expect(agent.consecutiveDrops, reconnectRule).toBe(left);
    expect(() => agent.setReconnectAfter(-1)).toThrow(/0 to 2\^32-1/);
  }
});

test('invalid options are refused with the valid ones', () => {
  const { path: file } = rawReceiver(socketPath());
  expect(() => VlpAgent.connect(file, { wireVersion: 3 as never })).toThrow(/1 or 2/);
  expect(() => VlpAgent.connect(file, { every: 3 } as never)).toThrow(/unknown option 'every'/);
  expect(() => VlpAgent.connect(file, { reconnectAfterDrops: -1 })).toThrow(/reconnectAfterDrops/);
  expect(() => VlpAgent.connect(file, { reconnectRule: 'never' as never })).toThrow(/every-drop or bounded/);
  const key = Buffer.alloc(32);
  expect(() => VlpAgent.connect(file, { sharedKey: key })).toThrow(/wireVersion: 2/);
  expect(() => VlpAgent.connect(file, { wireVersion: 2, sharedKey: key })).toThrow(/require a udp target/);
  expect(() => VlpAgent.connect(file, { wireVersion: 2, sharedKey: key, masterKey: key })).toThrow(
    /not both/,
  );
  expect(() => VlpAgent.connect(file, { wireVersion: 2, sharedKey: Buffer.alloc(5) })).toThrow(/32 bytes/);
});
