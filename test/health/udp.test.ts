import dgram from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  agentKey,
  encodeVlpFrame,
  NONCE_TERMINAL,
  type ObserverOptions,
  Status,
  sealFrame,
  VlpAgent,
  VlpObserver,
} from '../../src/health/index.js';
import { Tracker, Verdict } from '../../src/health/observer/tracker.js';
import { UdpAgents } from '../../src/health/observer/udp-agents.js';
import { MAX_SESSIONS, SecureReceiver } from '../../src/health/secure/secure-receiver.js';
import { SecureSession } from '../../src/health/secure/secure-session.js';
import { ManualClock } from '../../src/platform/index.js';

const KEY = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const frame = (pid: number, nonce: bigint) =>
  encodeVlpFrame({ version: 2, status: Status.Ok, pid, timestamp: 1n, nonce, payload: 0n });

async function observe(udp: Partial<ObserverOptions['udp']>, thresholdMs = 60_000) {
  const observer = VlpObserver.bind({ udp: { port: 0, ...udp }, thresholdMs });
  onTestFinished(() => observer.close());
  return { observer, target: `udp://127.0.0.1:${await observer.udpPort()}` };
}

for (const form of ['sharedKey', 'masterKey'] as const) {
  test(`beats sealed with a ${form} are accepted, and beats of another key are refused and counted`, async () => {
    const { observer, target } = await observe({ [`${form}s`]: [OTHER, KEY] });
    using agent = VlpAgent.connect(target, { wireVersion: 2, [form]: KEY });
    const beaten = once(observer, 'beat');
    agent.beat(Status.Degraded, 7);
    expect((await beaten)[0]).toMatchObject({ source: 'udp', version: 2, pid: process.pid, payload: 7n });
    using stranger = VlpAgent.connect(target, { wireVersion: 2, [form]: Buffer.alloc(32, 9) });
    const refused = once(observer, 'auth');
    stranger.beat(Status.Ok);
    expect((await refused)[0]).toMatchObject({ source: 'udp', senderPid: -1 });
    using plain = VlpAgent.connect(target, { wireVersion: 2 });
    const plainRefused = once(observer, 'auth');
    plain.beat(Status.Ok);
    await plainRefused;
    expect(observer.counters).toMatchObject({ beats: 1, authFailures: 2 });
  });
}

