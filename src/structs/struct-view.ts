/** Reading the fields of a record in place, without making an object for each record. */
import { compileGetters } from './compile.js';
import type { FieldType } from './field-type.js';
import type { Layout } from './layout.js';

/** Where a record lies: memory, its first byte, and the version of its layout. */
export interface Place {
  readonly memory: DataView;
  readonly at: number;
  readonly version: number;
}

/** Finds and checks a record. @throws RangeError */
export type Locate = (buffer: Buffer, offset: number, length: number) => Place;

/** A view of one record at a time: a property for each field of the struct. */
export type StructView<T> = Readonly<T> & {
  /**
   * Moves the view to a record: `length` bytes at `offset` of `buffer`; by default from 0 to the end.
   * @returns the view
   * @throws RangeError for a record of another layout, or that is too short
   */
  at(buffer: Buffer, offset?: number, length?: number): StructView<T>;
  /** The fields as an object of their own, for keeping. */
  toObject(): T;
};

const MEMORY = Symbol('memory');
const START = Symbol('start');
const VERSION = Symbol('version');
const NOWHERE: DataView = new DataView(new ArrayBuffer(0));

/** Makes views of a layout. The class is made once for each struct, so that reads stay monomorphic. */
export function viewsOf<T>(
  layout: Layout,
  zeroOf: (type: FieldType<unknown>) => unknown,
  locate: Locate,
): () => StructView<T> {
  class View {
    [MEMORY]: DataView = NOWHERE;
    [START] = 0;
    [VERSION] = layout.version;

    at(buffer: Buffer, offset = 0, length: number = buffer.length - offset): this {
      const { memory, at, version } = locate(buffer, offset, length);
      this[MEMORY] = memory;
      this[START] = at;
      this[VERSION] = version;
      return this;
    }

    toObject(): Record<string, unknown> {
      const value: Record<string, unknown> = {};
      for (const { name } of layout.fields) value[name] = (this as unknown as Record<string, unknown>)[name];
      return value;
    }
  }
  const keys = { memory: MEMORY, start: START, version: VERSION };
  Object.defineProperties(View.prototype, compileGetters(layout.fields, keys, zeroOf));
  return () => new View() as unknown as StructView<T>;
}
