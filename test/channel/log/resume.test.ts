import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ShmReader, ShmWriter, verifyChannel } from '../../../src/channel/index.js';
import { availableBackends } from '../../../src/platform/index.js';
import { child, kill, messageFrom } from '../../child.js';
import { temporaryFolder } from '../../temporary.js';
import { bytesOf, CHANNEL, die, EXAMPLE, fileOf, poke, shorten, word } from './example-channel.js';

const script = new URL('./processes/dying-writer.mjs', import.meta.url);

/** A channel with three records whose writer died; `leave` runs while it is still open. */
function abandoned(root: string, leave: (writer: ShmWriter) => void = () => {}): void {
  const writer = ShmWriter.create(root, EXAMPLE);
  for (const text of ['one', 'two', 'three']) writer.write(Buffer.from(text));
  leave(writer);
  die(root, writer);
}

function texts(root: string): string[] {
  using reader = ShmReader.open(root, CHANNEL);
  const found: string[] = [];
  reader.poll((buffer, offset, length) => void found.push(buffer.toString('utf8', offset, offset + length)));
  return found;
}

describe.each(availableBackends())('resume after SIGKILL (%s)', (backend) => {
  test('a successor continues after the last published record, and a reader continues without an error', async () => {
    const root = temporaryFolder();
    const first = child(script, root, 'create', backend, 100);
    await messageFrom(first);
    using reader = ShmReader.open(root, CHANNEL, { backend });
    const seen: string[] = [];
    const collect = (buffer: Buffer, offset: number, length: number) =>
      void seen.push(buffer.toString('utf8', offset, offset + length));
    reader.poll(collect);
    expect(() => ShmWriter.resume(root, CHANNEL, { backend })).toThrow(
      expect.objectContaining({ code: 'WRITER_EXISTS', message: expect.stringContaining(`${first.pid}`) }),
    );
    await kill(first);
    expect(reader.writerAlive).toBe(false);

    const second = child(script, root, 'resume', backend, 50);
    const { position } = await messageFrom<{ position: number }>(second);
    reader.poll(collect);
    expect(reader.position).toBe(position);
    expect(reader.writerAlive).toBe(true);
    expect(verifyChannel(root, CHANNEL)).toMatchObject({
      writer: 'alive',
      owner: { pid: second.pid },
      records: 150,
    });
    await kill(second);

    using writer = ShmWriter.resume(root, CHANNEL, { backend });
    writer.write(Buffer.from('last'));
    writer.close();
    reader.poll(collect);
    reader.poll(collect);
    const expected = [
      ...Array.from({ length: 100 }, (_, i) => `create ${i}`),
      ...Array.from({ length: 50 }, (_, i) => `resume ${i}`),
      'last',
    ];
    expect(seen).toEqual(expected);
    expect(reader.endReason).toMatchObject({ code: 'CLOSED' });
  });

  test('10 writers killed in sequence lose and add no record', async () => {
    const root = temporaryFolder();
    await kill(await started(child(script, root, 'create', backend, 10)));
    for (let i = 1; i < 10; i++) await kill(await started(child(script, root, 'resume', backend, 10)));
    expect(verifyChannel(root, CHANNEL)).toMatchObject({
      records: 100,
      end: 'open',
      writer: 'dead',
      error: null,
    });
  });

  test('clears the bytes of an unfinished claim and batch after the WATERMARK', () => {
    const root = temporaryFolder();
    abandoned(root);
    const before = verifyChannel(root, CHANNEL);
    poke(root, before.position + 8, Buffer.from('half a payload'));
    poke(root, before.position + 32, word(5n));
    poke(root, 12_000, word(-4008636143n));
    using writer = ShmWriter.resume(root, CHANNEL, { backend });
    expect(writer.writeOffset).toBe(before.position);
    const area = bytesOf(root).subarray(1024 + before.position + 8);
    expect(area.equals(Buffer.alloc(area.length))).toBe(true);
    writer.write(Buffer.from('four'));
    expect(texts(root)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('a file of the original that ends before its data area is resumed only by force, and never written after its end', () => {
    const root = temporaryFolder();
    abandoned(root);
    shorten(root, 160);
    expect(() => ShmWriter.resume(root, CHANNEL, { backend })).toThrow(
      expect.objectContaining({ code: 'WRITER_EXISTS', message: expect.stringContaining('force') }),
    );
    const length = fs.statSync(fileOf(root)).size;
    using writer = ShmWriter.resume(root, CHANNEL, { backend, force: true });
    expect(writer.available).toBe(length - 1024 - 8 - writer.writeOffset);
    while (writer.available >= 8) writer.write(Buffer.alloc(Math.min(112, writer.available - 8), 'x'));
    expect(() => writer.heartbeat()).toThrow(expect.objectContaining({ code: 'CHANNEL_FULL' }));
    writer.close();
    expect(fs.statSync(fileOf(root)).size).toBe(length);
    expect(verifyChannel(root, CHANNEL)).toMatchObject({ end: 'closed', position: length - 1024 - 8 });
  });
});

async function started<T extends Parameters<typeof messageFrom>[0]>(process: T): Promise<T> {
  await messageFrom(process);
  return process;
}

describe('resume refuses', () => {
  const codeOf = (root: string) => {
    const before = bytesOf(root);
    try {
      ShmWriter.resume(root, CHANNEL).close();
    } catch (error) {
      expect(bytesOf(root).equals(before), 'the file is unchanged').toBe(true);
      return (error as { code?: string }).code;
    }
    return 'resumed';
  };

  test('a channel that was closed', () => {
    const root = temporaryFolder();
    ShmWriter.create(root, EXAMPLE).close();
    expect(codeOf(root)).toBe('CLOSED');
  });

  test('a damaged channel', () => {
    const root = temporaryFolder();
    abandoned(root);
    poke(root, 16, word(0xdead_beefn));
    expect(codeOf(root)).toBe('CORRUPT_CHANNEL');
  });

  test('a channel without room for one more heartbeat', () => {
    const root = temporaryFolder();
    abandoned(root, (writer) => {
      while (writer.available >= 8) writer.heartbeat();
    });
    expect(codeOf(root)).toBe('CHANNEL_FULL');
  });

  test('a channel with a live writer in the same process', () => {
    const root = temporaryFolder();
    using writer = ShmWriter.create(root, EXAMPLE);
    expect(codeOf(root)).toBe('WRITER_EXISTS');
    writer.write(Buffer.from('goes on'));
    expect(texts(root)).toEqual(['goes on']);
  });

  test('a missing channel', () => {
    expect(() => ShmWriter.resume(temporaryFolder(), CHANNEL)).toThrow(
      expect.objectContaining({ code: 'STORAGE_NOT_FOUND' }),
    );
  });
});

test('a successor wakes a reader that sleeps on the doorbell', () => {
  const root = temporaryFolder();
  const first = ShmWriter.create(root, EXAMPLE);
  using reader = ShmReader.open(root, CHANNEL);
  const rings = reader.doorbell?.announce();
  die(root, first);
  using second = ShmWriter.resume(root, CHANNEL);
  second.heartbeat();
  expect(reader.doorbell?.announce()).not.toBe(rings);
});

test.each(availableBackends())('close releases the lock at once (%s)', (backend) => {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, { ...EXAMPLE, backend });
  using reader = ShmReader.open(root, CHANNEL);
  expect(reader.writerAlive).toBe(true);
  writer.close();
  expect(reader.writerAlive).toBe(false);
});
