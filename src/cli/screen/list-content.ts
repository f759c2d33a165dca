/** What a screen with a list shows: {@link ListView} draws it and handles the keys. */
import type { Colours } from '../rendering/colours.js';
import type { Cell, Column, Table } from './fitted-columns.js';

/** An order of the list. */
export interface Order<Row> {
  /** Shown in the title. */
  readonly name: string;
  /** As for `Array.sort`; the sort is stable. */
  readonly compare: (a: Row, b: Row) => number;
}

/** Everything about one item of a list. */
export interface Details {
  /** Name and value; a value may take several lines. */
  readonly fields: readonly (readonly [name: string, value: Cell])[];
  /** A table below the fields. */
  readonly table?: Table;
}

/** The list of a screen. */
export interface ListContent<Row> {
  /** The first words of the title. */
  readonly title: string;
  /** Nouns for one item and for several. */
  readonly nouns: readonly [one: string, several: string];
  /** The orders; the first is the default. */
  readonly orders: readonly [Order<Row>, ...Order<Row>[]];
  /** Identifies an item while the list changes. */
  readonly key: (row: Row) => string;
  /** The text that the filter searches. */
  readonly text: (row: Row) => string;
  readonly columns: readonly Column[];
  /** The lines of an item: its own, and others below it. */
  readonly lines: (row: Row, colours: Colours) => readonly (readonly Cell[])[];
  readonly details: (row: Row, colours: Colours) => Details;
  /** Explains the columns in the help, one paragraph each. */
  readonly help: readonly string[];
}
