/**
 * Damaged files of every kind cause a typed error or a correct reading; no crash, no hang, no access after
 * the end of the file. Separate processes read them, so that an access after the end kills the process.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { channelPaths, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import {
  availableBackends,
  ManualClock,
  openRegularFile,
  selectBackend,
} from '../../../src/platform/index.js';
import { SEED } from '../../seed.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { text } from '../../writer-and-reader.js';
import { OPTIONS } from '../channel-under-test.js';
import { readChecked } from './processes/read-checked.mjs';

const MUTANTS = sized({ test: 10_000, all: 20_000, long: 200_000 }, 'RINGWIRE_MUTANTS');
const SCRIPT = fileURLToPath(new URL('./processes/read-mutants.mjs', import.meta.url));
const CHANNEL = 7;
const PAGE = 4096;

/** The bytes of a channel that `fill` wrote to; the writer is not closed unless `fill` does it. */
function image(fill: (writer: ShmWriter) => void, options = {}): Buffer {
  const writer = ShmWriter.create(memoryFolder(), {
    ...OPTIONS,
    channelId: CHANNEL,
    doorbell: false,
    clock: new ManualClock(),
    ...options,
  });
  fill(writer);
  const bytes = fs.readFileSync(writer.path);
  writer.close();
  return bytes;
}

const three = (writer: ShmWriter) => {
  for (const record of ['one', 'two-2-two', 'exactly8']) writer.write(text(record));
};
const THREE = ['0 6f6e65', '16 74776f2d322d74776f', '40 65786163746c7938'];

/** A root that holds these bytes as channel {@link CHANNEL}. */
function rootOf(bytes: Buffer): string {
  const root = memoryFolder();
  const { folder, file } = channelPaths(root, CHANNEL);
  fs.mkdirSync(folder);
  fs.writeFileSync(file, bytes);
  return root;
}

