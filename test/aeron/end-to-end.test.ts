import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  Aeron,
  AeronErrorCode,
  BufferClaim,
  ControlledAction,
  FragmentAssembler,
  IpcMediaDriver,
  OfferResult,
  type Subscription,
} from '../../src/aeron/index.js';
import { randomFrom } from '../seed.js';
import { turn, until } from './driver-under-test.js';
import { payload } from './payload.js';
import { capture, expectation } from './vectors.js';

let folder: tmp.DirResult;
let driver: IpcMediaDriver;
let aeron: Aeron;

beforeEach(async () => {
  folder = tmp.dirSync({ unsafeCleanup: true });
  const directory = path.join(folder.name, 'aeron');
  driver = IpcMediaDriver.start({ directory, termLength: 65_536, timerIntervalMs: 20, lingerMs: 0 });
  aeron = await Aeron.connect({ directory });
});

afterEach(() => {
  aeron.close();
  driver.close();
  folder.removeCallback();
});

test('an offered message is polled', async () => {
  const subscription = await aeron.addSubscription('aeron:ipc', 10);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 10);
  await until(() => publication.isConnected && subscription.isConnected);
  expect(publication.offer(Buffer.from('hello'))).toBe(64);
  const received: string[] = [];
  await until(() => subscription.poll((b, at, n) => received.push(b.toString('utf8', at, at + n)), 10) > 0);
  expect(received).toEqual(['hello']);
  expect(subscription.images[0]?.position).toBe(64);
});

test('an offer without a subscriber is refused', async () => {
  const publication = await aeron.addPublication('aeron:ipc', 10);
  expect(publication.offer(Buffer.from('hello'))).toBe(OfferResult.NotConnected);
});

for (const kind of ['addExclusivePublication', 'addPublication'] as const) {
  test(`${kind}: thousands of messages, whole and fragmented, arrive in order over many terms`, async () => {
    const subscription = await aeron.addSubscription('aeron:ipc', 11);
    const publication = await aeron[kind]('aeron:ipc', 11);
    await until(() => publication.isConnected);
    let received = 0;
    const assembler = new FragmentAssembler((buffer, at, length, header) => {
      expect(buffer.subarray(at, at + length).equals(payload(lengthOf(received), received))).toBe(true);
      expect(header.position).toBeGreaterThan(0);
      received++;
    });
    const lengthOf = (n: number) => [0, 1, 32, 100, 1376, 1377, 5000, 8192][n % 8] as number;
    const total = 4000;
    for (let sent = 0; sent < total; ) {
      const result = publication.offer(payload(lengthOf(sent), sent));
      if (result > 0) sent++;
      else expect([OfferResult.BackPressured, OfferResult.AdminAction]).toContain(result);
      if (subscription.poll(assembler.handler, 20) === 0 && result < 0) await turn();
    }
    await until(() => {
      subscription.poll(assembler.handler, 100);
      return received === total;
    });
    expect(publication.position).toBeGreaterThan(100 * 65_536);
    expect(subscription.images[0]?.position).toBe(publication.position);
  });
}

const random = randomFrom();

test('two publications of one stream share a session and a log without a lost message', async () => {
  const subscription = await aeron.addSubscription('aeron:ipc', 12);
  const first = await aeron.addPublication('aeron:ipc', 12);
  const second = await aeron.addPublication('aeron:ipc', 12);
  expect(second.sessionId).toBe(first.sessionId);
  expect(second.originalRegistrationId).toBe(first.registrationId);
  await until(() => first.isConnected);
  const next = [0, 0];
  for (const sent = [0, 0]; (sent[0] as number) + (sent[1] as number) < 20_000; ) {
    const side = random() < 0.5 ? 0 : 1;
    const message = Buffer.alloc(40);
    message.writeUInt32LE(side, 0);
    message.writeUInt32LE(sent[side] as number, 4);
    if (([first, second][side]?.offer(message) as number) > 0) (sent[side] as number)++;
    else await turn();
    subscription.poll((buffer, at) => {
      const from = buffer.readUInt32LE(at);
      expect(buffer.readUInt32LE(at + 4)).toBe(next[from]);
      (next[from] as number)++;
    }, 50);
  }
  await until(() => subscription.poll((b, at) => void (next[b.readUInt32LE(at)] as number)++, 100) === 0);
  expect((next[0] as number) + (next[1] as number)).toBe(20_000);
});

