/** A struct followed by a text or bytes of any length, up to the end of the record. */
import type { Codec } from '../channel/index.js';

/** Type of a tail. */
export type TailKind = 'text' | 'bytes';

/** The value of a tail. */
export type TailOf<K extends TailKind> = K extends 'text' ? string : Uint8Array;

/** The used part of the struct before the tail. */
interface FixedPart<T> {
  readonly name: string;
  readonly recordLength: number;
  encode(value: T, buffer: Buffer, offset: number, limit: number): number;
  decode(buffer: Buffer, offset: number, length: number): T;
  versionOf(buffer: Buffer, offset: number, length: number): number;
  readonly layout: { readonly version: number };
}

/**
 * A codec for a struct with one more property, `tail`, which extends to the end of the record; its length is
 * not stored. Refuses records of another version of the struct, since their tail starts at another offset.
 * Created by `Struct.withTail`.
 *
 * @example
 * ```ts
 * const entry = struct({ level: u8, at: u64 }, { name: 'Entry' }).withTail('text');
 * writer.write({ level: 1, at: 0n, tail: 'started' });
 * ```
 */
export class TailedStruct<T, K extends TailKind> implements Codec<T & { tail: TailOf<K> }> {
  readonly mediaType = 'application/x-ringwire-struct';
  readonly formatId = null;
  readonly #fixed: FixedPart<T>;
  readonly #kind: K;

  /** @internal Use `Struct.withTail`. */
  constructor(fixed: FixedPart<T>, kind: K) {
    if (kind !== 'text' && kind !== 'bytes') {
      throw new TypeError(`unknown tail '${String(kind)}'; expected text or bytes`);
    }
    this.#fixed = fixed;
    this.#kind = kind;
  }

  sizeBound({ tail }: T & { tail: TailOf<K> }): number {
    return this.#fixed.recordLength + this.#lengthOf(tail);
  }

  encode(value: T & { tail: TailOf<K> }, buffer: Buffer, offset: number, limit: number): number {
    const start = this.#fixed.recordLength;
    const { tail } = value;
    const length = this.#lengthOf(tail);
    if (start + length > limit) return start + length;
    this.#fixed.encode(value, buffer, offset, limit);
    if (typeof tail === 'string') buffer.write(tail, offset + start, length, 'utf8');
    else buffer.set(tail as Uint8Array, offset + start);
    return start + length;
  }

  /**
   * Decodes a record.
   * @throws RangeError for a record of another layout or version, or one that is too short
   */
  decode(buffer: Buffer, offset: number, length: number): T & { tail: TailOf<K> } {
    const fixed = this.#fixed;
    const version = fixed.versionOf(buffer, offset, length);
    if (version !== fixed.layout.version) {
      throw new RangeError(
        `a ${fixed.name} with a tail has version ${fixed.layout.version}, the record has ${version}`,
      );
    }
    const value = fixed.decode(buffer, offset, length) as T & { tail: TailOf<K> };
    const begin = offset + fixed.recordLength;
    const end = offset + length;
    value.tail = (
      this.#kind === 'text'
        ? buffer.toString('utf8', begin, end)
        : Uint8Array.from(buffer.subarray(begin, end))
    ) as TailOf<K>;
    return value;
  }

  #lengthOf(tail: unknown): number {
    if (this.#kind === 'text' && typeof tail === 'string') return Buffer.byteLength(tail, 'utf8');
    if (this.#kind === 'bytes' && tail instanceof Uint8Array) return tail.length;
    throw new TypeError(
      `${this.#fixed.name}.tail takes ${this.#kind === 'text' ? 'a text' : 'a Uint8Array'}`,
    );
  }
}
