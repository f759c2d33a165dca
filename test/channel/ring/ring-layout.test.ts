import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channelPaths, RingReader, RingWriter, ShmReader, TickUnit } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { RING } from './ring-under-test.js';

/** A ring with three records, the third behind padding, as bytes. */
function golden(): Buffer {
  const root = memoryFolder();
  const writer = RingWriter.create(root, {
    ...RING,
    channelId: 0x1234n,
    writerId: 5,
    policy: 'back-pressure',
  });
  writer.write(Buffer.from('one'));
  writer.heartbeat();
  writer.write(Buffer.from('record two'));
  const bytes = fs.readFileSync(channelPaths(root, 0x1234n).file);
  writer.close();
  return bytes;
}

describe('the bytes of a ring', () => {
  it('begin with a kekbit header of version 2.0.0', () => {
    const bytes = golden();
    expect(bytes.length).toBe(12_288 + 1024);
    expect(bytes.toString('latin1', 0, 8)).toBe('*KEKBIT*');
    expect(bytes.toString('hex', 8, 32)).toBe('000000000000020005000000000000003412000000000000');
    expect(bytes.readUInt32LE(32)).toBe(1024);
    expect(bytes.readUInt32LE(36)).toBe(56);
    expect(bytes.readBigUInt64LE(40)).toBe(1000n);
    expect(bytes.readUInt8(56)).toBe(TickUnit.Millis);
    expect(bytes.toString('hex', 64, 88)).toBe('010000000030000020000000200000000000000088130000');
  });

  it('have intent, checkpoint and records at the documented offsets', () => {
    const bytes = golden();
    // intent: 2 words of the first record, the word behind, and a sixteenth of 128 words ahead; then no new claim
    expect(bytes.readUInt32LE(128 + 4)).toBe(2 + 1 + 8);
    expect(bytes.toString('hex', 2048, 2048 + 24)).toBe(`02000000${'00'.repeat(20)}`);
    expect(bytes.toString('hex', 12_288, 12_288 + 56)).toBe(
      '03000000000000006f6e650000000000' + // "one", sequence 0
        'ffffffff01000000' + // heartbeat in front of sequence 1
        '0a000000010000007265636f72642074776f000000000000' + // "record two", sequence 1
        '0000000000000000', // nothing yet
    );
  });

  it('make a log reader report an incompatible version', () => {
    const root = memoryFolder();
    RingWriter.create(root, RING).close();
    expect(() => ShmReader.open(root, 7)).toThrow(expect.objectContaining({ code: 'INCOMPATIBLE_VERSION' }));
  });
});

describe('a damaged header', () => {
  it.each([
    ['INVALID_SIGNATURE', 0, 1],
    ['INCOMPATIBLE_VERSION', 14, 1],
    ['INVALID_CAPACITY', 32, 1],
    ['INVALID_CAPACITY', 35, 255],
    ['INVALID_MAX_MESSAGE_LENGTH', 37, 255],
    ['INVALID_TICK_UNIT', 56, 7],
    ['CORRUPT_CHANNEL', 64, 9],
    ['CORRUPT_CHANNEL', 69, 1],
    ['CORRUPT_CHANNEL', 80, 3],
  ])('is refused with %s (byte %i)', (code, offset, value) => {
    const root = memoryFolder();
    RingWriter.create(root, RING).close();
    const fd = fs.openSync(channelPaths(root, 7).file, 'r+');
    fs.writeSync(fd, Buffer.from([value]), 0, 1, offset);
    fs.closeSync(fd);
    expect(() => RingReader.open(root, 7)).toThrow(expect.objectContaining({ code }));
  });

  it('and a truncated file are refused before a mapping', () => {
    const root = memoryFolder();
    RingWriter.create(root, RING).close();
    fs.truncateSync(channelPaths(root, 7).file, 13_000);
    expect(() => RingReader.open(root, 7)).toThrow(expect.objectContaining({ code: 'STORAGE_TRUNCATED' }));
  });
});

describe('a ring', () => {
  it('accepts one writer, and another only after the first has closed or died', () => {
    const root = memoryFolder();
    const writer = RingWriter.create(root, RING);
    expect(() => RingWriter.resume(root, 7)).toThrow(expect.objectContaining({ code: 'WRITER_EXISTS' }));
    writer.write(Buffer.from('a'));
    writer.detach();
    const reader = RingReader.open(root, 7);
    expect(reader.writerAlive).toBe(false);
    const next = RingWriter.open(root, RING);
    expect(next.epoch).toBe(1);
    expect(next.sequence).toBe(1);
    next.write(Buffer.from('b'));
    expect([reader.tryRead()?.toString(), reader.tryRead()?.toString()]).toEqual(['a', 'b']);
    next.close();
    expect(reader.tryRead()).toBeNull();
    expect(reader.endReason?.code).toBe('CLOSED');
    expect(() => RingWriter.resume(root, 7)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    reader.close();
  });

  it('refuses too long records and reports the required capacity', () => {
    expect(() => RingWriter.create(memoryFolder(), { ...RING, maxMessageLength: 5000 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_MAX_MESSAGE_LENGTH',
        message: expect.stringContaining('40064'),
      }),
    );
  });
});
