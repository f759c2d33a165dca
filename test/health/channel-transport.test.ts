import { describe, expect, test } from 'vitest';
import {
  openReader,
  RingReader,
  RingWriter,
  ShmWriter,
  TickUnit,
  type Writer,
} from '../../src/channel/index.js';
import { encodeVlpFrame } from '../../src/health/frame/frame-layout.js';
import { BeatOutcome, decodeVlpFrame, Status, VlpAgent } from '../../src/health/index.js';
import { temporaryFolder } from '../temporary.js';

const CAPACITY = 1024;
const options = {
  writerId: 1,
  channelId: 7,
  capacity: CAPACITY,
  maxMessageLength: 32,
  timeout: 1_000_000n,
  tickUnit: TickUnit.Nanos,
};
const creators = {
  log: (root: string): Writer => ShmWriter.create(root, options),
  ring: (root: string): Writer => RingWriter.create(root, options),
};

/** Sends `count` beats from 1 on and gives back their frames. */
function beatsOf(writer: Writer, root: string, count: number, wireVersion: 1 | 2) {
  using agent = VlpAgent.connect({ channel: writer }, { wireVersion });
  using reader = openReader(root, options.channelId);
  const frames: Buffer[] = [];
  for (let i = 1; i <= count; i++) {
    expect(agent.beat(Status.Degraded, i)).toBe(BeatOutcome.Sent);
    reader.poll(
      (buffer, offset, length) => frames.push(Buffer.from(buffer.subarray(offset, offset + length))),
      10,
    );
  }
  return frames;
}

describe.each(['log', 'ring'] as const)('beats through a %s channel', (kind) => {
  test.each([1, 2] as const)('have the bytes of wire version %i', (version) => {
    const root = temporaryFolder();
    using writer = creators[kind](root);
    const count = kind === 'log' ? 10 : 200; // several times around the ring
    const frames = beatsOf(writer, root, count, version);
    expect(frames).toHaveLength(count);
    frames.forEach((bytes, i) => {
      const frame = decodeVlpFrame(bytes);
      const first = decodeVlpFrame(frames[0] as Buffer);
      expect(frame).toMatchObject({
        version,
        status: Status.Degraded,
        pid: process.pid,
        payload: BigInt(i + 1),
      });
      expect(frame.nonce).toBe(first.nonce + BigInt(i));
      expect(bytes).toEqual(encodeVlpFrame(frame));
    });
  });

  test('fail while the application has an open claim on the writer, and succeed after it', () => {
    const root = temporaryFolder();
    using writer = creators[kind](root);
    using agent = VlpAgent.connect({ channel: writer });
    writer.tryClaim(8);
    expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Failed);
    expect(agent.lastErrno).toBe(16); // EBUSY
    writer.commit(8);
    expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Sent);
  });

  test('fail when the writer is closed', () => {
    const writer = creators[kind](temporaryFolder());
    using agent = VlpAgent.connect({ channel: writer });
    writer.close();
    expect(agent.beat(Status.Ok)).toBe(BeatOutcome.Failed);
  });
});

test('beats into a ring with back pressure are dropped, and sent after its reader has moved', () => {
  const root = temporaryFolder();
  using writer = RingWriter.create(root, { ...options, policy: 'back-pressure' });
  using reader = RingReader.open(root, options.channelId);
  using agent = VlpAgent.connect({ channel: writer }, { reconnectAfterDrops: 2 });
  while (agent.beat(Status.Ok) === BeatOutcome.Sent);
  // The second drop in a row "reconnects", which a channel need not, and repeats its frame.
  expect(agent.beat(Status.Ok, 5)).toBe(BeatOutcome.Dropped);
  reader.poll(() => {}, 1000);
  expect(agent.beat(Status.Ok, 6)).toBe(BeatOutcome.Sent);
  let last = Buffer.alloc(0);
  reader.poll((buffer, offset, length) => {
    last = Buffer.from(buffer.subarray(offset, offset + length));
  }, 1000);
  expect(decodeVlpFrame(last).payload).toBe(6n);
});
