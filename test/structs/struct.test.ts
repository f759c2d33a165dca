import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { RingReader, RingWriter, TickUnit, TypedReader, TypedWriter } from '../../src/channel/index.js';
import {
  array,
  bool,
  bytes,
  chars,
  enumOf,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  type StructOf,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../src/structs/index.js';
import { run } from '../child.js';
import { memoryFolder } from '../temporary.js';

const side = enumOf({ none: 0, buy: 1, sell: 2 });
const point = struct({ x: i16, y: i32 }, { name: 'Point' });
const everything = struct(
  {
    flag: bool,
    symbol: chars(8),
    price: f64,
    ratio: f32,
    side,
    tiny: i8,
    small: u8,
    short: i16,
    word: u16,
    whole: i32,
    count: u32,
    signed: i64,
    sentAt: u64,
    raw: bytes(5),
    levels: array(f64, 3),
    origin: point,
    corners: array(point, 2),
  },
  { name: 'Everything' },
);

const text = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((s) => Buffer.byteLength(s) <= 8 && !s.includes('\0'));
const pointValue = fc.record({ x: fc.integer({ min: -32_768, max: 32_767 }), y: fc.integer() });
const value = fc.record({
  flag: fc.boolean(),
  symbol: text,
  price: fc.double(),
  ratio: fc.float(),
  side: fc.constantFrom('none' as const, 'buy' as const, 'sell' as const),
  tiny: fc.integer({ min: -128, max: 127 }),
  small: fc.nat(255),
  short: fc.integer({ min: -32_768, max: 32_767 }),
  word: fc.nat(65_535),
  whole: fc.integer(),
  count: fc.nat(2 ** 32 - 1),
  signed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  sentAt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  raw: fc.uint8Array({ minLength: 5, maxLength: 5 }),
  levels: fc.array(fc.double(), { minLength: 3, maxLength: 3 }),
  origin: pointValue,
  corners: fc.array(pointValue, { minLength: 2, maxLength: 2 }),
});

function roundTrip<T>(
  codec: {
    encode(v: T, b: Buffer, o: number, l: number): number;
    decode(b: Buffer, o: number, l: number): T;
  },
  v: T,
) {
  const buffer = Buffer.alloc(512, 0xee);
  const length = codec.encode(v, buffer, 24, 400);
  return { length, back: codec.decode(buffer, 24, length), buffer };
}

describe('a struct', () => {
  it('reads back every value of every type, as an object and in place', () => {
    const view = everything.view();
    fc.assert(
      fc.property(value, (v) => {
        const { back, buffer, length } = roundTrip(everything, v);
        expect(back).toEqual(v);
        expect(view.at(buffer, 24, length).toObject()).toEqual(v);
        expect(view.price).toBe(v.price);
      }),
    );
  });

  it('has the types of its fields', () => {
    expectTypeOf<StructOf<typeof point>>().toEqualTypeOf<{ x: number; y: number }>();
    const quote = struct({ symbol: chars(8), side, sentAt: u64 });
    expectTypeOf<StructOf<typeof quote>>().toEqualTypeOf<{
      symbol: string;
      side: 'none' | 'buy' | 'sell';
      sentAt: bigint;
    }>();
  });

  it('aligns fields as C does, or packs them', () => {
    const fields = { a: u8, b: u32, c: u8, d: f64, e: u16 };
    const offsets = (packed: boolean) => struct(fields, { packed }).layout.fields.map(({ offset }) => offset);
    expect(offsets(false)).toEqual([0, 4, 8, 16, 24]);
    expect(struct(fields).size).toBe(32);
    expect(offsets(true)).toEqual([0, 1, 5, 6, 14]);
    expect(struct(fields, { packed: true }).size).toBe(16);
  });

  it.each([
    ['x', { x: 40_000, y: 0 }, 'Point.x: i16 takes a whole number from -32768 to 32767, not 40000'],
    [
      'a missing field',
      { x: 1 },
      'Point.y: i32 takes a whole number from -2147483648 to 2147483647, not undefined',
    ],
    ['a fraction', { x: 1.5, y: 0 }, 'Point.x: i16 takes a whole number from -32768 to 32767, not 1.5'],
  ])('refuses a value that does not fit: %s', (_, v, message) => {
    expect(() => roundTrip(point, v as never)).toThrow(message);
  });

  it('refuses too long texts, texts with a zero character, and unknown names', () => {
    const one = struct({ symbol: chars(4), side }, { name: 'One' });
    expect(() => roundTrip(one, { symbol: 'abcde', side: 'buy' })).toThrow(
      'One.symbol: chars(4) takes at most 4 bytes',
    );
    expect(() => roundTrip(one, { symbol: 'äöü', side: 'buy' })).toThrow('not 6');
    expect(() => roundTrip(one, { symbol: 'a\0b', side: 'buy' })).toThrow('without the character U+0000');
    expect(() => roundTrip(one, { symbol: 'a', side: 'toString' as never })).toThrow(
      "unknown name 'toString'",
    );
  });

  it('refuses invalid field names and unknown options', () => {
    expect(() => struct({ 'a-b': u8 })).toThrow("'a-b' is not a valid field name");
    expect(() => struct({ toObject: u8 })).toThrow("'toObject' is not a valid field name");
    expect(() => struct({ a: u8 }, { align: 4 } as never)).toThrow("unknown option 'align'; expected one of");
    expect(() => point.extend({ x: u8 })).toThrow("duplicate field 'x'");
  });

  it('clears its padding', () => {
    const padded = struct({ a: u8, b: u64, c: u8 }, { tag: 'none' });
    const { buffer, length } = roundTrip(padded, { a: 1, b: 2n, c: 3 });
    expect(buffer.toString('hex', 24, 24 + length)).toBe(
      '0100000000000000' + '0200000000000000' + '0300000000000000',
    );
  });

  it('returns the required length without writing if the space is too small', () => {
    const buffer = Buffer.alloc(64, 0xaa);
    expect(point.encode({ x: 1, y: 2 }, buffer, 0, 15)).toBe(16);
    expect(buffer.every((byte) => byte === 0xaa)).toBe(true);
  });
});

describe('a tagged struct', () => {
  it('starts with eight bytes that identify its layout', () => {
    const { buffer, length } = roundTrip(point, { x: 1, y: 2 });
    const tag = point.layout.tags[0];
    expect(length).toBe(16);
    expect(buffer.readUInt32LE(24)).toBe(tag?.first);
    expect(buffer.readUInt16LE(28)).toBe(1);
    expect(buffer.readUInt16LE(30)).toBe(tag?.check);
  });

  it.each([
    ['another type', struct({ x: i16, y: u32 })],
    ['another name', struct({ x: i16, z: i32 })],
    ['another order', struct({ y: i32, x: i16 })],
    ['packed', struct({ x: i16, y: i32 }, { packed: true })],
  ])('refuses a record of another layout: %s', (_, other) => {
    const { buffer, length } = roundTrip(point, { x: 1, y: 2 });
    expect(() => other.decode(buffer, 24, length)).toThrow('the record has another layout');
    expect(() => other.view().at(buffer, 24, length)).toThrow('the record has another layout');
  });

  it('refuses a truncated record', () => {
    const { buffer } = roundTrip(point, { x: 1, y: 2 });
    for (let length = 0; length < 16; length++)
      expect(() => point.decode(buffer, 24, length)).toThrow(RangeError);
  });

  it('reads records of older and newer versions: new fields are zero, or ignored', () => {
    const second = point.extend({ z: f64, label: chars(4) });
    const third = second.extend({ side });
    const old = roundTrip(point, { x: 1, y: 2 });
    expect(second.decode(old.buffer, 24, old.length)).toEqual({ x: 1, y: 2, z: 0, label: '' });
    expect(third.view().at(old.buffer, 24, old.length).toObject()).toEqual({
      x: 1,
      y: 2,
      z: 0,
      label: '',
      side: 'none',
    });
    const newest = roundTrip(third, { x: 1, y: 2, z: 3, label: 'p', side: 'buy' });
    expect(point.decode(newest.buffer, 24, newest.length)).toEqual({ x: 1, y: 2 });
    expect(second.decode(newest.buffer, 24, newest.length)).toEqual({ x: 1, y: 2, z: 3, label: 'p' });
  });

  it('refuses a version with other appended fields', () => {
    const one = point.extend({ z: f64 });
    const other = point.extend({ w: f64 });
    const { buffer, length } = roundTrip(one, { x: 1, y: 2, z: 3 });
    expect(() => other.decode(buffer, 24, length)).toThrow('the record has another layout');
  });
});

describe('a struct with a tail', () => {
  it('reads back a text or bytes of any length', () => {
    const line = point.withTail('text');
    const blob = point.withTail('bytes');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.uint8Array({ maxLength: 60 }),
        (tail, data) => {
          expect(roundTrip(line, { x: 1, y: 2, tail }).back).toEqual({ x: 1, y: 2, tail });
          expect(roundTrip(blob, { x: 1, y: 2, tail: data }).back).toEqual({ x: 1, y: 2, tail: data });
        },
      ),
    );
  });

  it('refuses a record of another version, whose tail has another offset', () => {
    const { buffer, length } = roundTrip(point.extend({ z: f64 }).withTail('text'), {
      x: 1,
      y: 2,
      z: 3,
      tail: 't',
    });
    expect(() => point.withTail('text').decode(buffer, 24, length)).toThrow(
      'has version 1, the record has 2',
    );
  });
});

