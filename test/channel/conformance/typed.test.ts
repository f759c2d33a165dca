/** Codecs, handlers, typed writers and readers over every kind of channel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChecksumHandler,
  type Codec,
  encodable,
  json,
  link,
  msgpack,
  raw,
  SequenceHandler,
  TickUnit,
  TimestampHandler,
  TypedReader,
  TypedWriter,
  utf8,
} from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { text } from '../../writer-and-reader.js';
import { KINDS, withPair } from './kinds.js';

const CODECS: Record<string, [Codec<unknown>, unknown[]]> = {
  raw: [raw as unknown as Codec<unknown>, [Buffer.from([1, 2, 3]), Buffer.alloc(100, 7)]],
  utf8: [utf8 as unknown as Codec<unknown>, ['one', 'zwei ü', '三']],
  json: [json() as Codec<unknown>, [{ a: [1, null, 'x'] }, [], 5, 'text', null]],
  msgpack: [msgpack() as Codec<unknown>, [{ a: [1, null, 'x'] }, 5, 'text']],
};

describe.each(KINDS)('values over a $name', (kind) => {
  it.each(Object.keys(CODECS))('decode to the written values with the codec %s', (name) => {
    const [codec, values] = CODECS[name] as [Codec<unknown>, unknown[]];
    withPair(kind, ({ writer, reader }) => {
      const typed = new TypedWriter(writer, codec);
      const back = new TypedReader(reader, codec);
      for (const value of values) typed.write(value);
      expect(values.map(() => back.tryRead()?.value)).toEqual(values);
      expect(back.tryRead()).toBeNull();
    });
  });

  it('decode to any written JSON value, across laps, waits and rolls', () => {
    const codec = json() as Codec<unknown>;
    const value = fc.jsonValue({ maxDepth: 1 }).filter((v) => JSON.stringify(v).length < 100);
    withPair(kind, ({ writer, reader }) => {
      const typed = new TypedWriter(writer, codec);
      const back = new TypedReader(reader, codec);
      fc.assert(
        fc.property(value, (v) => {
          if (typed.tryWrite(v) <= 0) return;
          expect(back.tryRead()?.value).toEqual(JSON.parse(JSON.stringify(v)));
        }),
        { numRuns: 1500 },
      );
    });
  });

  it('have handler bytes that the reader checks, and missing values are counted', () => {
    const decorate = () =>
      link(link(new SequenceHandler(), new TimestampHandler(TickUnit.Millis)), new ChecksumHandler());
    withPair(kind, ({ writer, reader }) => {
      const typed = new TypedWriter(writer, utf8, decorate());
      const back = new TypedReader(reader, utf8, decorate());
      for (let i = 0; i < 50; i++) {
        typed.write(`value ${i}`);
        expect(back.tryRead()?.value).toBe(`value ${i}`);
      }
    });
  });

  it('publish nothing if they cannot be encoded or are too long; an undecodable record is reported once', () =>
    withPair(kind, ({ writer, reader }) => {
      const typed = new TypedWriter(writer, json() as Codec<unknown>);
      const back = new TypedReader(reader, json());
      expect(codeOf(() => typed.write(1n))).toBe('ENCODING_ERROR');
      expect(codeOf(() => typed.write('x'.repeat(200)))).toBe('MAX_RECORD_LENGTH_EXCEEDED');
      expect(writer.writeOffset).toBe(0);
      writer.write(text('{"broken'));
      typed.write('sound');
      expect(codeOf(() => back.tryRead())).toBe('DECODING_ERROR');
      expect(back.tryRead()?.value).toBe('sound');
    }));

  it('may encode themselves, and are read by a waiting iteration', () =>
    withPair(kind, async ({ writer, reader }) => {
      const typed = new TypedWriter(writer, encodable);
      for (const word of ['one', 'two']) {
        typed.write({ encodeInto: (buffer, offset) => buffer.write(word, offset) });
      }
      writer.close();
      const words: string[] = [];
      for await (const word of new TypedReader(reader, utf8)) words.push(word);
      expect(words).toEqual(['one', 'two']);
    }));
});
