/** Encodes and decodes the header of a log or ring, for external storage. */
import { type ChannelHeader, encodeHeader, HEADER_LENGTH, peekVersion } from './core/header-layout.js';
import { decodeHeader } from './log/log-header.js';
import {
  decodeRingHeader,
  encodeRingHeader,
  isRingVersion,
  type RingHeader,
} from './ring/ring-header-layout.js';

/** Length of a header in bytes. */
export const CHANNEL_HEADER_LENGTH = HEADER_LENGTH;

/** Whether the header is that of a ring. */
export function isRingHeader(header: ChannelHeader | RingHeader): header is RingHeader {
  return 'policy' in header;
}

/** Encodes a header as the first {@link CHANNEL_HEADER_LENGTH} bytes of a channel file. */
export function encodeChannelHeader(header: ChannelHeader | RingHeader): Buffer {
  return isRingHeader(header) ? encodeRingHeader(header) : encodeHeader(header);
}

/**
 * Decodes and checks the header of a log or ring. `path`: named in errors.
 * @throws RingwireError the errors of an invalid header
 */
export function decodeChannelHeader(bytes: Buffer, path: string): ChannelHeader | RingHeader {
  const version = peekVersion(bytes);
  return version !== null && isRingVersion(version)
    ? decodeRingHeader(bytes, path)
    : decodeHeader(bytes, path);
}
