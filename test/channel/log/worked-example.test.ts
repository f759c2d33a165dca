/** The essentials of the file format as literal bytes. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type ChannelOptions,
  channelPaths,
  ShmReader,
  ShmWriter,
  TickUnit,
} from '../../../src/channel/index.js';
import { availableBackends, ManualClock } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';

const HEADER = `
  2a4b454b4249542a 0000000000000100 0700000000000000 2a00000000000000
  00400000 70000000 1e00000000000000 00f1536500000000 00`;
const RECORDS = `
  0300000000000000 6f6e650000000000
  0900000000000000 74776f2d322d7477 6f00000000000000
  0800000000000000 65786163746c7938`;
const WATERMARK = '11111111ffffffff';
const CLOSE = 'ffffffffffffffff';

/** The whole file: header, zeros to 1024, data, zeros to the end. */
function fileOf(capacity: number, header: string, ...data: string[]): Buffer {
  const file = Buffer.alloc(1024 + capacity + 32);
  file.set(Buffer.from(header.replaceAll(/\s/g, ''), 'hex'));
  file.set(Buffer.from(data.join('').replaceAll(/\s/g, ''), 'hex'), 1024);
  return file;
}

const OPTIONS: ChannelOptions = {
  writerId: 7,
  channelId: 42,
  capacity: 10_000,
  maxMessageLength: 100,
  timeout: 30,
  tickUnit: TickUnit.Secs,
};

describe.each(availableBackends())('the worked example with %s', (backend) => {
  const create = (more: Partial<ChannelOptions> = {}) =>
    ShmWriter.create(temporaryFolder(), { ...OPTIONS, backend, clock: new ManualClock(), ...more });
  const expectFile = (writer: ShmWriter, file: Buffer) =>
    expect(fs.readFileSync(writer.path).toString('hex')).toBe(file.toString('hex'));

  it('has these bytes after creation, after three records and after close', () => {
    const writer = create();
    expectFile(writer, fileOf(16_384, HEADER, WATERMARK));
    expect(['one', 'two-2-two', 'exactly8'].map((text) => writer.write(Buffer.from(text)))).toEqual([
      16, 24, 16,
    ]);
    expect(writer.writeOffset).toBe(56);
    expectFile(writer, fileOf(16_384, HEADER, RECORDS, WATERMARK));
    writer.close();
    expectFile(writer, fileOf(16_384, HEADER, RECORDS, CLOSE));
  });

  it('begins with a heartbeat in the heartbeat profile, which may be as small as 10 240 bytes', () => {
    const writer = create({ profile: 'heartbeat', capacity: 0 });
    expect(writer.writeOffset).toBe(8);
    const header = HEADER.replace('00400000 70000000', '00280000 48000000');
    expectFile(writer, fileOf(10_240, header, '0000000000000000', WATERMARK));
    writer.write(Buffer.from('one'));
    writer.heartbeat();
    expectFile(
      writer,
      fileOf(
        10_240,
        header,
        '0000000000000000',
        '0300000000000000 6f6e650000000000',
        '0'.repeat(16),
        WATERMARK,
      ),
    );
    writer.close();
  });

  it('has the documented path', () => {
    const writer = create({ channelId: 0xaaaabbbbccccddddn });
    expect(writer.path.endsWith('/aaaa_bbbb/cccc_dddd.kekbit')).toBe(true);
    writer.close();
    expect(channelPaths('/r', 1000).file).toBe('/r/0000_0000/0000_03e8.kekbit');
    expect(channelPaths('/r', 1000).lock).toBe('/r/0000_0000/0000_03e8.lock');
  });

  it.each([
    ['an unknown word', 'ffffffff22222222', 'CORRUPT_CHANNEL'],
    ['a length above the largest record', '7100000000000000', 'CORRUPT_CHANNEL'],
    ['a length with a high half', '0300000001000000', 'CORRUPT_CHANNEL'],
    ['half a watermark', '11111111 00000000', 'CORRUPT_CHANNEL'],
    ['the other half', '03000000 ffffffff', 'CORRUPT_CHANNEL'],
    ['a close', CLOSE, 'CLOSED'],
  ])('delivers the records before %s and then reports it', (_what, word, code) => {
    const root = temporaryFolder();
    const paths = channelPaths(root, 42);
    fs.mkdirSync(paths.folder);
    fs.writeFileSync(paths.file, fileOf(16_384, HEADER, RECORDS, word));
    using reader = ShmReader.open(root, 42, { backend, timeout: 'never' });
    const seen: string[] = [];
    const poll = () =>
      reader.poll((b, o, n, position) => seen.push(`${position} ${b.toString('utf8', o, o + n)}`));
    expect(poll()).toBe(3);
    expect(seen).toEqual(['0 one', '16 two-2-two', '40 exactly8']);
    if (code === 'CLOSED') expect(poll()).toBe(0);
    else expect(poll).toThrowError(expect.objectContaining({ code, position: 56 }));
    expect(poll()).toBe(0);
    expect(reader.endReason).toMatchObject({ code, position: 56, path: paths.file });
    expect(reader.position).toBe(56);
  });
});
