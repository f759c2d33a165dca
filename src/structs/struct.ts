/**
 * Structs of a fixed layout: a codec that encodes directly into the claimed bytes of a channel, and a view that reads
 * fields in place without allocating.
 */
import type { Codec } from '../channel/index.js';
import { compileReader, compileWriter, type ReadFields, type WriteFields } from './compile.js';
import type { FieldKind, FieldType, ValueOf } from './field-type.js';
import {
  type Layout,
  type LayoutTag,
  namedKinds,
  type PlacedField,
  placeFields,
  TAG_LENGTH,
} from './layout.js';
import { type StructView, viewsOf } from './struct-view.js';
import { TailedStruct, type TailKind } from './tailed-struct.js';

/** Fields by name, in the order of the layout. */
export type Fields = Readonly<Record<string, FieldType<unknown>>>;

/** A value of a struct with these fields. */
export type StructValue<F extends Fields> = { -readonly [N in keyof F]: ValueOf<F[N]> };

/** The value of a struct: `type Quote = StructOf<typeof quote>`. */
export type StructOf<S> = S extends Struct<infer V> ? V : never;

/** Options of {@link struct}. */
export interface StructOptions {
  /** Name of the struct in the declarations of other languages. Default: `Record`. */
  readonly name?: string;
  /** Leave no padding between fields. Default: false; fields are aligned as in C. */
  readonly packed?: boolean;
  /**
   * Layout tag. `record` (default): eight bytes before each struct identify its layout, and a reader refuses another
   * layout. `none`: only the struct, as programs without layout tags write it.
   */
  readonly tag?: 'record' | 'none';
}

const KNOWN = ['name', 'packed', 'tag'];
const NOWHERE: DataView = new DataView(new ArrayBuffer(0));
const TYPE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Defines a struct once, for the channel, its readers, and other languages.
 *
 * @example
 * const quote = struct({ symbol: chars(8), price: f64, quantity: u32, sentAt: u64 }, { name: 'Quote' });
 * const writer = new TypedWriter(ring, quote);
 * writer.write({ symbol: 'RW', price: 10.5, quantity: 3, sentAt: 0n });
 *
 * @throws TypeError for a name that is not an identifier, given twice, or an unknown option
 */
export function struct<F extends Fields>(fields: F, options: StructOptions = {}): Struct<StructValue<F>> {
  for (const option of Object.keys(options)) {
    if (!KNOWN.includes(option)) {
      throw new TypeError(`unknown option '${option}'; expected one of ${KNOWN.join(', ')}`);
    }
  }
  const { name = 'Record', packed = false, tag = 'record' } = options;
  if (!TYPE_NAME.test(name))
    throw new TypeError(`'${name}' is not a valid struct name: use letters, digits and _`);
  if (tag !== 'record' && tag !== 'none')
    throw new TypeError(`unknown tag '${String(tag)}'; expected record or none`);
  return new Struct([fields], name, packed, tag === 'record');
}

/**
 * A struct with a fixed layout: a {@link Codec} for channels, streams and messages, and a field type for
 * other structs. Created by {@link struct}.
 *
 * @example
 * ```ts
 * const quote = struct({ symbol: chars(8), price: f64 }, { name: 'Quote' });
 * const view = quote.view();
 * reader.poll((buffer, offset, length) => console.log(view.at(buffer, offset, length).price));
 * ```
 */
export class Struct<T> implements Codec<T>, FieldType<T> {
  readonly mediaType = 'application/x-ringwire-struct';
  readonly formatId = null;
  /** Name of the struct in the declarations of other languages. */
  readonly name: string;
  /** Offsets of the fields and tags of the versions. */
  readonly layout: Layout;
  /** Whether eight bytes before each record identify its layout. */
  readonly tagged: boolean;
  /** Description for the declarations of other languages. */
  readonly kind: FieldKind;
  readonly #versions: readonly Readonly<Record<string, FieldType<unknown>>>[];
  readonly #fields: readonly PlacedField[];
  readonly #start: number;
  readonly #write: WriteFields;
  readonly #read: ReadFields;
  readonly #tag: LayoutTag;
  readonly #recordLength: number;
  readonly #makeView: () => StructView<T>;
  readonly #place: { memory: DataView; at: number; version: number } = { memory: NOWHERE, at: 0, version: 0 };
  /** The last used buffer, a view of its memory, and its offset there: each access to `buffer.buffer` costs 5 ns or more. */
  #buffer: Buffer | null = null;
  #memory: DataView = NOWHERE;
  #base = 0;

