/** A log of 3 GiB, of which only the pages that are touched exist: offsets beyond 2 GiB are no 32-bit numbers. */
import { expect, test } from 'vitest';
import { BufferClaim } from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

const GIBIBYTE = 2 ** 30;

for (const [kind, termId] of [
  ['exclusive', 1],
  ['exclusive', 2],
  ['shared', 2],
] as const) {
  test(`messages of an ${kind} publication in term ${termId} of 1 GiB each`, {
    timeout: 180_000,
  }, async () => {
    const driver = startDriver();
    const aeron = await connect(driver);
    // Near the end of the term: its padding, and the rotation after it, lie beyond 2 GiB as well.
    const offset = GIBIBYTE - 640;
    const place = `init-term-id=0|term-id=${termId}|term-offset=${offset}`;
    const channel = `aeron:ipc?term-length=1g|sparse=true|${place}`;
    const subscription = await aeron.addSubscription('aeron:ipc', 1);
    const publication = await (kind === 'exclusive'
      ? aeron.addExclusivePublication(channel, 1)
      : aeron.addPublication(channel, 1));
    await until(() => publication.isConnected && subscription.isConnected);
    expect(publication.position).toBe(termId * GIBIBYTE + offset);
    const received: string[] = [];
    const claim = new BufferClaim();
    let sent = 0;
    await until(() => {
      const text = `message ${sent}`.padEnd(100);
      let result: number;
      if (sent % 2 === 0) result = publication.offer(Buffer.from(text));
      else {
        result = publication.tryClaim(text.length, claim);
        if (result > 0) {
          claim.buffer.write(text, claim.offset);
          claim.commit();
        }
      }
      if (result > 0) sent++;
      subscription.poll((b, at, length) => received.push(b.toString('utf8', at, at + length).trimEnd()), 10);
      return received.length >= 10;
    });
    expect(received.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, n) => `message ${n}`));
    expect(publication.position).toBeGreaterThan((termId + 1) * GIBIBYTE);
  });
}