test('a claim is filled in place; an aborted one is skipped', async () => {
  const subscription = await aeron.addSubscription('aeron:ipc', 13);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 13);
  await until(() => publication.isConnected);
  const claim = new BufferClaim();
  for (const [text, keep] of [
    ['one', true],
    ['two', false],
    ['three', true],
  ] as const) {
    expect(publication.tryClaim(text.length, claim)).toBeGreaterThan(0);
    claim.buffer.write(text, claim.offset);
    if (keep) claim.commit();
    else claim.abort();
  }
  expect(() => claim.commit()).toThrow(expect.objectContaining({ code: 'NO_CLAIM' }));
  const received: string[] = [];
  await until(() => subscription.poll((b, at, n) => received.push(b.toString('utf8', at, at + n)), 10) > 0);
  expect(received).toEqual(['one', 'three']);
});

test('a slow subscriber applies back pressure to its publisher', async () => {
  const subscription = await aeron.addSubscription('aeron:ipc', 14);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 14);
  await until(() => publication.isConnected);
  let result = 0;
  for (let i = 0; i < 10_000; i++) {
    result = publication.offer(Buffer.alloc(100));
    if (result < 0) break;
  }
  expect(result).toBe(OfferResult.BackPressured);
  expect(publication.position).toBeLessThanOrEqual(32_768 + 160);
  await until(() => subscription.poll(() => {}, 1000) === 0 && publication.offer(Buffer.alloc(100)) > 0);
});

test('a controlled handler can abort a fragment, stop, and commit', async () => {
  const subscription = await aeron.addSubscription('aeron:ipc', 15);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 15);
  await until(() => publication.isConnected);
  for (const text of ['a', 'b', 'c']) publication.offer(Buffer.from(text));
  const seen: string[] = [];
  const actions = [
    ControlledAction.Continue,
    ControlledAction.Abort,
    ControlledAction.Break,
    ControlledAction.Commit,
  ];
  const handler = (b: Buffer, at: number) => {
    seen.push(b.toString('utf8', at, at + 1));
    return actions.shift() as ControlledAction;
  };
  expect(subscription.controlledPoll(handler, 10)).toBe(1);
  expect(subscription.controlledPoll(handler, 10)).toBe(1);
  expect(subscription.controlledPoll(handler, 10)).toBe(1);
  expect(seen).toEqual(['a', 'b', 'b', 'c']);
});

test('subscribers receive the end of a publication after its last message', async () => {
  const gone: number[] = [];
  const subscription: Subscription = await aeron.addSubscription('aeron:ipc', 16, {
    onUnavailableImage: (image) => gone.push(image.position),
  });
  const publication = await aeron.addExclusivePublication('aeron:ipc', 16);
  await until(() => publication.isConnected);
  publication.offer(Buffer.from('last words'));
  publication.close();
  expect(publication.offer(Buffer.from('too late'))).toBe(OfferResult.Closed);
  const read: string[] = [];
  await until(() => subscription.poll((b, at, n) => read.push(b.toString('utf8', at, at + n)), 1) > 0);
  expect(read).toEqual(['last words']);
  await until(() => gone.length > 0);
  expect(gone).toEqual([64]);
  expect(subscription.isConnected).toBe(false);
  await until(() => fs.readdirSync(path.join(driver.directory, 'publications')).length === 0);
});