  /** @internal Use {@link struct}. */
  constructor(
    versions: readonly Readonly<Record<string, FieldType<unknown>>>[],
    name: string,
    packed: boolean,
    tagged: boolean,
  ) {
    this.#versions = versions;
    this.name = name;
    this.layout = placeFields(versions, packed);
    this.tagged = tagged;
    this.kind = { kind: 'struct', name, fields: namedKinds(this.layout), packed };
    this.#fields = this.layout.fields;
    this.#start = tagged ? TAG_LENGTH : 0;
    this.#recordLength = this.#start + this.layout.size;
    this.#tag = this.layout.tags.at(-1) as LayoutTag;
    this.#write = compileWriter(this.#fields, this.layout.size, (error, field) => named(error, name, field));
    this.#read = compileReader(this.#fields, zeroOf);
    this.#makeView = viewsOf<T>(this.layout, zeroOf, (buffer, offset, length) => {
      const place = this.#place;
      place.memory = this.#over(buffer);
      const at = this.#base + offset;
      place.version = this.#check(place.memory, at, length);
      place.at = at + this.#start;
      return place;
    });
  }

  /** Size of the struct in bytes, without its tag. */
  get size(): number {
    return this.layout.size;
  }

  /** The offset of this struct in another one is a multiple of this, in bytes. */
  get alignment(): number {
    return this.layout.alignment;
  }

  /** Length of a record in bytes: the tag, if any, and the struct. */
  get recordLength(): number {
    return this.#recordLength;
  }

  /**
   * Returns the next version of the struct, with more fields after the existing ones. Readers of an older version
   * ignore the new fields. Readers of this version find zeros in records of an older writer.
   */
  extend<F extends Fields>(fields: F): Struct<T & StructValue<F>> {
    const versions = [...this.#versions, fields];
    return new Struct(versions, this.name, this.layout.packed, this.tagged);
  }

  /**
   * Returns the same struct followed by a text or bytes of any length, as the property `tail`. Both sides must use
   * the same version.
   */
  withTail<K extends TailKind>(kind: K): TailedStruct<T, K> {
    return new TailedStruct(this, kind);
  }

  sizeBound(): number {
    return this.recordLength;
  }

  encode(value: T, buffer: Buffer, offset: number, limit: number): number {
    const length = this.#recordLength;
    if (length > limit) return length;
    const memory = this.#over(buffer);
    let at = this.#base + offset;
    if (this.tagged) {
      writeTag(memory, at, this.#tag);
      at += TAG_LENGTH;
    }
    this.#write(memory, at, value as Record<string, unknown>);
    return length;
  }

  /**
   * Decodes a record.
   * @throws RangeError for a record of another layout, or one that is too short
   */
  decode(buffer: Buffer, offset: number, length: number): T {
    const memory = this.#over(buffer);
    const at = this.#base + offset;
    const version = this.#check(memory, at, length);
    return this.#read(memory, at + this.#start, version) as T;
  }

  /**
   * Returns the version of the layout of a record, which may be later than this one.
   * @throws RangeError like {@link decode}
   */
  versionOf(buffer: Buffer, offset: number, length: number): number {
    const memory = this.#over(buffer);
    const at = this.#base + offset;
    this.#check(memory, at, length);
    return this.tagged ? memory.getUint16(at + 4, true) : this.layout.version;
  }

  /**
   * Creates a view that reads fields in place: `view.at(buffer, offset, length)` moves it to a record, and its
   * properties read from it. One view serves any number of records. It is valid as long as the buffer.
   */
  view(): StructView<T> {
    return this.#makeView();
  }

  /** Reads the struct as a field of another struct. */
  read(memory: DataView, at: number): T {
    return this.#read(memory, at, this.layout.version) as T;
  }

  /**
   * Stores the struct as a field of another struct.
   * @throws RangeError or TypeError, naming the field
   */
  write(memory: DataView, at: number, value: T): void {
    this.#write(memory, at, value as Record<string, unknown>);
  }

  /**
   * Checks a record and returns its version.
   * @throws RangeError
   */
  #check(memory: DataView, at: number, length: number): number {
    if (!this.tagged) {
      if (length >= this.layout.size) return this.layout.version;
      throw new RangeError(`a ${this.name} has ${this.layout.size} bytes, the record has ${length}`);
    }
    if (length < TAG_LENGTH)
      throw new RangeError(`the record has ${length} bytes: too short for a tagged struct`);
    const first = memory.getUint32(at, true);
    const version = memory.getUint16(at + 4, true);
    const tag = this.#tag;
    if (
      first === tag.first &&
      version === tag.version &&
      memory.getUint16(at + 6, true) === tag.check &&
      length >= this.#recordLength
    ) {
      return version;
    }
    return this.#checkOther(memory, at, length, first, version);
  }

  /** Checks a record of another version, and refuses one of another struct. */
  #checkOther(memory: DataView, at: number, length: number, first: number, version: number): number {
    const own = this.layout.tags[Math.min(version, this.layout.version) - 1];
    if (
      own === undefined ||
      own.first !== first ||
      (own.version === version && own.check !== memory.getUint16(at + 6, true))
    ) {
      throw new RangeError(
        `the record has another layout (${hex(first)}, version ${version}) than ${this.name} (${hex(this.layout.tags[0]?.first ?? 0)}, version ${this.layout.version})`,
      );
    }
    const shared = Math.min(version, this.layout.version);
    const needed = endOf(this.#fields, shared);
    if (length - TAG_LENGTH >= needed) return shared;
    throw new RangeError(`a ${this.name} needs ${needed} bytes, the record has ${length - TAG_LENGTH}`);
  }

  /** The memory of a buffer, which begins at {@link #base} there. */
  #over(buffer: Buffer): DataView {
    if (buffer !== this.#buffer) {
      if (buffer.buffer !== this.#memory.buffer) this.#memory = new DataView(buffer.buffer);
      this.#base = buffer.byteOffset;
      this.#buffer = buffer;
    }
    return this.#memory;
  }
}

