import { RingwireError } from '../../../platform/index.js';
import { crc32 } from '../../core/crc32.js';
import type { RecordDecorator } from './record-decorator.js';

const LENGTH = 4;

/**
 * A checksum behind each record: CRC-32 of everything inside this handler, u32, little endian. Ours; kekbit announced
 * one and never had it. docs/format.md, "Handlers".
 *
 * The calculation starts from the complement of the number of bytes (zlib: `crc32(~length, bytes, length)`), so that a
 * record whose length word was damaged is found also where the bytes are zeros.
 */
export class ChecksumHandler implements RecordDecorator {
  readonly incomingLength = 0;
  readonly outgoingLength = LENGTH;

  incoming(): void {}

  outgoing(buffer: Buffer, offset: number, start: number): void {
    buffer.writeUInt32LE(checksum(buffer, start, offset), offset);
  }

  /** @throws RingwireError `CHECKSUM_MISMATCH` */
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
