import { RingwireError } from '../../platform/index.js';
import {
  CAPACITY_OFFSET,
  type ChannelHeader,
  invalidCapacity,
  invalidMaxMessageLength,
  LOG_VERSION,
  MAX_MESSAGE_LENGTH_OFFSET,
  readHeaderFields,
  SIGNATURE,
  SIGNATURE_OFFSET,
  VERSION_OFFSET,
  versionText,
} from '../core/header-layout.js';
import { MIN_READABLE_CAPACITY, maxMessageLengthLimit } from './log-sizes.js';

/**
 * Decodes and checks the header of a log channel in the order of kekbit. `bytes`: at least {@link HEADER_LENGTH}
 * bytes.
 * @throws RingwireError `INVALID_SIGNATURE`, `INCOMPATIBLE_VERSION`, `INVALID_CAPACITY`, `INVALID_MAX_MESSAGE_LENGTH`
 * or `INVALID_TICK_UNIT`
 */
export function decodeHeader(bytes: Buffer, path: string): ChannelHeader {
  const signature = bytes.readBigUInt64LE(SIGNATURE_OFFSET);
  if (signature !== SIGNATURE) {
    throw new RingwireError('INVALID_SIGNATURE', `${path} is not a kekbit channel: wrong signature`, {
      path,
      expected: SIGNATURE,
      actual: signature,
    });
  }
  const version = bytes.readBigUInt64LE(VERSION_OFFSET);
  if (version > LOG_VERSION) {
    throw new RingwireError(
      'INCOMPATIBLE_VERSION',
      `${path} has version ${versionText(version)}, this release reads log channels up to version ${versionText(LOG_VERSION)}`,
      { path, expected: LOG_VERSION, actual: version },
    );
  }
  const capacity = bytes.readUInt32LE(CAPACITY_OFFSET);
  if (capacity < MIN_READABLE_CAPACITY) {
    throw invalidCapacity(path, capacity, `Capacity below minimum allowed of ${MIN_READABLE_CAPACITY} bytes`);
  }
  if (capacity % 8 !== 0) throw invalidCapacity(path, capacity, 'Capacity is not 8 bytes aligned');
  const maxMessageLength = bytes.readUInt32LE(MAX_MESSAGE_LENGTH_OFFSET);
  if (maxMessageLength > maxMessageLengthLimit(capacity)) {
    throw invalidMaxMessageLength(path, maxMessageLength, 'Max message length is too large');
  }
  if (maxMessageLength % 8 !== 0) {
    throw invalidMaxMessageLength(path, maxMessageLength, 'Max message length is not 8 bytes aligned');
  }
  return readHeaderFields(bytes);
}
