/** The pages of a screen beside its list: the details of an item, and the help. */
import type { Colours } from '../rendering/colours.js';
import { type Cell, fitColumns } from './fitted-columns.js';
import type { Details } from './list-content.js';
import { cutTo, wrapped } from './text-width.js';

/** Keys of every screen with a list. */
const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['s', 'sort by the next figure; the title names it'],
  ['/', 'type a filter; Enter keeps it, Esc clears it'],
  ['Enter', 'show the details of the selected line'],
  ['Esc', 'return to the list; in the list, clear the filter'],
  ['arrows, j, k', 'move by a line'],
  ['space, b', 'move by a page, as Page Down and Page Up do'],
  ['g, G', 'move to the first or last line, as Home and End do'],
  ['?', 'show or leave this help'],
  ['q', 'quit'],
];
/** Narrowest column of values; on a narrower terminal they are cut. */
const LEAST = 10;

/** The help: the keys, and paragraphs about the columns. */
export function helpText(paragraphs: readonly string[], width: number): string[] {
  const keys = KEYS.map(([name, text]) => [name, { text }] as const);
  const about = paragraphs.flatMap((text) => ['', ...wrapped(text, width)]);
  return [...fieldLines(keys, width), ...about].map((line) => cutTo(line, width));
}

/** The details: fields, then a table. */
export function detailsText({ fields, table }: Details, width: number, colours: Colours): string[] {
  const lines = fieldLines(fields, width, colours);
  return table === undefined ? lines : [...lines, '', ...fitColumns(table, width, colours)];
}

/** `name   value` lines; the lines of a long value begin in one column. */
function fieldLines(
  fields: readonly (readonly [name: string, value: Cell])[],
  width: number,
  colours?: Colours,
): string[] {
  const indent = Math.max(...fields.map(([name]) => name.length)) + 2;
  return fields.flatMap(([name, { text, paint = same }]) => {
    const values = wrapped(text, Math.max(LEAST, width - indent));
    return values.map((value, i) => {
      const label = cutTo((i === 0 ? name : '').padEnd(indent), width);
      const dim = colours?.dim ?? same;
      const shown = cutTo(value, Math.max(0, width - indent));
      return (dim(label) + (shown === '' ? '' : paint(shown))).trimEnd();
    });
  });
}

function same(text: string): string {
  return text;
}