function writeTag(memory: DataView, at: number, { first, version, check }: LayoutTag): void {
  memory.setUint32(at, first, true);
  memory.setUint16(at + 4, version, true);
  memory.setUint16(at + 6, check, true);
}

function endOf(fields: readonly PlacedField[], version: number): number {
  let end = 0;
  for (const field of fields) if (field.version <= version) end = field.offset + field.type.size;
  return end;
}

const zeros = new Map<FieldType<unknown>, unknown>();

/** Returns the value that a field reads from zero bytes: its value in a record of an older version. */
function zeroOf(type: FieldType<unknown>): unknown {
  if (type.kind.kind === 'enum')
    return Object.keys(type.kind.values).find((name) => enumValue(type, name) === 0);
  if (!zeros.has(type)) zeros.set(type, type.read(new DataView(new ArrayBuffer(type.size)), 0));
  const zero = zeros.get(type);
  return typeof zero === 'object' ? type.read(new DataView(new ArrayBuffer(type.size)), 0) : zero;
}

function enumValue(type: FieldType<unknown>, name: string): number | undefined {
  return type.kind.kind === 'enum' ? type.kind.values[name] : undefined;
}

function named(error: unknown, name: string, field: string): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  const Kind = error instanceof RangeError ? RangeError : TypeError;
  return new Kind(`${name}.${field}: ${error.message}`);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