it('a view reads a struct in place in a ring', () => {
  const root = memoryFolder();
  const sizes = { capacity: 65_536, maxMessageLength: 256 };
  const ring = RingWriter.create(root, {
    writerId: 1,
    channelId: 7,
    timeout: 1000,
    tickUnit: TickUnit.Millis,
    ...sizes,
  });
  using writer = new TypedWriter(ring, point);
  for (let x = 0; x < 100; x++) writer.write({ x, y: -x });
  using reader = new TypedReader(RingReader.open(root, 7), point);
  expect(reader.tryRead()?.value).toEqual({ x: 0, y: 0 });
  const view = point.view();
  let sum = 0;
  reader.reader.poll((buffer, offset, length) => {
    sum += view.at(buffer, offset, length).x;
  });
  expect(sum).toBe(4950);
});

it('works without code generation from strings', async () => {
  const script = `
    import { chars, f64, i16, struct } from 'ringwire/structs';
    const one = struct({ x: i16, symbol: chars(4), price: f64 }, { name: 'One' });
    const buffer = Buffer.alloc(64, 1);
    const length = one.encode({ x: -2, symbol: 'ab', price: 1.5 }, buffer, 8, 56);
    const view = one.view().at(buffer, 8, length);
    let message = '';
    try { one.encode({ x: 1e9, symbol: '', price: 0 }, buffer, 8, 56); } catch (error) { message = error.message; }
    console.log(JSON.stringify([one.decode(buffer, 8, length), view.toObject(), message]));`;
  const args = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', script];
  const { code, stdout, stderr } = await run(process.execPath, args, { cwd: import.meta.dirname });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const value = { x: -2, symbol: 'ab', price: 1.5 };
  expect(JSON.parse(stdout)).toEqual([
    value,
    value,
    'One.x: i16 takes a whole number from -32768 to 32767, not 1000000000',
  ]);
});

it('writes and reads through buffers of one memory, and of others, in turn', () => {
  const pair = struct({ a: u32, b: f64 });
  const memory = Buffer.alloc(256);
  const buffers = [memory, memory.subarray(64), memory.subarray(128, 192), Buffer.alloc(64)];
  const view = pair.view();
  for (let round = 0; round < 3; round++) {
    buffers.forEach((buffer, i) => {
      pair.encode({ a: round * 10 + i, b: i / 4 }, buffer, 8, 56);
    });
    buffers.forEach((buffer, i) => {
      const expected = { a: round * 10 + i, b: i / 4 };
      expect(pair.decode(buffer, 8, pair.recordLength)).toEqual(expected);
      expect(view.at(buffer, 8, pair.recordLength).toObject()).toEqual(expected);
    });
    expect(pair.decode(memory, 72, pair.recordLength)).toEqual({ a: round * 10 + 1, b: 1 / 4 });
  }
});
