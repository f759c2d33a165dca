/** Members that the clients of the original have. */
import { beforeEach, expect, test } from 'vitest';
import {
  type Aeron,
  ChannelUri,
  CncFile,
  ControlledAction,
  type ExclusivePublication,
  type Image,
  type Subscription,
  SystemCounterId,
} from '../../src/aeron/index.js';
import { connect, emptyFolder, startDriver, until } from './driver-under-test.js';

let aeron: Aeron;
let subscription: Subscription;
let publication: ExclusivePublication;
let image: Image;

beforeEach(async () => {
  aeron = await connect(startDriver());
  subscription = await aeron.addSubscription('aeron:ipc', 1);
  publication = await aeron.addExclusivePublication(
    'aeron:ipc?mtu=2048|init-term-id=7|term-id=7|term-offset=64',
    1,
  );
  await until(() => subscription.isConnected && publication.isConnected);
  image = subscription.images[0] as Image;
});

test('image and publication report their term length, MTU, term and subscription', () => {
  expect(image.mtuLength).toBe(2048);
  expect([image.positionBitsToShift, publication.positionBitsToShift]).toEqual([16, 16]);
  expect(image.subscription).toBe(subscription);
  expect([publication.termId, publication.termOffset]).toEqual([7, 64]);
  publication.offer(Buffer.from('x'));
  expect([publication.termId, publication.termOffset]).toEqual([7, 128]);
  publication.close();
  expect([publication.termId, publication.termOffset]).toEqual([-4, -4]);
});

test('the position of an image can only move forward inside its term to the start of a frame', () => {
  for (const text of ['one', 'two', 'three']) publication.offer(Buffer.from(text));
  image.position = 128;
  const read: string[] = [];
  image.poll((b, at, n) => read.push(b.toString('utf8', at, at + n)), 1);
  expect(read).toEqual(['two']);
  for (const wrong of [0, 191, 193, 65_536 + 32, Number.NaN]) {
    expect(() => {
      image.position = wrong;
    }).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  }
  expect(image.position).toBe(192);
});

test('controlledPeek leaves the position unchanged and returns the position after whole messages', () => {
  publication.offer(Buffer.from('one'));
  publication.offer(Buffer.alloc(5000));
  const lengths: number[] = [];
  const end = image.controlledPeek(
    64,
    (_, __, length) => void lengths.push(length),
    Number.POSITIVE_INFINITY,
  );
  expect([lengths, end, image.position]).toEqual([[3, 2016, 2016, 968], publication.position, 64]);
  // A message whose end was not delivered does not count.
  expect(image.controlledPeek(64, () => {}, 200)).toBe(128);
  expect(image.controlledPeek(128, () => ControlledAction.Abort, 10_000)).toBe(128);
  expect(image.controlledPeek(64, () => ControlledAction.Break, 10_000)).toBe(128);
  expect(() => image.controlledPeek(0, () => {}, 200)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
  const again = () => void image.poll(() => {}, 1);
  expect(() => image.controlledPeek(64, again, 200)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
  expect(subscription.poll(() => {}, 10)).toBe(4);
});

test('a request has its id before the response, and its signal cancels it', async () => {
  const request = aeron.asyncAddDestination(publication, 'aeron:udp?endpoint=localhost:20121');
  expect(request.registrationId).toBeGreaterThan(publication.registrationId);
  await expect(request.result).rejects.toMatchObject({ errorCode: 3 });
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(aeron.addDestination(publication, 'aeron:ipc', { signal })).rejects.toThrow('enough');
  await expect(aeron.removeDestination(publication, 1n, { signal })).rejects.toThrow('enough');
  await expect(aeron.addStaticCounter(1001, 5n, 'x', undefined, { signal })).rejects.toThrow('enough');
  await expect(aeron.rejectImage(image, 'no', { signal })).rejects.toThrow('enough');
  expect(aeron.asyncAddStaticCounter(1001, 5n, 'x').registrationId).toBeGreaterThan(0n);
});

test('a counter is closed by its registration id', async () => {
  const counter = await aeron.addCounter(1001, 'mine');
  aeron.removeCounter(counter.registrationId);
  expect(counter.isClosed).toBe(true);
  aeron.removeCounter(12_345n);
});

test('options, raw counters and ids of system counters can be read', () => {
  expect(aeron.options).toMatchObject({ idleSleepMs: 16, driverTimeoutMs: 10_000, useInvoker: false });
  expect('signal' in aeron.options).toBe(false);
  const { valuesBuffer, metadataBuffer } = aeron.counters;
  expect(metadataBuffer.length).toBe(4 * valuesBuffer.length);
  const at = SystemCounterId.ControlProtocolVersion;
  expect(valuesBuffer.readBigInt64LE(128 * at)).toBe(65_536n);
  expect(metadataBuffer.toString('utf8', 512 * at + 132, 512 * at + 156)).toBe('Control protocol version');
});

test('a URI lists and removes keys and reports control mode and tags', () => {
  const uri = ChannelUri.parse('aeron:udp?control-mode=manual|tags=4,5|alias=x');
  expect(uri.keys).toEqual(['control-mode', 'tags', 'alias']);
  expect([uri.controlMode, uri.channelTag, uri.entityTag]).toEqual(['manual', '4', '5']);
  expect(uri.without('tags').toString()).toBe('aeron:udp?control-mode=manual|alias=x');
  expect(uri.without('tags').entityTag).toBe(undefined);
  expect([uri.has('alias'), uri.without('alias').has('alias')]).toEqual([true, false]);
});

test('CncFile.waitFor waits for a driver, up to its timeout or signal', async () => {
  using file = await CncFile.waitFor(aeron.directory);
  expect(file.versionText).toBe('0.2.0');
  const nowhere = emptyFolder();
  await expect(CncFile.waitFor(nowhere, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  const controller = new AbortController();
  const waiting = CncFile.waitFor(nowhere, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
