import fc from 'fast-check';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type Cell, type Column, fitColumns } from '../../../src/cli/screen/fitted-columns.js';
import { cutTo, widthOf, wrapped } from '../../../src/cli/screen/text-width.js';

const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);

const COLUMNS: readonly Column[] = [
  { title: 'NAME', drop: 0, cut: 18 },
  { title: 'COUNT', right: true, drop: 0 },
  { title: 'SIZE', right: true, least: 6, drop: 1 },
  { title: 'NOTE', drop: 2 },
];
const LINES: readonly (readonly Cell[])[] = [
  [{ text: 'a name that is not short at all' }, { text: '1' }, { text: '12 kB' }, { text: 'first' }],
  [{ text: 'b' }, { text: '12345' }, { text: '' }, { text: 'the second note' }],
];

describe('a table', () => {
  test('has all columns where they fit', () => {
    expect(fitColumns({ columns: COLUMNS, lines: LINES }, Number.POSITIVE_INFINITY, plain)).toEqual([
      'NAME                             COUNT    SIZE  NOTE',
      'a name that is not short at all      1   12 kB  first',
      'b                                12345          the second note',
    ]);
  });

  test('cuts the name first, then drops columns, and then cuts the name to what is left', () => {
    const at = (width: number) => fitColumns({ columns: COLUMNS, lines: LINES }, width, plain);
    expect(at(55)[1]).toBe('a name that is not sho…      1   12 kB  first');
    expect(at(40)[0]).toBe('NAME                       COUNT    SIZE');
    expect(at(30)).toEqual([
      'NAME                     COUNT',
      'a name that is not sho…      1',
      'b                        12345',
    ]);
    expect(at(12)).toEqual(['NAME   COUNT', 'a na…      1', 'b      12345']);
  });

  test('cuts several columns, the first ones first', () => {
    const columns = [
      { title: 'A', drop: 0, cut: 4 },
      { title: 'B', drop: 0, cut: 4 },
    ];
    const lines = [[{ text: 'first text' }, { text: 'second text' }]];
    const at = (width: number) => fitColumns({ columns, lines }, width, plain)[1];
    expect(at(23)).toBe('first text  second text');
    expect(at(20)).toBe('first …  second text');
    expect(at(12)).toBe('fir…  secon…');
    expect(at(8)).toBe('f…  sec…');
  });

  const cell = fc.oneof(
    fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
    fc.string({ maxLength: 20, unit: fc.constantFrom('a', '漢', '😀', 'é', 'ö', '█') }),
  );

  test('has no line wider than the terminal, with and without colors', () => {
    const line = fc.tuple(cell, cell, cell, cell);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.integer({ min: 1, max: 200 }), (texts, width) => {
        for (const colours of [plain, coloured]) {
          const lines = texts.map((cells) => cells.map((text) => ({ text, paint: colours.red })));
          for (const shown of fitColumns({ columns: COLUMNS, lines }, width, colours))
            expect(stringWidth(shown)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });

  test('cuts text to its width in columns, with … at the end', () => {
    expect(cutTo('short', 5)).toBe('short');
    expect(cutTo('longer', 5)).toBe('long…');
    expect(cutTo('漢字漢字', 6)).toBe('漢字…');
    expect(cutTo('漢字漢字', 5)).toBe('漢字…');
    expect(cutTo('anything', 0)).toBe('');
    fc.assert(
      fc.property(cell, fc.integer({ min: 0, max: 50 }), (text, width) => {
        expect(widthOf(cutTo(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('wraps text at blanks, and inside longer words, without losing any of it', () => {
    expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapped('/a/path/without/blanks', 10)).toEqual(['/a/path/wi', 'thout/blan', 'ks']);
    fc.assert(
      fc.property(cell, fc.integer({ min: 2, max: 50 }), (text, width) => {
        const lines = wrapped(text, width);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
