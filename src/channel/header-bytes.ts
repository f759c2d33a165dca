/** The header of a channel, log or ring, as bytes: for external storage. */
import { type ChannelHeader, encodeHeader, HEADER_LENGTH, peekVersion } from './core/header-layout.js';
import { decodeHeader } from './log/log-header.js';
import {
  decodeRingHeader,
  encodeRingHeader,
  isRingVersion,
  type RingHeader,
} from './ring/ring-header-layout.js';

/** Bytes of a header. */
export const CHANNEL_HEADER_LENGTH = HEADER_LENGTH;

export function isRingHeader(header: ChannelHeader | RingHeader): header is RingHeader {
  return 'policy' in header;
}

/** The first {@link CHANNEL_HEADER_LENGTH} bytes of the file of a channel with this header. */
export function encodeChannelHeader(header: ChannelHeader | RingHeader): Buffer {
  return isRingHeader(header) ? encodeRingHeader(header) : encodeHeader(header);
}

/** `path` is for the messages. @throws RingwireError the errors of the header */
export function decodeChannelHeader(bytes: Buffer, path: string): ChannelHeader | RingHeader {
  const version = peekVersion(bytes);
  return version !== null && isRingVersion(version)
    ? decodeRingHeader(bytes, path)
    : decodeHeader(bytes, path);
}
