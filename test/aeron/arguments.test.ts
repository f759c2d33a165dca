/** Numbers that cannot be meant are refused with the name of the argument, its range and the value. */
import { beforeEach, describe, expect, test } from 'vitest';
import { resolveAeronOptions } from '../../src/aeron/client/client-options.js';
import { resolveDriverOptions } from '../../src/aeron/driver/resolve-driver-options.js';
import {
  type Aeron,
  BufferClaim,
  ChannelUri,
  isDriverActive,
  type Subscription,
} from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
const ODD = [1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31) - 1, '7' as never, 7n as never];

let aeron: Aeron;
beforeEach(async () => {
  aeron = await connect(startDriver());
});

test.each(ODD)('every method refuses stream id %s', async (streamId) => {
  await expect(aeron.addPublication('aeron:ipc', streamId)).rejects.toEqual(refused);
  await expect(aeron.addExclusivePublication('aeron:ipc', streamId)).rejects.toEqual(refused);
  await expect(aeron.addSubscription('aeron:ipc', streamId)).rejects.toThrow(
    'streamId must be a whole number',
  );
  await expect(aeron.nextAvailableSessionId(streamId)).rejects.toEqual(refused);
  expect(() => aeron.asyncAddPublication('aeron:ipc', streamId)).toThrow(refused);
});

test.each(ODD)(
  'type id %s is refused, and registration ids that are not bigints are refused',
  async (typeId) => {
    await expect(aeron.addCounter(typeId, 'x')).rejects.toEqual(refused);
    await expect(aeron.addStaticCounter(typeId, 1n, 'x')).rejects.toEqual(refused);
    await expect(aeron.addStaticCounter(1001, 2n ** 63n, 'x')).rejects.toEqual(refused);
    await expect(aeron.addStaticCounter(1001, 1 as never, 'x')).rejects.toEqual(refused);
  },
);

describe('limits of polls', () => {
  let subscription: Subscription;
  beforeEach(async () => {
    subscription = await aeron.addSubscription('aeron:ipc', 1);
    const publication = await aeron.addPublication('aeron:ipc', 1);
    await until(() => subscription.isConnected && publication.isConnected);
    publication.offer(Buffer.from('one'));
  });

  test.each([1.5, Number.NaN, -1, '1' as never])(
    'limit %s is refused without consuming a fragment',
    (limit) => {
      const [image] = subscription.images;
      for (const poll of [
        () => subscription.poll(() => {}, limit),
        () => subscription.controlledPoll(() => {}, limit),
        () => subscription.blockPoll(() => {}, limit),
        () => image?.poll(() => {}, limit),
        () => image?.boundedPoll(() => {}, limit, 1),
        () => image?.boundedControlledPoll(() => {}, limit, 1),
        () => image?.controlledPoll(() => {}, limit),
        () => image?.blockPoll(() => {}, limit),
        () => image?.controlledPeek(0, () => {}, limit),
      ]) {
        expect(poll).toThrow(refused);
      }
      expect(image?.position).toBe(0);
    },
  );

  test('infinity and numbers beyond 32 bits are valid limits', () => {
    expect(subscription.poll(() => {}, 0)).toBe(0);
    expect(subscription.poll(() => {}, 2 ** 40)).toBe(1);
    expect(subscription.poll(() => {}, Number.POSITIVE_INFINITY)).toBe(0);
  });
});

test.each(['idleSleepMs', 'driverTimeoutMs', 'keepaliveIntervalMs', 'resourceLingerMs'])(
  'the client option %s takes whole milliseconds',
  (name) => {
    for (const value of [1.5, Number.NaN, -1, Number.POSITIVE_INFINITY, '5']) {
      expect(() => resolveAeronOptions({ [name]: value })).toThrow(name);
    }
    expect(resolveAeronOptions({ [name]: 2 ** 40 })).toMatchObject({ [name]: 2 ** 40 });
  },
);

test.each([
  'termLength',
  'mtu',
  'publicationWindow',
  'toDriverLength',
  'toClientsLength',
  'counterValuesLength',
  'errorLogLength',
  'timerIntervalMs',
  'clientLivenessTimeoutMs',
  'publicationUnblockTimeoutMs',
  'driverTimeoutMs',
  'imageLivenessTimeoutMs',
  'lingerMs',
  'counterReuseMs',
  'untetheredWindowLimitMs',
  'untetheredLingerMs',
  'untetheredRestingMs',
  'reservedSessionIdLow',
  'reservedSessionIdHigh',
])('the driver option %s takes whole numbers of its range', (name) => {
  for (const value of [1.5, 65_536.5, Number.NaN, -(2 ** 40), Number.POSITIVE_INFINITY, '65536']) {
    expect(() => resolveDriverOptions({ [name]: value })).toThrow(refused);
  }
});

test('inconsistent options and unknown ones are refused', () => {
  for (const options of [
    { timerIntervalMs: 10_000 },
    { publicationUnblockTimeoutMs: 10_000 },
    { termLength: 65_537 },
    { mtu: 1400 },
    { publicationWindow: 100 },
    { toDriverLength: 65_537 },
    { counterValuesLength: 65_537 },
    { reservedSessionIdLow: 5, reservedSessionIdHigh: 4 },
    { directory: '' },
    { tether: 1 as never },
    { driverTimeout: 5 } as never,
  ]) {
    expect(() => resolveDriverOptions(options)).toThrow(refused);
  }
  expect(() => resolveAeronOptions({ driverTimeout: 5 } as never)).toThrow(
    "unknown option 'driverTimeout'; expected one of directory",
  );
});

test('invalid numbers of URIs, claims and lookups are refused', () => {
  const uri = ChannelUri.parse('aeron:ipc');
  for (const number of [1.5, Number.NaN]) {
    expect(() => uri.withInitialPosition(number * 32, 1, 65_536)).toThrow(refused);
    expect(() => uri.withInitialPosition(0, number, 65_536)).toThrow(refused);
    expect(() => uri.withInitialPosition(0, 1, number)).toThrow(refused);
    expect(() => uri.with('mtu', number)).toThrow(refused);
    expect(() => isDriverActive('/nowhere', number)).toThrow(refused);
  }
});

test('invalid flags, types and reserved values of a claim are refused', async () => {
  const publication = await aeron.addPublication('aeron:ipc', 1);
  await aeron.addSubscription('aeron:ipc', 1);
  await until(() => publication.isConnected);
  const claim = new BufferClaim();
  publication.tryClaim(8, claim);
  expect(() => {
    claim.flags = 256;
  }).toThrow(refused);
  expect(() => {
    claim.type = 0.5;
  }).toThrow(refused);
  claim.flags = 0xc0;
  claim.type = 1;
  claim.reservedValue = -5n;
  expect([claim.flags, claim.type, claim.reservedValue]).toEqual([0xc0, 1, -5n]);
  claim.commit();
});
