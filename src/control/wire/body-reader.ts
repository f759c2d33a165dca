/**
 * Reads msgpack as tolerantly as the decoder of the original (any integer width, str for bin, nil for anything), and
 * refuses what that decoder guesses: values out of range, nesting deeper than {@link MAX_DEPTH}.
 *
 * INV-CTL-02: nothing is allocated by what a length or count promises, only by bytes that have arrived.
 */
import { ControlError } from '../control-error.js';

/** Levels of nesting inside a value that is skipped. */
export const MAX_DEPTH = 32;

/** Reads the values of one body in order. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  /** Takes a nil if one is next. */
  takeNil(): boolean {
    if (this.#body[this.#at] !== 0xc0) return false;
    this.#at++;
    return true;
  }

  /** The number of pairs of the map that is next. */
  mapSize(): number {
    const code = this.#code('a map');
    if ((code & 0xf0) === 0x80) return code & 0x0f;
    if (code === 0xde) return this.#uint(2);
    if (code === 0xdf) return this.#uint(4);
    return this.#unexpected(code, 'a map');
  }

  /** The number of elements of the array that is next, or -1 when the next value is not an array, which is then not taken. */
  tryArraySize(): number {
    const code = this.#body[this.#at] ?? 0;
    if ((code & 0xf0) !== 0x90 && code !== 0xdc && code !== 0xdd) return -1;
    return this.arraySize();
  }

  arraySize(): number {
    const code = this.#code('an array');
    if ((code & 0xf0) === 0x90) return code & 0x0f;
    if (code === 0xdc) return this.#uint(2);
    if (code === 0xdd) return this.#uint(4);
    return this.#unexpected(code, 'an array');
  }

  /** Text from str or bin; bytes that are not UTF-8 become U+FFFD. */
  str(): string {
    return this.bytes().toString('utf8');
  }

  /** A view of the body: bytes from str or bin. */
  bytes(): Buffer {
    const code = this.#code('a string');
    let length: number;
    if ((code & 0xe0) === 0xa0) length = code & 0x1f;
    else if (code === 0xd9 || code === 0xc4) length = this.#uint(1);
    else if (code === 0xda || code === 0xc5) length = this.#uint(2);
    else if (code === 0xdb || code === 0xc6) length = this.#uint(4);
    else return this.#unexpected(code, 'a string or bytes');
    return this.#take(length);
  }

  bool(): boolean {
    const code = this.#code('a bool');
    if (code === 0xc2) return false;
    if (code === 0xc3) return true;
    return this.#unexpected(code, 'a bool');
  }

  /** An integer of any width and sign, least <= value <= most. */
  integer(least: bigint, most: bigint): bigint {
    const value = this.#integer();
    if (value < least || value > most) throw bad(`${value} is out of range (${least} to ${most})`);
    return value;
  }

  /** Steps over one value. */
  skip(depth = 0): void {
    if (depth > MAX_DEPTH) throw bad(`nested deeper than ${MAX_DEPTH} levels`);
    const code = this.#code('a value');
    if (code < 0x80 || code >= 0xe0 || code === 0xc0 || code === 0xc2 || code === 0xc3) return;
    if (code < 0x90) this.#skipMany((code & 0x0f) * 2, depth);
    else if (code < 0xa0) this.#skipMany(code & 0x0f, depth);
    else if (code < 0xc0) this.#take(code & 0x1f);
    else this.#skipCode(code, depth);
  }

  #skipCode(code: number, depth: number): void {
    if (code >= 0xc4 && code <= 0xc6) this.#take(this.#uint(1 << (code - 0xc4)));
    else if (code >= 0xc7 && code <= 0xc9) this.#take(this.#uint(1 << (code - 0xc7)) + 1);
    else if (code === 0xca) this.#take(4);
    else if (code === 0xcb) this.#take(8);
    else if (code >= 0xcc && code <= 0xcf) this.#take(1 << (code - 0xcc));
    else if (code >= 0xd0 && code <= 0xd3) this.#take(1 << (code - 0xd0));
    else if (code >= 0xd4 && code <= 0xd8) this.#take((1 << (code - 0xd4)) + 1);
    else if (code >= 0xd9 && code <= 0xdb) this.#take(this.#uint(1 << (code - 0xd9)));
    else if (code === 0xdc || code === 0xdd) this.#skipMany(this.#uint(code === 0xdc ? 2 : 4), depth);
    else if (code === 0xde || code === 0xdf) this.#skipMany(this.#uint(code === 0xde ? 2 : 4) * 2, depth);
    else this.#unexpected(code, 'a value');
  }

  #skipMany(count: number, depth: number): void {
    for (let i = 0; i < count; i++) this.skip(depth + 1);
  }

  #integer(): bigint {
    const code = this.#code('an integer');
    if (code < 0x80) return BigInt(code);
    if (code >= 0xe0) return BigInt(code - 0x100);
    const body = this.#body;
    const at = this.#at;
    switch (code) {
      case 0xcc:
      case 0xcd:
      case 0xce:
        return BigInt(this.#uint(code === 0xcc ? 1 : code === 0xcd ? 2 : 4));
      case 0xd0:
      case 0xd1:
      case 0xd2: {
        const width = code === 0xd0 ? 1 : code === 0xd1 ? 2 : 4;
        this.#take(width);
        return BigInt(body.readIntBE(at, width));
      }
      case 0xcf:
        this.#take(8);
        return body.readBigUInt64BE(at);
      case 0xd3:
        this.#take(8);
        return body.readBigInt64BE(at);
      default:
        return this.#unexpected(code, 'an integer');
    }
  }

  #uint(width: number): number {
    const at = this.#at;
    this.#take(width);
    return this.#body.readUIntBE(at, width);
  }

  #code(what: string): number {
    const code = this.#body[this.#at];
    if (code === undefined) throw bad(`the body ends where ${what} should be`);
    this.#at++;
    return code;
  }

  #take(length: number): Buffer {
    const start = this.#at;
    const end = start + length;
    if (end > this.#body.length) throw bad('the body ends inside a value');
    this.#at = end;
    return this.#body.subarray(start, end);
  }

  #unexpected(code: number, what: string): never {
    throw bad(`code ${code.toString(16).padStart(2, '0')} at byte ${this.#at - 1} is not ${what}`);
  }
}

function bad(reason: string): ControlError {
  return new ControlError('BAD_BODY', `msgpack: ${reason}`);
}
