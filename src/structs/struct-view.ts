/** Reads fields of a record in place, without allocating an object for each record. */
import { compileGetters } from './compile.js';
import type { FieldType } from './field-type.js';
import type { Layout } from './layout.js';

/** The location of a record. */
export interface Place {
  /** The memory of the record. */
  readonly memory: DataView;
  /** Offset of its first byte. */
  readonly at: number;
  /** Version of its layout. */
  readonly version: number;
}

/**
 * Finds and checks a record.
 * @throws RangeError
 */
export type Locate = (buffer: Buffer, offset: number, length: number) => Place;

/** A view of one record at a time, with a property for each field of the struct. */
export type StructView<T> = Readonly<T> & {
  /**
   * Moves the view to a record: `length` bytes at `offset` of `buffer`. Default: from 0 to the end of the buffer.
   * @returns the view
   * @throws RangeError for a record of another layout, or one that is too short
   */
  at(buffer: Buffer, offset?: number, length?: number): StructView<T>;
  /** Copies the fields into an object for the caller to keep. */
  toObject(): T;
};

const MEMORY = Symbol('memory');
const START = Symbol('start');
const VERSION = Symbol('version');
const NOWHERE: DataView = new DataView(new ArrayBuffer(0));

/** Creates views of a layout. Creates the class once for each struct, so that reads stay monomorphic. */
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
