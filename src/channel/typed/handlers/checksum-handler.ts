import { crc32, RingwireError } from '../../../platform/index.js';
import type { RecordDecorator } from './record-decorator.js';

const LENGTH = 4;

/**
 * Appends a checksum to each record: CRC-32 of all bytes inside this handler, u32, little endian. kekbit
 * announced such a handler and never released it. docs/format.md, "Handlers".
 *
 * The calculation starts from the complement of the number of bytes (zlib: `crc32(~length, bytes, length)`).
 * It therefore detects a damaged length word also in a record of zeros.
 *
 * @example
 * ```ts
 * const writer = new TypedWriter(ShmWriter.create(root, options), utf8, new ChecksumHandler());
 * ```
 */
export class ChecksumHandler implements RecordDecorator {
  readonly incomingLength = 0;
  readonly outgoingLength = LENGTH;

  incoming(): void {}

  outgoing(buffer: Buffer, offset: number, start: number): void {
    buffer.writeUInt32LE(checksum(buffer, start, offset), offset);
  }

  /**
   * Compares the checksum of a record with its bytes.
   * @throws RingwireError `CHECKSUM_MISMATCH`
   */
  check(buffer: Buffer, start: number, end: number, position: number): void {
    const expected = checksum(buffer, start, end - LENGTH);
    const actual = buffer.readUInt32LE(end - LENGTH);
    if (expected === actual) return;
    throw new RingwireError(
      'CHECKSUM_MISMATCH',
      `the record at position ${position} is damaged: its checksum is 0x${actual.toString(16)}, its bytes give 0x${expected.toString(16)}`,
      { position, expected: BigInt(expected), actual: BigInt(actual) },
    );
  }

  receive(): void {}
}

function checksum(buffer: Buffer, start: number, end: number): number {
  return crc32(buffer.subarray(start, end), ~(end - start) >>> 0);
}
