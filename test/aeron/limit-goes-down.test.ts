/** INV-AERON-LIMIT-02: a publisher that has read a high limit believes a lower one at once. */
import { expect, test } from 'vitest';
import { OfferResult } from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

test.each(['addExclusivePublication', 'addPublication'] as const)(
  '%s: nothing is taken for a subscriber that has left',
  async (add) => {
    const driver = startDriver();
    const aeron = await connect(driver);
    const subscription = await aeron.addSubscription('aeron:ipc', 1);
    const publication = await aeron[add]('aeron:ipc', 1);
    await until(() => publication.isConnected && subscription.isConnected);
    const message = Buffer.alloc(32);
    await until(() => publication.offer(message) > 0);
    const limit = publication.positionLimit;
    subscription.close();
    await until(() => publication.positionLimit < limit);
    expect(publication.offer(message)).toBe(OfferResult.NotConnected);
    const next = await aeron.addSubscription('aeron:ipc', 1);
    await until(() => publication.offer(message) > 0);
    let lengths: number[] = [];
    await until(() => {
      next.poll((_buffer, _offset, length) => lengths.push(length), 10);
      return lengths.length > 0;
    });
    lengths = lengths.filter((length) => length !== 32);
    expect(lengths).toEqual([]);
  },
);
