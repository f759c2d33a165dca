import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  RetryWriter,
  type RetryWriterHandle,
  ShmReader,
  ShmWriter,
  verifyChannel,
  WriteResult,
} from '../../../src/channel/index.js';
import { SharedWriterState } from '../../../src/channel/log/shared-writer-state.js';
import { availableBackends, type BackendName } from '../../../src/platform/index.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { bytesOf, CHANNEL, DATA, EXAMPLE } from './example-channel.js';

const script = new URL('./processes/producing-worker.mjs', import.meta.url);

function produce(writer: RetryWriter, workerData: { count: number; mode?: 'claim' | 'stage' }): Worker {
  const worker = new Worker(script, { workerData: { handle: writer.share(), ...workerData } });
  writer.watch(worker);
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

async function message(worker: Worker): Promise<unknown> {
  const [received] = (await once(worker, 'message')) as [unknown];
  return received;
}

/** How many records each thread has in the channel; each thread's must be in order and whole. */
function countsOf(root: string): Map<number, number> {
  using reader = ShmReader.open(root, CHANNEL);
  const counts = new Map<number, number>();
  reader.poll((buffer, offset, length) => {
    const thread = buffer.readUInt32LE(offset);
    const n = counts.get(thread) ?? 0;
    const sound =
      length === 24 &&
      buffer.readUInt32LE(offset + 4) === n &&
      buffer.subarray(offset + 8, offset + 24).every((byte) => byte === (n & 0xff));
    if (!sound) throw new Error(`record ${n} of thread ${thread} is lost, torn or out of order`);
    counts.set(thread, n + 1);
  });
  return counts;
}

const LARGE = { ...EXAMPLE, capacity: 32 << 20 };

describe.each(availableBackends())('producers in worker threads (%s)', (backend: BackendName) => {
  test('three workers write all their records, each in its order', async () => {
    const root = memoryFolder();
    using writer = new RetryWriter(ShmWriter.create(root, { ...LARGE, backend }));
    const count = 50_000;
    const workers = [1, 2, 3].map(() => produce(writer, { count }));
    const threads = workers.map((worker) => worker.threadId);
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    expect(countsOf(root)).toEqual(new Map(threads.map((thread) => [thread, count])));
    expect(writer.writeOffset).toBe(3 * count * 32);
    writer.close();
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', records: 3 * count });
  });

  test('the owner cleans up after a worker that dies with the mutex', async () => {
    const root = memoryFolder();
    using writer = new RetryWriter(ShmWriter.create(root, { ...EXAMPLE, backend }));
    writer.write(Buffer.from('before'));
    const worker = produce(writer, { count: 0, mode: 'claim' });
    expect(await message(worker)).toBe('claimed');
    expect(writer.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
    expect(() => writer.write(Buffer.from('x'))).toThrow(
      expect.objectContaining({ code: 'WRITERS_CONTEND' }),
    );
    expect(bytesOf(root).subarray(DATA + 24, DATA + 64)).toEqual(Buffer.alloc(40, 0xee));
    await worker.terminate();
    expect(bytesOf(root).subarray(DATA + 24, DATA + 64)).toEqual(Buffer.alloc(40));
    expect(writer.write(Buffer.from('behind'))).toBe(16);
    writer.close();
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', records: 2 });
  });

  test('the owner cleans up after a worker that dies with staged records', async () => {
    const root = memoryFolder();
    using writer = new RetryWriter(ShmWriter.create(root, { ...EXAMPLE, backend }));
    writer.write(Buffer.from('before'));
    const worker = produce(writer, { count: 0, mode: 'stage' });
    expect(await message(worker)).toBe('staged');
    expect(writer.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
    expect(writer.stage(8)).toBe(WriteResult.Busy);
    expect(writer.publish()).toBe(0);
    writer.discard();
    expect(writer.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
    // Payload, header and payload of the two records after "before", whose header is a marker.
    expect(bytesOf(root).subarray(DATA + 24, DATA + 64)).toEqual(
      Buffer.concat([Buffer.alloc(16, 0xee), Buffer.of(16, 0, 0, 0, 0, 0, 0, 0), Buffer.alloc(16, 0xee)]),
    );
    await worker.terminate();
    expect(bytesOf(root).subarray(DATA + 24, DATA + 64)).toEqual(Buffer.alloc(40));
    writer.buffer.write('staged', writer.stage(6));
    expect(writer.publish()).toBe(16);
    writer.close();
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', records: 2 });
  });

  test('workers terminated at any time lose and tear no record, and block no thread', async () => {
    const root = memoryFolder();
    using writer = new RetryWriter(ShmWriter.create(root, { ...LARGE, backend }));
    const survivor = produce(writer, { count: 20_000 });
    const survived = once(survivor, 'exit');
    const { threadId } = survivor;
    for (let trial = 0; trial < 10; trial++) {
      // All of them and the survivor fit into the log, however late a worker is terminated.
      const worker = produce(writer, { count: 80_000 });
      await message(worker);
      await sleep(trial / 2);
      await worker.terminate();
    }
    await survived;
    expect(writer.heartbeat()).toBe(8);
    const counts = countsOf(root);
    expect(counts.get(threadId)).toBe(20_000);
    expect(counts.size).toBeGreaterThan(1);
    writer.close();
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', error: null });
  });

  test('after the owner has closed, a worker stores nothing', async () => {
    const root = memoryFolder();
    const writer = new RetryWriter(ShmWriter.create(root, { ...LARGE, backend }));
    const worker = produce(writer, { count: Number.POSITIVE_INFINITY });
    // It ends during the sleep when it fills the log before.
    const exited = once(worker, 'exit');
    await message(worker);
    await sleep(5);
    writer.close();
    const closed = bytesOf(root);
    await exited;
    expect(bytesOf(root).equals(closed)).toBe(true);
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', writer: 'dead' });
  });
});

describe('in one thread', () => {
  function open() {
    const root = temporaryFolder();
    const owner = new RetryWriter(ShmWriter.create(root, EXAMPLE));
    const other = RetryWriter.attach(owner.share());
    return { root, owner, other };
  }

  test('many producers write through one or several objects in turn', () => {
    const { root, owner, other } = open();
    owner.write(Buffer.from('a'));
    other.write(Buffer.from('bb'), 1);
    owner.writeBatch([Buffer.from('c'), Buffer.from('d')]);
    other.heartbeat();
    expect([owner.writeOffset, other.writeOffset]).toEqual([72, 72]);
    expect([owner.available, other.available]).toEqual([16_296, 16_296]);
    other.flush();
    other.close();
    other.close();
    expect(other.tryWrite(Buffer.from('x'))).toBe(WriteResult.Closed);
    owner.write(Buffer.from('e'));
    owner.close();
    owner.close();
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ records: 5, heartbeats: 1, end: 'closed' });
  });

  test('a claim excludes all others until it ends', () => {
    const { owner, other } = open();
    const at = other.tryClaim(4);
    expect(owner.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
    expect(() => other.write(Buffer.from('x'))).toThrow(expect.objectContaining({ code: 'WRITERS_CONTEND' }));
    expect(() => other.tryClaim(4)).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    other.buffer.write('data', at);
    expect(other.commit()).toBe(16);
    other.tryClaim(4);
    other.abort();
    expect(() => other.abort()).toThrow(expect.objectContaining({ code: 'NO_CLAIM' }));
    expect(() => owner.commit()).toThrow(expect.objectContaining({ code: 'NO_CLAIM' }));
    expect(owner.write(Buffer.from('x'))).toBe(16);
    owner.close();
  });

  test('staged records exclude all others until they are published or discarded', () => {
    const { owner, other } = open();
    for (const end of [() => other.publish(), () => other.discard()]) {
      other.stage(4);
      other.stage(4);
      expect(owner.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
      expect(owner.stage(4)).toBe(WriteResult.Busy);
      expect(owner.publish()).toBe(0);
      expect(() => other.tryClaim(4)).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
      expect(() => other.commit()).toThrow(expect.objectContaining({ code: 'NO_CLAIM' }));
      expect(owner.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
      end();
      expect(owner.write(Buffer.from('x'))).toBe(16);
    }
    // A claim stays open over a call that ends only staged records.
    other.tryClaim(4);
    other.discard();
    expect(() => other.publish()).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    expect(owner.tryWrite(Buffer.from('x'))).toBe(WriteResult.Busy);
    other.abort();
    other.stage(4);
    other.close();
    expect(owner.write(Buffer.from('x'))).toBe(16);
    expect(owner.writeOffset).toBe(2 * 16 + 3 * 16);
    owner.close();
  });

  test('a refusal releases the mutex', () => {
    const { owner, other } = open();
    expect(other.stage(500)).toBe(WriteResult.RecordTooLong);
    expect(() => other.stage(0)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(other.tryWrite(Buffer.alloc(500))).toBe(WriteResult.RecordTooLong);
    expect(other.tryClaim(500)).toBe(WriteResult.RecordTooLong);
    expect(() => other.write(Buffer.alloc(4), 5)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => other.write(Buffer.alloc(500))).toThrow(
      expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED' }),
    );
    expect(owner.write(Buffer.from('x'))).toBe(16);
    owner.close();
    expect(() => other.heartbeat()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(() => other.flush()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    expect(other.available).toBe(0);
    other.close();
  });

  test('close fails if a thread never ends its write, and may be called again', () => {
    const { root, owner } = open();
    const { state } = owner.share();
    Atomics.store(new Int32Array(state), 0, 9999);
    expect(() => owner.close()).toThrow(expect.objectContaining({ code: 'WRITERS_CONTEND' }));
    Atomics.store(new Int32Array(state), 0, 0);
    owner.close();
    expect(verifyChannel(root, CHANNEL).end).toBe('closed');
  });

  test('a handle whose file was replaced is refused', () => {
    const { owner } = open();
    const handle: RetryWriterHandle = { ...owner.share(), inode: 1n };
    expect(() => RetryWriter.attach(handle)).toThrow(expect.objectContaining({ code: 'STORAGE_NOT_FOUND' }));
    owner.close();
  });

  test('the mutex is taken over only from the thread that holds it', () => {
    const state = new SharedWriterState();
    expect(state.inherit(5)).toBe(false);
    Atomics.store(new Int32Array(state.memory), 0, 5);
    expect(state.inherit(6)).toBe(false);
    expect(state.tryEnter()).toBe(false);
    expect(state.inherit(5)).toBe(true);
    state.leave();
    expect(state.enterWithin(0)).toBe(true);
  });
});
