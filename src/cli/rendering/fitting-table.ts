/** Tables that fit a terminal: columns shrink or disappear, the least important first. */
import { type Colours, coloursFor } from './colours.js';
import { printable } from './printable.js';

const GAP = '  ';

/** A column of a table of `T`. */
export interface Column<T> {
  readonly title: string;
  /** The text of a cell, without color. */
  readonly cell: (item: T) => string;
  /** Colors the text of a cell. Default: no color. */
  readonly paint?: (text: string, item: T, colours: Colours) => string;
  /** Aligned to the right, for numbers. Default: to the left. */
  readonly right?: boolean;
  /** Columns with the lowest value disappear first. Without one the column always stays. */
  readonly keep?: number;
  /** The column may shrink to this width before any column disappears; longer texts end with `…`. */
  readonly shrinksTo?: number;
}

/** Options of {@link fittingTable}. */
export interface TableOptions {
  /** Characters of a line; infinity where the output is no terminal. */
  readonly width: number;
  readonly colours: Colours;
}

/** The width and the colors of an output. */
export function tableOptions(output: NodeJS.WriteStream = process.stdout): TableOptions {
  const width = output.isTTY ? output.columns : Number.POSITIVE_INFINITY;
  return { width: width || Number.POSITIVE_INFINITY, colours: coloursFor(output) };
}

/** A headline and a line for each item, with two blanks between the columns. */
export function fittingTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  { width, colours }: TableOptions,
): string {
  const shown = fitted(
    columns.map((column) => {
      const cells = items.map((item) => printable(column.cell(item)));
      return { column, cells, width: Math.max(column.title.length, ...cells.map(lengthOf)) };
    }),
    width,
  );
  const headline = line(shown.map(({ column, width }) => colours.dim(aligned(column.title, column, width))));
  const lines = items.map((item, row) =>
    line(
      shown.map(({ column, cells, width }) => {
        const text = aligned(cells[row] as string, column, width);
        return column.paint === undefined ? text : column.paint(text, item, colours);
      }),
    ),
  );
  return [headline, ...lines].join('');
}

interface Shown<T> {
  readonly column: Column<T>;
  readonly cells: readonly string[];
  readonly width: number;
}

function fitted<T>(all: readonly Shown<T>[], width: number): readonly Shown<T>[] {
  let shown = all;
  for (;;) {
    const excess = totalWidth(shown) - width;
    if (excess <= 0) return shown;
    const shrunk = shrink(shown, excess);
    if (totalWidth(shrunk) <= width) return shrunk;
    const least = Math.min(...shown.map(({ column }) => column.keep ?? Number.POSITIVE_INFINITY));
    if (least === Number.POSITIVE_INFINITY) return shrunk;
    shown = shown.filter(({ column }) => column.keep !== least);
  }
}

function shrink<T>(shown: readonly Shown<T>[], excess: number): readonly Shown<T>[] {
  let left = excess;
  return shown.map((each) => {
    const { shrinksTo = each.width, title } = each.column;
    const width = Math.max(
      each.width - Math.max(left, 0),
      Math.min(each.width, shrinksTo, each.width),
      title.length,
    );
    left -= each.width - width;
    return { ...each, width };
  });
}

function totalWidth(shown: readonly { readonly width: number }[]): number {
  return shown.reduce((sum, { width }) => sum + width, GAP.length * (shown.length - 1));
}

function aligned<T>(text: string, { right }: Column<T>, width: number): string {
  const letters = [...text];
  const cut = letters.length > width ? `${letters.slice(0, width - 1).join('')}…` : text;
  const blanks = ' '.repeat(width - lengthOf(cut));
  return right ? blanks + cut : cut + blanks;
}

function line(cells: readonly string[]): string {
  return `${cells.join(GAP).trimEnd()}\n`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