describe.each(availableBackends())('a damaged file with %s', (backend) => {
  const share = Math.ceil(MUTANTS / availableBackends().length);

  it(`is read correctly or refused, ${share} times`, { timeout: 300_000 }, () => {
    const bases = memoryFolder();
    const full = (writer: ShmWriter) => {
      for (let i = 0; writer.available >= 128; i++)
        writer.write(Buffer.alloc(1 + (i % writer.header.maxMessageLength), i));
      writer.close();
    };
    const images = [
      image((writer) => {
        three(writer);
        writer.close();
      }),
      image(three),
      image(full),
      image(full, { profile: 'heartbeat', capacity: 10_240 }),
      image((writer) => {
        for (let i = 0; i < 20; i++) i % 3 === 0 ? writer.write(text('beat')) : writer.heartbeat();
      }),
      image((writer) => {
        writer.writeBatch(Array.from({ length: 50 }, (_, i) => Buffer.alloc(i + 1, i)));
        writer.close();
      }),
      image(full).subarray(0, 16_384 + 128),
    ];
    images.forEach((bytes, i) => void fs.writeFileSync(`${bases}/${i}`, bytes));
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [SCRIPT, bases, memoryFolder(), backend, String(SEED), String(share)],
      { encoding: 'utf8', timeout: 280_000 },
    );
    expect({ status, signal, stderr }, `RINGWIRE_SEED=${SEED}`).toEqual({
      status: 0,
      signal: null,
      stderr: '',
    });
    const { ends } = JSON.parse(stdout) as { ends: Record<string, number> };
    // The damage reached everything a reader can answer.
    expect(Object.keys(ends).sort()).toEqual([
      'CLOSED',
      'CORRUPT_CHANNEL',
      'INCOMPATIBLE_VERSION',
      'INVALID_CAPACITY',
      'INVALID_MAX_MESSAGE_LENGTH',
      'INVALID_SIGNATURE',
      'INVALID_TICK_UNIT',
      'STORAGE_TRUNCATED',
      'nothing',
    ]);
  });

  it('with any one bit of its header flipped is refused for it, or read as it is', () => {
    const sound = image((writer) => {
      three(writer);
      writer.close();
    });
    const root = rootOf(sound);
    const { file } = channelPaths(root, CHANNEL);
    const fd = fs.openSync(file, 'r+');
    const seen = new Map<string, number>();
    for (let bit = 0; bit < 128 * 8; bit++) {
      const byte = bit >> 3;
      const flipped = Buffer.from(sound.subarray(0, 128));
      flipped[byte]! ^= 1 << (bit & 7);
      fs.writeSync(fd, flipped, byte, 1, byte);
      const { records, end, problem } = readChecked(root, CHANNEL, sound.length, backend);
      expect(problem, `bit ${bit}`).toBeNull();
      expect(end, `bit ${bit}`).toBe(expectedOf(flipped));
      if (end === 'CLOSED') expect(records, `bit ${bit}`).toEqual(THREE);
      seen.set(end, (seen.get(end) ?? 0) + 1);
      fs.writeSync(fd, sound, byte, 1, byte);
    }
    fs.closeSync(fd);
    // 64 bits of the signature; all of the version but the one that makes it 0.0.0; and so on.
    expect(seen.get('INVALID_SIGNATURE')).toBe(64);
    expect(seen.get('INCOMPATIBLE_VERSION')).toBe(63);
    expect(seen.get('INVALID_TICK_UNIT')).toBeGreaterThan(0);
    expect([...seen.values()].reduce((a, b) => a + b)).toBe(1024);
  });

  it('truncated to any length delivers its remaining records', () => {
    const sound = image((writer) => {
      three(writer);
      writer.close();
    });
    const root = rootOf(sound);
    const { file } = channelPaths(root, CHANNEL);
    const lengths = [
      ...Array(1200).keys(),
      ...[1, 2, 3, 4].flatMap((n) => [-8, -1, 0, 1, 8].map((d) => n * PAGE + d)),
    ];
    for (const length of lengths) {
      fs.writeFileSync(file, sound.subarray(0, length));
      const { records, end, problem } = readChecked(root, CHANNEL, length, backend);
      const whole = [
        [0, 3],
        [16, 9],
        [40, 8],
      ].filter(([at, n]) => length >= 1024 + at! + 8 + n!).length;
      expect({ length, problem, end, records }).toEqual({
        length,
        problem: null,
        end: length >= 1024 + 56 + 8 ? 'CLOSED' : 'STORAGE_TRUNCATED',
        records: length < 1032 ? [] : THREE.slice(0, whole),
      });
    }
  });

  it('truncated and extended again is a hole, not a stream of heartbeats', () => {
    const sound = image(three);
    for (const [cut, grown, end, expected] of [
      [1024 + 16, sound.length, 'CORRUPT_CHANNEL', 1],
      [1024 + 24, sound.length, 'CORRUPT_CHANNEL', 1],
      [1024 + 40, sound.length, 'CORRUPT_CHANNEL', 2],
      [1024 + 16, 1024 + 4096, 'STORAGE_TRUNCATED', 1],
      [1024, sound.length, 'CORRUPT_CHANNEL', 0],
      [1024 + 56, sound.length * 3, 'CORRUPT_CHANNEL', 3],
    ] as const) {
      const root = rootOf(sound.subarray(0, cut));
      fs.truncateSync(channelPaths(root, CHANNEL).file, grown);
      const answer = readChecked(root, CHANNEL, grown, backend);
      // The word of a record whose payload was lost stands in front of zeros: nothing can tell.
      const lost = cut === 1024 + 24 ? 1 : 0;
      expect({ cut, ...answer, records: answer.records.length }).toMatchObject({
        end,
        problem: null,
        records: expected + lost,
        heartbeats: 0,
      });
    }
  });

  it('does not deliver a record after the end of the file, although the page still contains it', () => {
    const sound = image(three);
    const root = rootOf(sound);
    const { file } = channelPaths(root, CHANNEL);
    const length = 1024 + 16;
    fs.truncateSync(file, length);
    const { fd } = openRegularFile(file, true);
    // As the original writer does: stores behind the end of its file, inside the last page.
    const mapping = selectBackend(PAGE, backend).map(fd, PAGE, true);
    new Uint8Array(mapping.memory).set(sound.subarray(length, PAGE), length);
    expect(
      Buffer.from(mapping.memory)
        .subarray(length, length + 8)
        .readBigUInt64LE(),
    ).toBe(9n);
    const { records, end, position } = readChecked(root, CHANNEL, length, backend);
    expect({ records, end, position }).toEqual({
      records: THREE.slice(0, 1),
      end: 'STORAGE_TRUNCATED',
      position: 16,
    });
    mapping.close();
    fs.closeSync(fd);
  });

  it('is read up to its length at opening, even if it grows later', () => {
    const sound = image(three);
    const root = rootOf(sound.subarray(0, 1024 + 16));
    using reader = ShmReader.open(root, CHANNEL, { backend, timeout: 'never' });
    fs.writeFileSync(channelPaths(root, CHANNEL).file, sound);
    expect(reader.poll(() => {})).toBe(1);
    expect(() => reader.poll(() => {})).toThrowError(expect.objectContaining({ code: 'STORAGE_TRUNCATED' }));
  });
});

/** The answer to a header, by the rules of the format alone. */
function expectedOf(header: Buffer): string {
  if (header.toString('latin1', 0, 8) !== '*KEKBIT*') return 'INVALID_SIGNATURE';
  if (header.readBigUInt64LE(8) > 1n << 48n) return 'INCOMPATIBLE_VERSION';
  const capacity = header.readUInt32LE(32);
  if (capacity < 10_240 || capacity % 8 !== 0) return 'INVALID_CAPACITY';
  const longest = header.readUInt32LE(36);
  if (longest > Math.ceil((Math.floor(capacity / 128) - 8) / 8) * 8 || longest % 8 !== 0) {
    return 'INVALID_MAX_MESSAGE_LENGTH';
  }
  if (![0, 3, 6, 9].includes(header.readUInt8(56))) return 'INVALID_TICK_UNIT';
  return 'CLOSED';
}
