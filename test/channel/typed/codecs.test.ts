import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ChecksumHandler,
  type Codec,
  type Encodable,
  EncoderHandler,
  encodable,
  json,
  msgpack,
  raw,
  ShmReader,
  ShmWriter,
  TypedReader,
  TypedWriter,
  utf8,
  WriteResult,
} from '../../../src/channel/index.js';
import { optionalPackage } from '../../../src/channel/typed/codecs/optional-package.js';
import { temporaryFolder } from '../../temporary.js';
import { bytesOf, CHANNEL, DATA, EXAMPLE } from '../log/example-channel.js';

const BIG = { ...EXAMPLE, capacity: 1 << 20, maxMessageLength: 8000 };

function open<T>(codec: Codec<T>, options = EXAMPLE) {
  const root = temporaryFolder();
  const writer = new TypedWriter(ShmWriter.create(root, options), codec);
  const reader = new TypedReader(ShmReader.open(root, CHANNEL), codec);
  return { root, writer, reader };
}

function roundTrip<T>(codec: Codec<T>, arbitrary: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const { writer, reader } = open(codec, BIG);
      writer.write(value);
      expect(reader.tryRead()).toEqual({ value, position: 0 });
      reader.close();
      writer.close();
    }),
    { numRuns: 40 },
  );
}

describe('a written value is read back', () => {
  test('raw', () =>
    roundTrip<Uint8Array>(
      raw,
      fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
    ));
  test('utf8', () => roundTrip(utf8, fc.string({ minLength: 1, maxLength: 500, unit: 'grapheme' })));
  // JSON has no negative zero, and MessagePack refuses the key __proto__.
  const values = fc
    .jsonValue({ maxDepth: 3 })
    .map((value) => JSON.stringify(value))
    .filter((text) => !text.includes('__proto__'))
    .map((text) => JSON.parse(text) as unknown);
  test('json', () => roundTrip(json(), values));
  test('msgpack', () => roundTrip(msgpack(), values));

  test('msgpack encodes bytes, and 64-bit integers with the option', () => {
    const { writer, reader } = open(msgpack({ useBigInt64: true }));
    const value = { id: 2n ** 60n, bytes: new Uint8Array([1, 2, 3]) };
    writer.write(value);
    const read = reader.tryRead()?.value;
    writer.close();
    reader.close();
    expect(read).toEqual(value);
  });

  test('values that encode themselves, mixed with bytes', () => {
    const sum: Encodable = {
      encodeInto(buffer, offset, limit) {
        if (limit >= 8) buffer.writeDoubleLE(0.5, offset);
        return 8;
      },
    };
    const { root, writer, reader } = open(encodable);
    writer.write(sum);
    writer.write(Buffer.from('as they are'));
    const first = reader.tryRead()?.value;
    expect(first).toEqual(Buffer.from(new Float64Array([0.5]).buffer));
    expect(reader.tryRead()?.value.toString()).toBe('as they are');
    expect(bytesOf(root).readBigUInt64LE(DATA)).toBe(8n);
    writer.close();
  });
});

describe('a codec that returns whole records', () => {
  const codecs: Record<string, [Codec<unknown>, fc.Arbitrary<unknown>]> = {
    raw: [raw as Codec<unknown>, fc.uint8Array({ minLength: 1, maxLength: 200 })],
    utf8: [utf8 as Codec<unknown>, fc.string({ minLength: 1, maxLength: 200, unit: 'binary' })],
    json: [json(), fc.jsonValue({ maxDepth: 2 })],
    msgpack: [msgpack(), fc.string({ maxLength: 200 })],
  };

  test.each(Object.keys(codecs))('writes with it what it encodes: %s', (name) => {
    const [codec, arbitrary] = codecs[name] as [Codec<unknown>, fc.Arbitrary<unknown>];
    const { root, writer } = open(codec, BIG);
    const inPlace = open({ ...codec, whole: undefined } as unknown as Codec<unknown>, BIG);
    const property = fc.property(arbitrary, (value) => writer.write(value) === inPlace.writer.write(value));
    fc.assert(property, { numRuns: 100 });
    expect(bytesOf(root).subarray(DATA).equals(bytesOf(inPlace.root).subarray(DATA))).toBe(true);
    for (const { writer: each } of [{ writer }, inPlace]) each.close();
  });

  test('is asked to encode if a handler takes part, also one without bytes', () => {
    class Counting extends EncoderHandler {
      attempts = 0;
      attempted(): void {
        this.attempts++;
      }
    }
    const handler = new Counting();
    const root = temporaryFolder();
    using writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), utf8, handler);
    writer.write('one');
    expect(handler.attempts).toBe(1);
  });

  test('publishes nothing while a claim is open', () => {
    const { writer } = open(json());
    writer.writer.tryClaim(8);
    expect(() => writer.write({})).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    writer.writer.abort();
    expect(writer.write({})).toBe(16);
    writer.close();
  });
});

