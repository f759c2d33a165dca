/**
 * The control file of a journal: the common header of its segments. It is written once, at creation. The kernel lock of
 * the writer is on this file. docs/guides/journal.md, "Control file".
 *
 *      +---------------------------------------------------+
 *    0 | signature, "RWJRNL01"                             |
 *      +---------------------------------------------------+
 *    8 | a kekbit header, 128 bytes: that of the segments, |  with the id of the journal and its creation time
 *      | little endian                                     |
 *      +---------------------------------------------------+
 *  136 | CRC-32 of the bytes before, u32                   |
 *      +---------------------------------------------------+
 */
import { crc32, RingwireError } from '../../platform/index.js';
import { type ChannelHeader, encodeHeader, HEADER_LENGTH } from '../core/header-layout.js';
import { decodeHeader } from '../log/log-header.js';

const SIGNATURE = Buffer.from('RWJRNL01', 'latin1');
const HEADER_OFFSET = 8;
const CRC_OFFSET = HEADER_OFFSET + HEADER_LENGTH;
/** Length of a control file in bytes. */
export const CONTROL_LENGTH = CRC_OFFSET + 4;

/** Encodes a header into the {@link CONTROL_LENGTH} bytes of a control file. */
export function encodeControl(header: ChannelHeader): Buffer {
  const bytes = Buffer.alloc(CONTROL_LENGTH);
  SIGNATURE.copy(bytes);
  encodeHeader(header).copy(bytes, HEADER_OFFSET);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return bytes;
}

/**
 * Decodes a control file. `bytes`: its first {@link CONTROL_LENGTH} bytes, or fewer if the file is shorter.
 * @throws RingwireError `STORAGE_TRUNCATED`, `INVALID_SIGNATURE`, `CORRUPT_CHANNEL` or the errors of a channel header
 */
export function decodeControl(bytes: Buffer, path: string): ChannelHeader {
  if (bytes.length < CONTROL_LENGTH) {
    throw new RingwireError('STORAGE_TRUNCATED', `${path} is shorter than the control file of a journal`, {
      path,
      length: bytes.length,
      needed: CONTROL_LENGTH,
    });
  }
  if (!bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE)) {
    throw new RingwireError('INVALID_SIGNATURE', `${path} is not the control file of a journal`, { path });
  }
  if (bytes.readUInt32LE(CRC_OFFSET) !== crc32(bytes.subarray(0, CRC_OFFSET))) {
    throw new RingwireError('CORRUPT_CHANNEL', `${path} is damaged: its checksum is wrong`, {
      path,
      reason: 'checksum',
    });
  }
  return decodeHeader(bytes.subarray(HEADER_OFFSET), path);
}
