/** Tables of items that fit a terminal, described by what each column shows of an item. */
import { fitColumns, terminalWidth } from '../screen/fitted-columns.js';
import { type Colours, coloursFor } from './colours.js';
import { printable } from './printable.js';

/** Above every `keep`. */
const MOST = 100;

/** A column of a table of `T`. */
export interface Column<T> {
  readonly title: string;
  /** The text of a cell, without color. */
  readonly cell: (item: T) => string;
  /** Colors the text of a cell. Default: no color. */
  readonly paint?: (text: string, item: T, colours: Colours) => string;
  /** Aligned to the right, for numbers. Default: to the left. */
  readonly right?: boolean;
  /** Columns with the lowest value, 0 to 99, disappear first. Without one the column always stays. */
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

/** The width and the colors of standard output. */
export function tableOptions(): TableOptions {
  return { width: terminalWidth(), colours: coloursFor(process.stdout) };
}

/** A headline and a line for each item, with two blanks between the columns. */
export function fittingTable<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  { width, colours }: TableOptions,
): string {
  const lines = items.map((item) =>
    columns.map(({ cell, paint }) => ({
      text: printable(cell(item)),
      paint: paint === undefined ? undefined : (text: string) => paint(text, item, colours),
    })),
  );
  const fitted = columns.map(({ title, right = false, keep = MOST, shrinksTo: cut }) => ({
    ...{ title, right, drop: MOST - keep },
    ...(cut === undefined ? {} : { cut: Math.max(cut, title.length) }),
  }));
  return fitColumns({ columns: fitted, lines }, width, colours)
    .map((line) => `${line}\n`)
    .join('');
}