describe('decoded bytes are copies, which keep their content when the reader continues', () => {
  test.each<[string, Codec<unknown>, (bytes: Uint8Array) => unknown]>([
    ['raw', raw as Codec<unknown>, (bytes) => Buffer.from(bytes)],
    ['msgpack', msgpack(), (bytes) => ({ bytes })],
  ])('%s', (_, codec, holder) => {
    const { writer, reader } = open(codec, BIG);
    const lengths = [1, 7, 8, 100, 1000, 1024, 1025, 3000];
    const values = Array.from({ length: 80 }, (_, i) => {
      return holder(new Uint8Array(lengths[i % lengths.length] as number).fill(i));
    });
    for (const value of values) writer.write(value);
    const read: unknown[] = [];
    reader.poll((value) => void read.push(value));
    writer.close();
    reader.close();
    expect(read).toEqual(values);
  });
});

test('each codec has a media type, and two have an id of kekbit', () => {
  const about = ({ mediaType, formatId }: Pick<Codec<unknown>, 'mediaType' | 'formatId'>) => [
    mediaType,
    formatId,
  ];
  expect([raw, utf8, json(), msgpack()].map(about)).toEqual([
    ['application/octet-stream', 2],
    ['text/plain', 3],
    ['application/json', null],
    ['application/vnd.msgpack', null],
  ]);
});

test('a codec without its package is unavailable', () => {
  expect(() => optionalPackage('@msgpack/is-not-installed')).toThrow(
    expect.objectContaining({ code: 'CODEC_UNAVAILABLE', message: expect.stringContaining('npm install') }),
  );
});

