/** Tables without rules, for `cut` and `grep`. */
import Table from 'cli-table3';
import { type Colours, coloursFor } from './colours.js';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Columns below a headline; the columns named in `rightAligned` (by index) hold numbers. */
export function renderColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string {
  const { dim } = coloursFor(process.stdout);
  const table = new Table({
    head: head.map((title) => dim(title)),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return withoutTrailingSpace(table.toString());
}

/** `name   value` lines. */
export function renderFields(
  fields: readonly (readonly [name: string, value: string])[],
  colours: Colours = coloursFor(process.stdout),
): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `  ${colours.dim(name.padEnd(width))}  ${value}`).join('\n');
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/[ ]+$/gm, '');
}
