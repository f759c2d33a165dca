/** Logs of the original are read by our images to the messages its subscriber got, and written by ours to its bytes. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LogBuffers } from '../../src/aeron/client/log-buffers.js';
import { Publication } from '../../src/aeron/client/publication/concurrent-publication.js';
import { ExclusivePublication } from '../../src/aeron/client/publication/exclusive-publication.js';
import { FragmentAssembler } from '../../src/aeron/client/subscription/fragment-assembler.js';
import { Image } from '../../src/aeron/client/subscription/image.js';
import { hash31, payload } from './payload.js';
import { capture, expectation } from './vectors.js';

const PAGE = 3 * 65_536;
const FAR = 2 ** 40;

let folder: tmp.DirResult;
const logs: LogBuffers[] = [];
beforeEach(() => {
  folder = tmp.dirSync({ unsafeCleanup: true });
});
afterEach(() => {
  for (const log of logs.splice(0)) log.close();
  folder.removeCallback();
});

function open(name: string): LogBuffers {
  const file = path.join(folder.name, `${logs.length}.logbuffer`);
  fs.writeFileSync(file, Buffer.from(capture(`${name}.logbuffer`)));
  const log = LogBuffers.open(file);
  logs.push(log);
  return log;
}

function counter(position = 0) {
  const memory = new ArrayBuffer(128);
  const slot = { i32: new Int32Array(memory), i64: new BigInt64Array(memory), index: 0 };
  slot.i64[0] = BigInt(position);
  slot.i64[1] = 9n;
  return slot;
}

function image(log: LogBuffers, position = 0): Image {
  const parts = { correlationId: 1n, sessionId: log.metadata.sessionId, sourceIdentity: 'aeron:ipc' };
  return new Image({
    ...parts,
    log,
    counter: counter(position),
    subscription: { channel: 'aeron:ipc', streamId: 1, registrationId: 1n, isClosed: false },
    counterRegistrationId: 9n,
    subscriberPositionId: 0,
  });
}

function parts(log: LogBuffers) {
  return {
    channel: 'aeron:ipc',
    log,
    registrationId: 1n,
    originalRegistrationId: 1n,
    limit: counter(FAR),
    limitCounterId: 0,
    channelStatusId: -1,
    release: () => {},
  };
}

describe('an image', () => {
  test.each(['ipc-exclusive', 'udp-publication'])('%s delivers the messages of its subscriber', (name) => {
    const { delivered } = expectation(`${name}.logbuffer`).clientView;
    const found: object[] = [];
    const assembler = new FragmentAssembler((buffer, offset, length, header) => {
      found.push({
        deliveredLength: length,
        hash31: hash31(buffer.subarray(offset, offset + length)),
        flags: header.flags,
        termId: header.termId,
        termOffset: header.termOffset,
        reservedValue: String(header.reservedValue),
        position: header.position,
      });
    });
    const log = open(name);
    const stream = image(log);
    while (stream.poll(assembler.handler, 3) > 0);
    if (name === 'ipc-exclusive') {
      // A claim that was left open stops the reader; it was committed after the capture.
      expect(found).toHaveLength(delivered.length - 1);
      const at = delivered.at(-1).termOffset / 4;
      Atomics.store(log.i32, at, -(log.i32[at] as number));
      expect(stream.poll(assembler.handler, 3)).toBe(1);
    }
    expect(found).toEqual(delivered);
    expect(stream.position).toBe(delivered.at(-1).position);
  });

  test('udp-image contains the same messages as its publication', () => {
    const read = (name: string) => {
      const messages: string[] = [];
      const assembler = new FragmentAssembler((buffer, at, length) =>
        messages.push(buffer.toString('hex', at, at + length)),
      );
      const stream = image(open(name));
      while (stream.poll(assembler.handler, 100) > 0);
      return messages;
    };
    expect(read('udp-image')).toEqual(read('udp-publication'));
  });

  test('a consumed log delivers no message, and the remaining frames of many terms are the last ones delivered', () => {
    expect(image(open('ipc-exclusive-consumed')).poll(() => {}, 100)).toBe(0);
    const { delivered } = expectation('ipc-shared-after-many-terms.logbuffer');
    const last = delivered.at(-1);
    const log = open('ipc-shared-after-many-terms');
    const frames: { position: number; hash31: number }[] = [];
    const assembler = new FragmentAssembler((buffer, at, length, header) =>
      frames.push({ position: header.position, hash31: hash31(buffer.subarray(at, at + length)) }),
    );
    for (const { position } of delivered.slice(-8)) {
      const stream = image(log, position);
      while (stream.poll(assembler.handler, 100) > 0);
    }
    for (const { position, hash31: hash } of frames) {
      expect(delivered.find((m: { position: number }) => m.position === position)?.hash31).toBe(hash);
    }
    expect(last.position).toBeLessThanOrEqual(5 * 65_536);
  });
});

describe('a shared publication', () => {
  test('writes padding, overshoot and rotation at the end of a term like the C client', () => {
    const log = open('ipc-shared-before-rotation');
    const after = Buffer.from(capture('ipc-shared-after-rotation.logbuffer'));
    const publication = new Publication(parts(log));
    const { ops } = expectation('ipc-shared-after-many-terms.logbuffer').clientView;
    const at = ops.findIndex((op: { result: number }) => op.result > 65_536);
    const attempts = ops.slice(0, at + 1).filter((op: { result: number }) => op.result < 0).length;
    const { length, seed, result } = ops[at];
    expect(length).toBe(5000);
    expect(publication.offer(payload(length, seed))).toBe(-3);
    expect(publication.offer(payload(length, seed))).toBe(result);
    expect(attempts).toBeLessThanOrEqual(1);
    expect(log.bytes.subarray(0, PAGE + 32).equals(after.subarray(0, PAGE + 32))).toBe(true);
  });

  test('writes the same bytes as the C client over five terms', () => {
    const log = open('ipc-shared-before-rotation');
    log.bytes.fill(0, 0, PAGE);
    log.page.bytes.fill(0, 0, 28);
    for (const [i, termId] of [-5, -7, -6].entries()) log.page.store64(8 * i, BigInt(termId) << 32n);
    const publication = new Publication(parts(log));
    const { clientView } = expectation('ipc-shared-after-many-terms.logbuffer');
    const after = Buffer.from(capture('ipc-shared-after-many-terms.logbuffer'));
    let count = 0;
    for (const { op, length, seed, result } of clientView.ops) {
      if (op !== 'offer') continue;
      let position = publication.offer(payload(length, seed));
      if (position === -3 && result > 0) {
        // What the driver does behind the subscribers: a partition is clean before it is used again.
        position = publication.offer(payload(length, seed));
      }
      expect(position).toBe(result);
      const active = log.activeTermCount;
      if (active !== count) log.bytes.fill(0, ((active + 1) % 3) * 65_536, (((active + 1) % 3) + 1) * 65_536);
      count = active;
    }
    expect(log.page.bytes.subarray(0, 28).equals(after.subarray(PAGE, PAGE + 28))).toBe(true);
    const partition = log.activeTermCount % 3;
    const end = (partition + 1) * 65_536;
    // The driver of the capture had zeroed what was read long ago; from there on every byte is the same.
    let from = partition * 65_536;
    while (from < end && after.readInt32LE(from) === 0) from += 32;
    expect(from).toBeLessThan(end);
    expect(log.bytes.subarray(from, end).equals(after.subarray(from, end))).toBe(true);
  });
});

test('a block that is polled from one log and offered to another has the same bytes', () => {
  const source = open('udp-publication');
  const copy = open('udp-publication');
  copy.bytes.fill(0, 0, PAGE);
  for (const [i, termId] of [1, -1, 0].entries()) copy.page.store64(8 * i, BigInt(termId) << 32n);
  const target = new ExclusivePublication(parts(copy));
  const stream = image(source);
  stream.blockPoll((buffer, at, length) => {
    const block = buffer.subarray(at, at + length);
    expect(() => target.offerBlock(block.subarray(32))).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(target.offerBlock(block)).toBe(length);
  }, 65_536);
  expect(stream.position).toBe(3296);
  expect(copy.bytes.subarray(0, PAGE + 24).equals(source.bytes.subarray(0, PAGE + 24))).toBe(true);
});
