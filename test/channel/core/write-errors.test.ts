/** One text and one code for each refusal, the same for every kind of channel. */
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../src/channel/core/write-errors.js';
import { WriteResult } from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { text } from '../../writer-and-reader.js';
import { KINDS, RETRY, withPair } from '../conformance/kinds.js';

describe.each([...KINDS, RETRY])('a $name', (kind) => {
  it('throws from write the error of each result of tryWrite, with its numbers', () =>
    withPair(kind, ({ writer }) => {
      const tooLong = Buffer.alloc(writer.header.maxMessageLength + 1);
      expect(writer.tryWrite(tooLong)).toBe(WriteResult.RecordTooLong);
      expect(() => writer.write(tooLong)).toThrow(
        expect.objectContaining({
          code: 'MAX_RECORD_LENGTH_EXCEEDED',
          recordLength: tooLong.length,
          maxAllowed: writer.header.maxMessageLength,
        }),
      );
      writer.close();
      expect(codeOf(() => writer.write(text('a')))).toBe('CLOSED');
    }));

  it('names the bytes that are needed and left when a record does not fit', () =>
    withPair(kind, ({ writer }) => {
      expect(refusal(writer, WriteResult.ChannelFull, 9)).toMatchObject({
        code: 'CHANNEL_FULL',
        required: 24,
        left: writer.available,
        recordLength: 9,
        message: expect.stringContaining(`no room for 24 bytes in ${writer.path}`),
      });
    }));

  it('refuses a Uint8Array whose property length is no whole number, and publishes nothing', () =>
    withPair(kind, ({ writer, reader }) => {
      const data = Object.defineProperty(new Uint8Array(16).fill(7), 'length', { value: 3.5 });
      for (const refused of [() => writer.tryWrite(data), () => writer.writeBatch([text('a'), data])]) {
        expect(codeOf(refused)).toBe('INVALID_ARGUMENT');
      }
      expect(reader.tryRead()).toBeNull();
    }));

  it('publishes no byte after the stated length of a Uint8Array that is longer', () =>
    withPair(kind, ({ writer, reader }) => {
      const data = Object.defineProperty(new Uint8Array(64).fill(7), 'length', { value: 9 });
      writer.write(data);
      writer.writeBatch([text('a'), data]);
      writer.write(text('z'));
      const read = [reader.tryRead(), reader.tryRead(), reader.tryRead(), reader.tryRead(), reader.tryRead()];
      expect(read).toEqual([Buffer.alloc(9, 7), text('a'), Buffer.alloc(9, 7), text('z'), null]);
    }));
});
