/**
 * Writes msgpack with exactly the integer widths of the original encoder (msgpack v5.4.1 for Go): compact for `int`,
 * `cc` for uint8, `cf` for uint64, `d3` for int64.
 */
import { ControlError } from '../control-error.js';

const FIRST_ALLOCATION = 256;

/** Writes the values of one body in order. */
export class BodyWriter {
  #buffer = Buffer.allocUnsafe(FIRST_ALLOCATION);
  #at = 0;

  /** What was written; valid until the next write. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  nil(): void {
    this.#byte(0xc0);
  }

  bool(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  map(size: number): void {
    if (size < 16) this.#byte(0x80 | size);
    else this.#head(0xde, size, 2);
  }

  array(size: number): void {
    if (size < 16) this.#byte(0x90 | size);
    else if (size <= 0xffff) this.#head(0xdc, size, 2);
    else this.#head(0xdd, size, 4);
  }

  str(value: string): void {
    const length = Buffer.byteLength(value);
    if (length < 32) this.#byte(0xa0 | length);
    else if (length <= 0xff) this.#head(0xd9, length, 1);
    else if (length <= 0xffff) this.#head(0xda, length, 2);
    else this.#head(0xdb, length, 4);
    this.#reserve(length);
    this.#at += this.#buffer.write(value, this.#at, length, 'utf8');
  }

  bin(value: Uint8Array): void {
    const { length } = value;
    if (length <= 0xff) this.#head(0xc4, length, 1);
    else if (length <= 0xffff) this.#head(0xc5, length, 2);
    else this.#head(0xc6, length, 4);
    this.#reserve(length);
    this.#buffer.set(value, this.#at);
    this.#at += length;
  }

  /** 0 to 255, always in two bytes. */
  uint8(value: number): void {
    inRange('a uint8', BigInt(value), 0n, 0xffn);
    this.#head(0xcc, value, 1);
  }

  /** 0 to 2^64-1, always in nine bytes. */
  uint64(value: bigint): void {
    inRange('a uint64', value, 0n, 0xffff_ffff_ffff_ffffn);
    this.#reserve(9);
    this.#buffer[this.#at] = 0xcf;
    this.#buffer.writeBigUInt64BE(value, this.#at + 1);
    this.#at += 9;
  }

  /** -2^63 to 2^63-1, always in nine bytes. */
  int64(value: bigint): void {
    inRange('an int64', value, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
    this.#reserve(9);
    this.#buffer[this.#at] = 0xd3;
    this.#buffer.writeBigInt64BE(value, this.#at + 1);
    this.#at += 9;
  }

  /** -2^63 to 2^63-1, in the fewest bytes; Go's `int`. */
  int(value: number | bigint): void {
    const number = Number(value);
    if (number >= 0 && number < 0x80) this.#byte(number);
    else if (number < 0 && number >= -32) this.#byte(number & 0xff);
    else if (number >= 0 && number <= 0xff) this.#head(0xcc, number, 1);
    else if (number >= 0 && number <= 0xffff) this.#head(0xcd, number, 2);
    else if (number >= 0 && number <= 0xffff_ffff) this.#head(0xce, number, 4);
    else if (number < 0 && number >= -0x80) this.#head(0xd0, number & 0xff, 1);
    else if (number < 0 && number >= -0x8000) this.#head(0xd1, number & 0xffff, 2);
    else if (number < 0 && number >= -0x8000_0000) this.#head(0xd2, number >>> 0, 4);
    else if (number > 0) this.uint64(BigInt(value));
    else this.int64(BigInt(value));
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  #head(code: number, value: number, width: 1 | 2 | 4): void {
    this.#reserve(1 + width);
    this.#buffer[this.#at] = code;
    this.#buffer.writeUIntBE(value, this.#at + 1, width);
    this.#at += 1 + width;
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

function inRange(what: string, value: bigint, least: bigint, most: bigint): void {
  if (value >= least && value <= most) return;
  throw new ControlError('INVALID_ARGUMENT', `${value} is not ${what} (${least} to ${most})`);
}