describe('a value that cannot be encoded publishes nothing and leaves no byte', () => {
  const circle: Record<string, unknown> = {};
  Object.assign(circle, { circle });
  const messy = (end: (limit: number) => number): Codec<string> => ({
    mediaType: 'x/y',
    formatId: null,
    encode(_, buffer, offset, limit) {
      buffer.fill(0xee, offset, offset + limit);
      return end(limit);
    },
    decode: () => '',
  });
  const throws = () => {
    throw new Error('half way');
  };
  test.each<[string, Pick<Codec<unknown>, 'mediaType'>, unknown]>([
    ['a circle as JSON', json(), circle],
    ['undefined as JSON', json(), undefined],
    ['a bigint as JSON', json(), 1n],
    ['a function as MessagePack', msgpack(), () => {}],
    ['a number as text', utf8, 7],
    ['text as bytes', raw, 'text'],
    ['nothing at all as text', utf8, ''],
    ['a codec that throws half way', messy(throws), ''],
    ['a codec that returns a fraction', messy(() => 1.5), ''],
    ['a codec that returns a negative number', messy(() => -1), ''],
  ])('%s', (_, codec, value) => {
    const { root, writer } = open(codec as Codec<unknown>);
    const before = bytesOf(root);
    expect(() => writer.write(value)).toThrow(
      expect.objectContaining({ code: 'ENCODING_ERROR', cause: expect.any(Error) }),
    );
    expect(bytesOf(root).equals(before)).toBe(true);
    expect(writer.writer.writeOffset).toBe(0);
    expect(writer.writer.write(Buffer.from('goes on'))).toBe(16);
    writer.close();
  });

  test('a value that is too long or no longer fits is refused like bytes', () => {
    const { root, writer } = open(utf8);
    expect(writer.tryWrite('x'.repeat(121))).toBe(WriteResult.RecordTooLong);
    expect(() => writer.write('x'.repeat(121))).toThrow(
      expect.objectContaining({
        code: 'MAX_RECORD_LENGTH_EXCEEDED',
        recordLength: 121,
        maxAllowed: 120,
        path: writer.writer.path,
      }),
    );
    while (writer.writer.available > 64) writer.write('x'.repeat(40));
    const before = bytesOf(root);
    expect(writer.tryWrite('y'.repeat(100))).toBe(WriteResult.ChannelFull);
    expect(() => writer.write('y'.repeat(100))).toThrow(expect.objectContaining({ code: 'CHANNEL_FULL' }));
    expect(bytesOf(root).equals(before)).toBe(true);
    writer.close();
    expect(writer.tryWrite('z')).toBe(WriteResult.Closed);
    expect(() => writer.write('z')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  test('a codec without a bound fills the channel to its last byte, and clears its unused space', () => {
    const unbounded: Codec<string> = { ...utf8 };
    delete unbounded.sizeBound;
    delete unbounded.whole;
    const { root, writer, reader } = open(unbounded);
    let count = 0;
    while (writer.tryWrite('abc') > 0) count++;
    expect(count).toBe((16_384 - 16) / 16);
    let read = 0;
    reader.poll((value) => {
      expect(value).toBe('abc');
      read++;
    });
    expect(read).toBe(count);
    writer.close();
    const padding = bytesOf(root).subarray(DATA);
    for (let i = 0; i < count; i++) expect(padding.readUIntLE(i * 16 + 11, 5)).toBe(0);
  });

  test('a record of handlers alone fits where nothing else does', () => {
    const root = temporaryFolder();
    using writer = new TypedWriter(ShmWriter.create(root, EXAMPLE), raw, new ChecksumHandler());
    while (writer.writer.available > 16) writer.writer.heartbeat();
    expect(writer.tryWrite(Buffer.alloc(8))).toBe(WriteResult.ChannelFull);
    expect(writer.write(Buffer.alloc(0))).toBe(16);
    expect(writer.tryWrite(Buffer.alloc(0))).toBe(WriteResult.ChannelFull);
  });
});

describe('bytes that are not an encoded value', () => {
  test.each<[string, Codec<unknown>, number[]]>([
    ['half a letter', utf8 as Codec<unknown>, [0xc3]],
    ['half a JSON text', json(), [0x7b]],
    ['half a MessagePack value', msgpack(), [0xdc, 0x00, 0x05]],
  ])('%s cause a decoding error with the position, and the next record is delivered', (_, codec, bytes) => {
    const { writer, reader } = open(codec);
    writer.write('good');
    writer.writer.write(Buffer.from(bytes));
    writer.write('good');
    const values: unknown[] = [];
    expect(() => reader.poll((value) => void values.push(value))).toThrow(
      expect.objectContaining({ code: 'DECODING_ERROR', position: 16, cause: expect.any(Error) }),
    );
    reader.poll((value) => void values.push(value));
    expect(values).toEqual(['good', 'good']);
    writer.close();
  });

  test('an encoded U+FFFD is valid text', () => {
    const { writer, reader } = open(utf8);
    writer.write('a\ufffdb');
    expect(reader.tryRead()?.value).toBe('a\ufffdb');
    writer.close();
  });
});

test('an iteration over values ends when the channel closes', async () => {
  const { writer, reader } = open(json<{ n: number }>());
  setImmediate(() => {
    for (let n = 0; n < 5; n++) writer.write({ n });
    writer.close();
  });
  const values: { n: number }[] = [];
  for await (const value of reader) values.push(value);
  expect(values.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4]);
  expect(reader.endReason).toMatchObject({ code: 'CLOSED' });
});

test('a signal aborts an iteration with positions', async () => {
  const { writer, reader } = open(utf8);
  writer.write('one');
  writer.write('two');
  const stop = new AbortController();
  const found: unknown[] = [];
  for await (const record of reader.records({ signal: stop.signal })) {
    found.push(record);
    if (found.length === 2) stop.abort();
  }
  expect(found).toEqual([
    { value: 'one', position: 0 },
    { value: 'two', position: 16 },
  ]);
  writer.close();
});

test('a value may write to the channel while it is converted to JSON', () => {
  const { writer, reader } = open(json<unknown>());
  writer.write({
    toJSON() {
      writer.write('inner');
      return 'outer';
    },
  });
  expect([reader.tryRead()?.value, reader.tryRead()?.value]).toEqual(['inner', 'outer']);
  writer.close();
});
