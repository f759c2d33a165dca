/** Tables that fit the width of a terminal: less important columns are dropped, and one column is cut with `…`. */
import type { Colours } from '../rendering/colours.js';
import { cutTo, widthOf } from './text-width.js';

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Aligned at the right, for numbers. Default: at the left. */
  readonly right?: boolean;
  /** Least width, so that changing values do not move the columns. Default: that of the title. */
  readonly least?: number;
  /** 0: always shown. Otherwise the column with the largest number is dropped first. */
  readonly drop: number;
  /** Width to which long cells are cut before a column is dropped, and below it after that. Default: they are not cut. */
  readonly cut?: number;
}

/** A cell: plain text of one line without control characters, and its color. */
export interface Cell {
  readonly text: string;
  readonly paint?: ((text: string) => string) | undefined;
}

/** A table: each line has a cell for each column. */
export interface Table {
  readonly columns: readonly Column[];
  readonly lines: readonly (readonly Cell[])[];
}

/** Blanks between two columns. */
const GAP = 2;

/** Columns of the terminal at standard output; infinity elsewhere. */
export function terminalWidth(): number {
  return (process.stdout.isTTY && process.stdout.columns) || Number.POSITIVE_INFINITY;
}

/** The headline and the lines of a table, none wider than `width` columns (`Infinity`: as wide as the cells). */
export function fitColumns({ columns, lines }: Table, width: number, { dim }: Colours): string[] {
  const widths = fittedWidths({ columns, lines }, width);
  const head = columns.map(({ title }) => ({ text: title, paint: dim }));
  return [head, ...lines].map((line) => textOf(line, columns, widths, width));
}

/** The width of each column; 0 for a dropped one. */
function fittedWidths({ columns, lines }: Table, width: number): number[] {
  const widths = columns.map(({ title, least = 0 }, i) =>
    lines.reduce(
      (most, line) => Math.max(most, widthOf(line[i]?.text ?? '')),
      Math.max(least, widthOf(title)),
    ),
  );
  const shortened = () => widths.map((one, i) => Math.min(one, columns[i]?.cut ?? one));
  for (const dropped of dropOrder(columns)) {
    if (totalOf(shortened()) <= width) break;
    widths[dropped] = 0;
  }
  narrow(widths, columns, width, ({ cut }) => cut);
  narrow(widths, columns, width, ({ cut, least = 1 }) => (cut === undefined ? undefined : least));
  return widths;
}

/** Takes what exceeds `width` from the columns that may be cut, each down to its least width. */
function narrow(
  widths: number[],
  columns: readonly Column[],
  width: number,
  leastOf: (column: Column) => number | undefined,
): void {
  for (const [i, column] of columns.entries()) {
    const one = widths[i] as number;
    const excess = Math.max(0, totalOf(widths) - width);
    widths[i] = Math.max(one - excess, Math.min(one, leastOf(column) ?? one));
  }
}

/** Indexes of the columns that may be dropped, the first one first. */
function dropOrder(columns: readonly Column[]): number[] {
  const order = columns.map(({ drop }, index) => ({ drop, index })).filter(({ drop }) => drop > 0);
  return order.sort((a, b) => b.drop - a.drop).map(({ index }) => index);
}

function totalOf(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, shown.length - 1);
}

/** One line. Text is cut before it is colored. */
function textOf(
  line: readonly Cell[],
  columns: readonly Column[],
  widths: readonly number[],
  width: number,
): string {
  let text = '';
  let used = 0;
  for (const [i, { text: plain, paint = same }] of line.entries()) {
    const columnWidth = widths[i] ?? 0;
    if (columnWidth === 0) continue;
    const gap = used === 0 ? 0 : GAP;
    const shown = cutTo(plain, Math.min(columnWidth, width - used - gap));
    const padding = ' '.repeat(Math.max(0, Math.min(columnWidth, width - used - gap) - widthOf(shown)));
    const painted = shown === '' ? '' : paint(shown);
    text += ' '.repeat(Math.max(0, Math.min(gap, width - used)));
    text += columns[i]?.right ? padding + painted : painted + padding;
    used += gap + columnWidth;
  }
  return text.trimEnd();
}

function same(text: string): string {
  return text;
}