test('every client reads the counters of a client, and the driver frees them with it unless they are static', async () => {
  const other = await Aeron.connect({ directory: driver.directory });
  const counter = await aeron.addCounter(1001, 'my counter', Buffer.from([1, 2, 3]));
  const lasting = await aeron.addStaticCounter(1002, 777n, 'lasting');
  counter.value = 42n;
  lasting.value = -1n;
  expect(other.counters.get(counter.counterId)).toMatchObject({
    label: 'my counter',
    value: 42n,
    typeId: 1001,
  });
  counter.close();
  await until(() => other.counters.find(1001, counter.registrationId) === null);
  expect(other.counters.get(lasting.counterId)).toMatchObject({
    ownerId: -1n,
    registrationId: 777n,
    value: -1n,
  });
  expect((await other.addStaticCounter(1002, 777n, 'again')).counterId).toBe(lasting.counterId);
  other.close();
});

test('unsupported channels are refused with the action to take', async () => {
  await expect(aeron.addPublication('aeron:udp?endpoint=localhost:20121', 1)).rejects.toMatchObject({
    code: 'AERON_ERROR',
    errorCode: AeronErrorCode.NotSupported,
  });
  await expect(aeron.addSubscription('nonsense', 1)).rejects.toMatchObject({
    errorCode: AeronErrorCode.InvalidChannel,
  });
  await expect(aeron.addPublication('aeron:ipc?mtu=33', 1)).rejects.toMatchObject({
    errorCode: AeronErrorCode.Generic,
  });
});

test('a driver that shuts down closes its clients with the reason', async () => {
  const closed = new Promise((resolve) => aeron.once('close', resolve));
  aeron.on('error', () => {});
  const publication = await aeron.addPublication('aeron:ipc', 17);
  driver.close();
  expect(await closed).toMatchObject({ errorCode: AeronErrorCode.DriverTimeout });
  expect(publication.isClosed).toBe(true);
  // A later request says why, too.
  await expect(aeron.addPublication('aeron:ipc', 17)).rejects.toMatchObject({
    errorCode: AeronErrorCode.DriverTimeout,
    message: 'the media driver has been shut down',
  });
});

test('a second driver is refused in the directory of an active one', () => {
  expect(() => IpcMediaDriver.start({ directory: driver.directory })).toThrow(
    expect.objectContaining({ code: 'WRITER_EXISTS' }),
  );
});

test('an exclusive publication writes the same bytes as the C client', async () => {
  const { clientView, expected } = expectation('ipc-exclusive.logbuffer');
  await aeron.addSubscription('aeron:ipc', 2001);
  const publication = await aeron.addExclusivePublication(
    'aeron:ipc?term-length=64k|init-term-id=7|term-id=7|term-offset=0|session-id=4242|pub-wnd=32k',
    2001,
  );
  await until(() => publication.isConnected);
  const claim = new BufferClaim();
  for (const { op, length, seed, result } of clientView.ops.slice(0, -1)) {
    const data = payload(length, seed);
    let position: number;
    if (op === 'offer') position = publication.offer(data);
    else if (op.startsWith('offer(reserved')) position = publication.offer(data, () => 0x1122334455667788n);
    else if (op.startsWith('offerv')) {
      position = publication.offer([data.subarray(0, 10), data.subarray(10, 30), data.subarray(30)]);
    } else if (op === 'appendPadding') position = publication.appendPadding(length);
    else {
      position = publication.tryClaim(length, claim);
      data.copy(claim.buffer, claim.offset);
      if (op.endsWith('+commit')) claim.commit();
      else if (op.endsWith('+abort')) claim.abort();
    }
    expect(position, op).toBe(result);
  }
  const log = fs.readFileSync(
    path.join(driver.directory, 'publications', `${publication.registrationId}.logbuffer`),
  );
  const original = Buffer.from(capture('ipc-exclusive.logbuffer'));
  const end = expected.metadata.termTailCounters[0].termOffset;
  expect(log.subarray(0, end).toString('hex')).toBe(original.subarray(0, end).toString('hex'));
  const page = 3 * 65_536;
  expect(log.subarray(page, page + 32).equals(original.subarray(page, page + 32))).toBe(true);
  expect(log.subarray(page + 264, page + 288).equals(original.subarray(page + 264, page + 288))).toBe(true);
  expect(log.subarray(page + 320, page + 352).equals(original.subarray(page + 320, page + 352))).toBe(true);
});
