import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Status, VlpObserver } from '../../src/health/index.js';
import { RingReader } from '../../src/index.js';
import { child, messageFrom } from '../child.js';
import { sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';

/** Beats per transport. */
const BEATS = sized({ test: 20_000, all: 50_000, long: 1_000_000 });
const SENDER = new URL('./processes/many-beats.mjs', import.meta.url);

interface Report {
  /** Attempts. */
  readonly beats: number;
  readonly sent: number;
  readonly dropped: number;
  readonly failed: number;
  /** Sum of the payloads of all beats that were sent. */
  readonly sum: string;
  /** Payload, and so nonce, of the last beat that was sent. */
  readonly last: number;
}

/** Counts what an observer accepts, and sums it up. */
class Tally {
  beats = 0;
  disorder = 0;
  sum = 0n;
  lastNonce = 0n;

  constructor(observer: VlpObserver) {
    observer.on('beat', ({ payload, nonce, status }) => {
      if (status !== Status.Ok) return;
      if (nonce <= this.lastNonce) this.disorder++;
      this.lastNonce = nonce;
      this.beats++;
      this.sum += payload;
    });
  }

  async reaches(beats: number): Promise<void> {
    while (this.beats < beats) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const wire of [1, 2]) {
  test(`beats by socket in version ${wire}: every sent beat arrives, every other one counts as dropped`, async () => {
    const socket = path.join(temporaryFolder(), 's');
    const observer = VlpObserver.bind({ socket, thresholdMs: 60_000 });
    onTestFinished(() => observer.close());
    const tally = new Tally(observer);
    const report = await messageFrom<Report>(child(SENDER, socket, BEATS, wire));
    await tally.reaches(report.sent);
    expect(report.failed).toBe(0);
    expect(report.beats).toBeGreaterThanOrEqual(BEATS);
    expect(report.sent + report.dropped).toBe(report.beats);
    expect(report.sent).toBeGreaterThan(BEATS / 100);
    expect(tally.beats).toBe(report.sent);
    expect(String(tally.sum)).toBe(report.sum);
    expect(tally.disorder).toBe(0);
    expect(observer.counters).toMatchObject({ outOfOrder: 0, truncated: 0, authFailures: 0, ioErrors: 0 });
  });
}

for (const kind of ['log', 'ring'] as const) {
  test(`beats through a ${kind} channel all arrive`, async () => {
    const root = temporaryFolder();
    const sender = child(SENDER, `${kind}:${root}`, BEATS, 1);
    await messageFrom(sender);
    const channels =
      kind === 'log' ? [`channel:${root}#1`] : [RingReader.open(root, 1, { timeout: 'never' })];
    const observer = VlpObserver.bind({ channels, thresholdMs: 60_000 });
    onTestFinished(() => observer.close());
    const tally = new Tally(observer);
    sender.send('begin');
    const report = await messageFrom<Report>(sender);
    await tally.reaches(report.sent);
    expect(report).toMatchObject({ sent: BEATS, dropped: 0, failed: 0 });
    expect(tally.beats).toBe(BEATS);
    expect(String(tally.sum)).toBe(report.sum);
    expect(tally.disorder).toBe(0);
    expect(observer.counters).toMatchObject({ outOfOrder: 0, truncated: 0, lapped: 0, ioErrors: 0 });
  });
}

test('an agent reconnects after a restart of the observer, its nonces continue and no sent beat is lost', async () => {
  const socket = path.join(temporaryFolder(), 's');
  const first = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  const before = new Tally(first);
  const sender = child(SENDER, socket, 1000, 1, 'paced');
  await before.reaches(200);
  await first.close();
  const second = VlpObserver.bind({ socket, thresholdMs: 60_000 });
  onTestFinished(() => second.close());
  const after = new Tally(second);
  // The sender continues until the second observer has seen it, however late that one is.
  await after.reaches(1);
  sender.send('enough');
  const report = await messageFrom<Report>(sender);
  while (after.lastNonce < BigInt(report.last)) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(report.failed).toBe(0);
  expect(report.beats).toBeGreaterThanOrEqual(1000);
  expect(report.sent + report.dropped).toBe(report.beats);
  expect(after.beats).toBeGreaterThan(0);
  expect(after.lastNonce).toBe(BigInt(report.last));
  expect(before.disorder + after.disorder).toBe(0);
  // What lay unread in the queue of the first observer when it closed is gone with it: at most what a queue holds.
  const lost = report.sent - before.beats - after.beats;
  expect(lost).toBeGreaterThanOrEqual(0);
  expect(lost).toBeLessThanOrEqual(11);
});
