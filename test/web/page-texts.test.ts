/** How the page writes records and quantities. */
import { describe, expect, it } from 'vitest';
import { bytes, duration, percent, short, UNKNOWN, whole } from '../../src/web/page/parts/format.js';
import { recordText } from '../../src/web/page/parts/record-text.js';

const record = (data: Buffer | string) => {
  const buffer = Buffer.from(data as string);
  return { position: 0, length: buffer.length, data: buffer.toString('base64') };
};

describe('a record', () => {
  it('as text keeps newlines and tabs, and shows what could hide or reorder text as dots', () => {
    expect(recordText(record('a\tb\nc'), 'text')).toBe('a\tb\nc');
    expect(recordText(record('\u001b[31mred\u202eelif\u0000'), 'text')).toBe('·[31mred·elif·');
    expect(recordText(record('<b>Grüße</b>'), 'text')).toBe('<b>Grüße</b>');
  });

  it('as JSON is indented, or stays as it is', () => {
    expect(recordText(record('{"a":[1]}'), 'json')).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(recordText(record('{"a":'), 'json')).toBe('{"a":');
  });

  it('as hex has 16 bytes in a row, with their letters', () => {
    const rows = recordText(record(Buffer.from([...Array(18).keys()].map((i) => i + 0x5b))), 'hex').split(
      '\n',
    );
    expect(rows).toEqual([
      '0000  5b 5c 5d 5e 5f 60 61 62 63 64 65 66 67 68 69 6a  [\\]^_`abcdefghij',
      `0010  6b 6c ${' '.repeat(42)} kl`,
    ]);
  });
});

describe('a quantity', () => {
  it('is short, with its unit', () => {
    expect([0, 0.4, 999, 1234, 1_250_000].map(short)).toEqual(['0', '0.4', '999', '1.23K', '1.25M']);
    expect([0, 1023, 1536, 5 * 2 ** 30].map(bytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '5.0 GiB']);
    expect([0, 0.0001, 0.073, 0.5, 1.2].map(percent)).toEqual(['0 %', '<0.1 %', '7.3 %', '50 %', '120 %']);
    expect([5, 12_300, 180_000, 7_500_000, 356_400_000].map(duration)).toEqual([
      ...['5 ms', '12 s', '3 min'],
      ...['2 h 5 min', '4 d 3 h'],
    ]);
    expect(whole(1_234_567)).toBe('1,234,567');
  });

  it('that is unknown is a dash', () => {
    expect([short(null), bytes(null), duration(null), whole(null)]).toEqual(Array(4).fill(UNKNOWN));
  });
});
