/** Writers that die between claim and commit, subscribers that stand still. */
import { expect, test } from 'vitest';
import { type Aeron, BufferClaim, type Image } from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';

const QUICK = { clientLivenessTimeoutMs: 1000, publicationUnblockTimeoutMs: 1200 };
/** A client that stays while its test blocks nothing: it shows itself often. */
const LIVELY = { keepaliveIntervalMs: 20, idleSleepMs: 1 };

const counterNamed = (aeron: Aeron, label: string) =>
  [...aeron.counters].find((counter) => counter.label === label)?.value;

test('the driver skips a command that a dead client claimed and did not commit', async () => {
  const aeron = await connect(startDriver(QUICK), LIVELY);
  const { commands } = aeron.files;
  await aeron.addCounter(1001, 'before');
  // What a writer leaves that dies after its claim: the tail moved, a negative length or none.
  for (const length of [-64, 0]) {
    await until(() => commands.head === commands.tail);
    claimAndDie(aeron, length);
    const counter = await aeron.addCounter(1001, `after ${length}`);
    expect(counter.isClosed).toBe(false);
  }
  expect(counterNamed(aeron, 'Unblocked Control Commands')).toBe(2n);
});

/** Moves the tail of the command ring by 64 bytes and stores a length there. */
function claimAndDie(aeron: Aeron, length: number): void {
  const section = aeron.files.toDriver;
  const tail = section.length - 768 + 128;
  const at = Number(section.load64(tail)) % (section.length - 768);
  section.store64(tail, section.load64(tail) + 64n);
  section.store32(at, length);
}

test('a shared log continues after a message whose publisher died', async () => {
  const aeron = await connect(startDriver(QUICK), LIVELY);
  const subscription = await aeron.addSubscription('aeron:ipc', 1);
  const dying = await aeron.addPublication('aeron:ipc', 1);
  const living = await aeron.addPublication('aeron:ipc', 1);
  await until(() => living.isConnected && subscription.isConnected);
  expect(dying.tryClaim(100, new BufferClaim())).toBeGreaterThan(0);
  expect(living.offer(Buffer.from('after it'))).toBeGreaterThan(0);
  const read: string[] = [];
  await until(() => subscription.poll((b, at, n) => read.push(b.toString('utf8', at, at + n)), 10) > 0);
  expect(read).toEqual(['after it']);
  expect(counterNamed(aeron, 'Unblocked Publications')).toBe(1n);
});

test('a publication that is closed with an open claim reaches its end', async () => {
  const aeron = await connect(startDriver(QUICK), LIVELY);
  let gone: Image | null = null;
  const subscription = await aeron.addSubscription('aeron:ipc', 2, {
    onUnavailableImage: (image) => {
      gone = image;
    },
  });
  const publication = await aeron.addExclusivePublication('aeron:ipc', 2);
  await until(() => publication.isConnected && subscription.isConnected);
  publication.offer(Buffer.from('whole'));
  publication.tryClaim(100, new BufferClaim());
  publication.close();
  let read = 0;
  await until(() => {
    read += subscription.poll(() => {}, 10);
    return gone !== null;
  });
  expect(read).toBe(1);
  expect((gone as unknown as Image).position).toBe(64 + 160);
});

test('a revoked stream ends before it is read, and its images report the revocation', async () => {
  const aeron = await connect(startDriver(), LIVELY);
  let revoked: boolean | null = null;
  const subscription = await aeron.addSubscription('aeron:ipc', 3, {
    onUnavailableImage: (image) => {
      revoked = image.isPublicationRevoked;
    },
  });
  const publication = await aeron.addExclusivePublication('aeron:ipc', 3);
  await until(() => publication.isConnected && subscription.isConnected);
  publication.offer(Buffer.from('never read'));
  publication.revokeOnClose = true;
  publication.close();
  await until(() => revoked !== null);
  expect(revoked).toBe(true);
  expect(counterNamed(aeron, 'Publications Revoked')).toBe(1n);
});

test('an untethered subscriber that does not poll is dropped and rejoins', async () => {
  const aeron = await connect(startDriver(), LIVELY);
  const times = 'untethered-window-limit-timeout=60ms|untethered-linger-timeout=40ms';
  const publication = await aeron.addExclusivePublication(
    `aeron:ipc?${times}|untethered-resting-timeout=100ms`,
    4,
  );
  const events: string[] = [];
  const reader = await aeron.addSubscription('aeron:ipc', 4);
  await aeron.addSubscription('aeron:ipc?tether=false', 4, {
    onAvailableImage: () => events.push('there'),
    onUnavailableImage: () => events.push('gone'),
  });
  await until(() => publication.isConnected && reader.isConnected && events.length === 1);
  let sent = 0;
  await until(() => {
    if (publication.offer(Buffer.alloc(1000)) > 0) sent++;
    reader.poll(() => {}, 100);
    return events.length >= 3 && sent > 200;
  });
  expect(events.slice(0, 3)).toEqual(['there', 'gone', 'there']);
});

test('a rejected image ends, its publisher receives the reason, and the subscriber rejoins after the timeout', async () => {
  const aeron = await connect(startDriver({ imageLivenessTimeoutMs: 100 }), LIVELY);
  const told: string[] = [];
  aeron.on('publicationError', (_, error) => told.push(error.message));
  const subscription = await aeron.addSubscription('aeron:ipc', 5);
  const publication = await aeron.addPublication('aeron:ipc', 5);
  await until(() => publication.isConnected && subscription.isConnected);
  const image = subscription.images[0] as Image;
  await aeron.rejectImage(image, 'not today');
  await until(() => image.isClosed && told.length > 0);
  expect(told).toEqual(['not today']);
  await until(() => subscription.isConnected && publication.isConnected);
  expect(subscription.images[0]).not.toBe(image);
});
