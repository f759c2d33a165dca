import dgram from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  agentKey,
  encodeVlpFrame,
  type ObserverOptions,
  Status,
  sealFrame,
  VlpAgent,
  VlpObserver,
} from '../../src/health/index.js';
import { SecureReceiver } from '../../src/health/secure/secure-receiver.js';
import { ManualClock } from '../../src/platform/index.js';

const KEY = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const frame = (pid: number, nonce: bigint) =>
  encodeVlpFrame({ version: 2, status: Status.Ok, pid, timestamp: 1n, nonce, payload: 0n });

async function observe(udp: Partial<ObserverOptions['udp']>) {
  const observer = VlpObserver.bind({ udp: { port: 0, ...udp }, thresholdMs: 60_000 });
  onTestFinished(() => observer.close());
  return { observer, target: `udp://127.0.0.1:${await observer.udpPort()}` };
}

for (const form of ['sharedKey', 'masterKey'] as const) {
  test(`beats sealed with a ${form} arrive, those under another key are refused and counted`, async () => {
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

test('plain frames are taken where that is asked for; other lengths are counted', async () => {
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

test('a sealed frame is accepted once, in order, and a session that ended never comes back', () => {
  const clock = new ManualClock();
  const receiver = new SecureReceiver([KEY], [], clock);
  const [first, second, third] = [1, 2, 3].map((byte) => Buffer.alloc(8, byte)) as [Buffer, Buffer, Buffer];
  const opens = (iv: Buffer, counter: number) =>
    receiver.open(sealFrame(KEY, iv, counter, frame(7, 1n))) !== null;
  expect([opens(first, 0), opens(first, 0), opens(first, 2), opens(first, 1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(opens(second, 0)).toBe(false);
  clock.advance(4999);
  expect(opens(second, 0)).toBe(false);
  clock.advance(1);
  expect(opens(second, 0)).toBe(true);
  clock.advance(60_000);
  expect(opens(first, 100)).toBe(false);
  expect(opens(third, 0)).toBe(true);
});

test('the pid in front of a sealed frame must be that inside, and every key is tried', () => {
  const receiver = new SecureReceiver([], [OTHER, KEY, Buffer.alloc(32, 3)], new ManualClock());
  const iv = Buffer.alloc(8);
  expect(receiver.open(sealFrame(agentKey(KEY, 7), iv, 0, frame(8, 1n), 7))).toBeNull();
  expect(receiver.open(sealFrame(agentKey(KEY, 7), iv, 0, frame(7, 1n), 7))).toEqual(frame(7, 1n));
});

test('no more than 1024 senders are remembered; the next one is refused', () => {
  const receiver = new SecureReceiver([KEY], [], new ManualClock());
  const opens = (pid: number) => receiver.open(sealFrame(KEY, Buffer.alloc(8), 0, frame(pid, 1n))) !== null;
  for (let pid = 2; pid < 1026; pid++) expect(opens(pid)).toBe(true);
  expect(opens(2000)).toBe(false);
});