test('plain frames are accepted with acceptPlain, and invalid lengths are counted', async () => {
  const { observer, target } = await observe({ acceptPlain: true });
  using agent = VlpAgent.connect(target);
  const beaten = once(observer, 'beat');
  agent.beat(Status.Ok);
  await beaten;
  const socket = dgram.createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.send(Buffer.alloc(40), Number(target.split(':').at(-1)), '127.0.0.1');
  while (observer.counters.truncated === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(observer.counters.beats).toBe(1);
});

test('accepts a sealed frame once and in order within its session', () => {
  const receiver = new SecureReceiver([KEY], []);
  const [first, second] = [Buffer.alloc(8, 1), Buffer.alloc(8, 2)];
  const opens = (iv: Buffer, counter: number) =>
    receiver.open(sealFrame(KEY, iv, counter, frame(7, 1n))) !== null;
  expect([opens(first, 0), opens(first, 0), opens(first, 2), opens(first, 1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(receiver.refusal).toBe('replay');
  expect([opens(second, 0), opens(first, 3), opens(second, 0), opens(first, 3)]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('requires equal pids before and inside a sealed frame, and tries every key', () => {
  const receiver = new SecureReceiver([], [OTHER, KEY, Buffer.alloc(32, 3)]);
  const iv = Buffer.alloc(8);
  expect(receiver.open(sealFrame(agentKey(KEY, 7), iv, 0, frame(8, 1n), 7))).toBeNull();
  expect(receiver.open(sealFrame(agentKey(KEY, 7), iv, 0, frame(7, 1n), 7))).toEqual(frame(7, 1n));
  expect(receiver.keyName).toBe('master 1');
});

test('accepts sessions beyond the limit, and forgets the least recently used one', () => {
  const receiver = new SecureReceiver([KEY], []);
  const iv = Buffer.alloc(8);
  const opens = (session: number, counter: number) => {
    iv.writeUInt32LE(session);
    return receiver.open(sealFrame(KEY, iv, counter, frame(7, 1n))) !== null;
  };
  for (let session = 0; session < MAX_SESSIONS; session++) if (!opens(session, 0)) throw new Error('refused');
  expect(opens(0, 1)).toBe(true);
  expect(opens(MAX_SESSIONS, 0)).toBe(true);
  expect([opens(0, 1), opens(2, 0)]).toEqual([false, false]);
});

test('accepts every restart of an agent with the same pid immediately', () => {
  const receiver = new SecureReceiver([KEY], []);
  for (let i = 0; i < 200; i++) {
    const session = new SecureSession({ sharedKey: KEY }, 7);
    expect(receiver.open(session.seal(frame(7, 1n)))).not.toBeNull();
  }
});

test('receives the crash frame of an agent that was beating, in the slot of that agent', async () => {
  const { observer, target } = await observe({ sharedKeys: [KEY] });
  using agent = VlpAgent.connect(target, { wireVersion: 2, sharedKey: KEY });
  for (let i = 0; i < 3; i++) {
    const beaten = once(observer, 'beat');
    agent.beat(Status.Ok);
    await beaten;
  }
  const crash = new SecureSession({ sharedKey: KEY }, process.pid);
  const terminal = encodeVlpFrame({
    version: 2,
    status: Status.Critical,
    pid: process.pid,
    timestamp: 9n,
    nonce: NONCE_TERMINAL,
    payload: 0n,
  });
  const crashed = once(observer, 'beat');
  sendTo(target, crash.seal(terminal));
  expect((await crashed)[0]).toMatchObject({ terminal: true, pid: process.pid, address: '127.0.0.1' });
  const beaten = once(observer, 'beat');
  agent.beat(Status.Ok);
  await beaten;
  expect(observer.agents()).toMatchObject([{ pid: process.pid, beats: 5 }]);
});

test('accepts all beats across a wrap of the counter and of two handles of one process', async () => {
  const { observer, target } = await observe({ sharedKeys: [KEY] });
  const session = new SecureSession({ sharedKey: KEY }, 7);
  session.seek(0xffff_ffff);
  for (let nonce = 1n; nonce <= 3n; nonce++) {
    const beaten = once(observer, 'beat');
    sendTo(target, session.seal(frame(7, nonce)));
    session.advance();
    await beaten;
  }
  using first = VlpAgent.connect(target, { wireVersion: 2, sharedKey: KEY });
  using second = VlpAgent.connect(target, { wireVersion: 2, sharedKey: KEY });
  for (let i = 0; i < 6; i++) {
    const beaten = once(observer, 'beat');
    (i % 2 === 0 ? first : second).beat(Status.Ok);
    await beaten;
  }
  expect(observer.counters).toMatchObject({ beats: 9, authFailures: 0, outOfOrder: 0 });
  expect(observer.agents()).toHaveLength(2);
});

test('distinguishes two agents with one pid at one address', () => {
  const clock = new ManualClock();
  const tracker = new Tracker({
    thresholdMs: 1000,
    capacity: 8,
    eviction: 'strict',
    processStart: () => null,
  });
  const agents = new UdpAgents(tracker, 1000, -1);
  const beat = (session: string, nonce: number, address = '10.0.0.1') => {
    const halves = halvesOf(nonce);
    const now = clock.monotonicMillis();
    const found = agents.session({ keyName: 'shared 0', address, session }, halves, now);
    return { key: found.key, verdict: tracker.record(found.key, 'udp', halves, now, found) };
  };
  const a = beat('a', 1000);
  const b = beat('b', 1);
  expect([a.verdict, b.verdict]).toEqual([Verdict.Accepted, Verdict.Accepted]);
  expect(b.key).not.toBe(a.key);
  expect(beat('a', 1, '10.0.0.2').key).not.toBe(a.key);
  // A new session that continues the nonces belongs to the agent, wherever its own nonces begin later.
  expect(beat('c', 1001)).toEqual(a);
  expect(beat('a', 1002)).toEqual(a);
  expect(beat('a', 1002).verdict).toBe(Verdict.OutOfOrder);
  clock.advance(1000);
  // After a silence a new session with low nonces is a restart.
  expect(beat('d', 1)).toEqual(a);
});

test('remembers the 4096 most recently used UDP sessions, and no agent without a session. INV-UDP-02', () => {
  const tracker = new Tracker({
    thresholdMs: 1000,
    capacity: 8,
    eviction: 'strict',
    processStart: () => null,
  });
  const agents = new UdpAgents(tracker, 1000, -1);
  const session = (pid: number) =>
    agents.session({ keyName: 'plain', address: '10.0.0.1', session: 'port' }, { ...halvesOf(1), pid }, 0);
  const [forgotten, kept] = [session(1), session(2)];
  for (let pid = 3; pid < 3 + 4096; pid++) {
    session(pid);
    expect(session(2)).toBe(kept);
  }
  const again = session(1);
  expect(again).not.toBe(forgotten);
  expect(again.key).not.toBe(forgotten.key);
});

test('accepts a restarted plain agent with the same pid and port after a silence of the threshold', async () => {
  const { observer, target } = await observe({ acceptPlain: true }, 50);
  const socket = dgram.createSocket('udp4');
  onTestFinished(() => void socket.close());
  const stalled = once(observer, 'stall');
  socket.send(frame(7, 500n), portOf(target), '127.0.0.1');
  await stalled;
  for (const nonce of [1n, 2n]) {
    const beaten = once(observer, 'beat');
    socket.send(frame(7, nonce), portOf(target), '127.0.0.1');
    await beaten;
  }
  expect(observer.agents()).toMatchObject([{ pid: 7, beats: 3 }]);
});

test('counts every refused datagram and limits the rate of their events', async () => {
  const { observer, target } = await observe({ sharedKeys: [KEY] });
  let reported = 0;
  observer.on('event', () => reported++);
  const socket = dgram.createSocket('udp4');
  onTestFinished(() => void socket.close());
  const garbage = Buffer.alloc(60, 9);
  let sent = 0;
  while (observer.counters.authFailures < 500) {
    socket.send(garbage, portOf(target), '127.0.0.1');
    sent++;
    await turn();
  }
  expect(sent).toBeGreaterThanOrEqual(500);
  expect(reported).toBeGreaterThan(0);
  const { authFailures, decryptFailures, eventsSuppressed } = observer.counters;
  expect(decryptFailures).toBe(authFailures);
  expect(reported + eventsSuppressed).toBe(authFailures);
  expect(reported).toBeLessThan(authFailures / 2);
});

function portOf(target: string): number {
  return Number(target.split(':').at(-1));
}

function sendTo(target: string, bytes: Buffer): void {
  const socket = dgram.createSocket('udp4');
  socket.send(bytes, portOf(target), '127.0.0.1', () => socket.close());
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function halvesOf(nonce: number) {
  return {
    pid: 7,
    status: Status.Ok,
    timestampHigh: 0,
    timestampLow: 1,
    nonceHigh: 0,
    nonceLow: nonce,
    payloadHigh: 0,
    payloadLow: 0,
  };
}
