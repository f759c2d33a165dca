/** Text written in place is the same record as its encoded bytes, for every kind of channel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../error-code.js';
import { drain, text } from '../../writer-and-reader.js';
import { KINDS, withPair } from './kinds.js';

const TEXT = fc.oneof(fc.string({ maxLength: 150, unit: 'binary' }), fc.string({ maxLength: 150 }));

describe.each(KINDS)('writeUtf8 of a $name', (kind) => {
  it('publishes what write publishes of the encoded text, with the same result', () => {
    fc.assert(
      fc.property(fc.array(TEXT, { maxLength: 12 }), (texts) =>
        withPair(kind, (inPlace) =>
          withPair(kind, (encoded) => {
            const { maxMessageLength } = inPlace.writer.header;
            for (const each of texts) {
              const bytes = Buffer.from(each);
              expect(inPlace.writer.tryWriteUtf8(each)).toBe(encoded.writer.tryWrite(bytes));
              expect(inPlace.writer.writeOffset).toBe(encoded.writer.writeOffset);
              const record = bytes.length === 0 || bytes.length > maxMessageLength ? null : bytes;
              expect(inPlace.reader.tryRead()).toEqual(record);
              expect(encoded.reader.tryRead()).toEqual(record);
            }
            expect(inPlace.reader.heartbeats).toBe(encoded.reader.heartbeats);
          }),
        ),
      ),
      { numRuns: 40 },
    );
  });

  it('replaces a lone surrogate, and fits a text of the greatest length in bytes', () =>
    withPair(kind, ({ writer, reader }) => {
      const { maxMessageLength } = writer.header;
      writer.writeUtf8('a\ud800b');
      writer.writeUtf8('x'.repeat(maxMessageLength));
      expect(drain(reader)).toEqual(['a\ufffdb', 'x'.repeat(maxMessageLength)]);
    }));

  it('refuses what write refuses, and changes nothing', () =>
    withPair(kind, ({ writer, reader }) => {
      const tooLong = '€'.repeat(Math.ceil((writer.header.maxMessageLength + 1) / 3));
      expect(writer.tryWriteUtf8(tooLong)).toBe(-6);
      expect(codeOf(() => writer.writeUtf8(tooLong))).toBe('MAX_RECORD_LENGTH_EXCEEDED');
      expect(codeOf(() => writer.writeUtf8(text('bytes') as unknown as string))).toBe('INVALID_ARGUMENT');
      expect(codeOf(() => writer.writeUtf8(undefined as unknown as string))).toBe('INVALID_ARGUMENT');
      writer.tryClaim(8);
      expect(codeOf(() => writer.writeUtf8('x'))).toBe('CLAIM_PENDING');
      writer.abort();
      expect(writer.writeOffset).toBe(0);
      expect(drain(reader)).toEqual([]);
      writer.close();
      expect(writer.tryWriteUtf8('x')).toBe(-4);
      expect(codeOf(() => writer.writeUtf8('x'))).toBe('CLOSED');
    }));
});
