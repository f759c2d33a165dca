/** Targets of beats and their short forms. */
import path from 'node:path';
import { type RingWriter, resumeOrCreateRing, TickUnit, type Writer } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { FRAME_LENGTH } from '../frame/frame-layout.js';
import { type SecureKey, SecureSession } from '../secure/secure-session.js';
import type { BeatTransport } from './beat-transport.js';
import { ChannelTransport, channelName } from './channel-transport.js';
import { udpTransport, unixTransport } from './datagram-transport.js';

/**
 * Destination of beats. A string is `"/run/x.sock"` or `"unix:/run/x.sock"`, `"channel:ROOT#ID"` (a ring that is created
 * or resumed), or `"udp://ADDRESS:PORT"`.
 */
export type BeatTarget =
  | string
  | { readonly socket: string }
  | { readonly channel: Writer }
  | { readonly udp: { readonly host: string; readonly port: number } };

/** A {@link BeatTarget} by its kind, with absolute paths. */
export type ParsedTarget =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'writer'; readonly writer: Writer }
  | { readonly kind: 'channel'; readonly root: string; readonly channelId: bigint }
  | { readonly kind: 'udp'; readonly host: string; readonly port: number };

/** Bytes of a ring that is created for beats: 1600 records of 40 bytes. */
const RING_CAPACITY = 65_536;

const CHANNEL = /^channel:(.+)#(\d+|0x[0-9a-f]+)$/i;
const UDP = /^udp:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})$/;

/** Parses a target. @throws RingwireError `INVALID_ARGUMENT`, naming the valid forms */
export function parseTarget(target: BeatTarget): ParsedTarget {
  if (typeof target === 'string') return parseString(target);
  if (target !== null && typeof target === 'object') {
    if ('socket' in target) return { kind: 'socket', path: absolute(target.socket) };
    if ('channel' in target) return { kind: 'writer', writer: target.channel };
    if ('udp' in target) return { kind: 'udp', ...target.udp };
  }
  throw unknownTarget(target);
}

/** A name that is equal for equal targets. @throws RingwireError `INVALID_ARGUMENT` */
export function describeTarget(target: BeatTarget): string {
  const parsed = parseTarget(target);
  switch (parsed.kind) {
    case 'socket':
      return parsed.path;
    case 'udp':
      return `udp://${parsed.host}:${parsed.port}`;
    case 'channel':
      return `channel:${parsed.root}#${parsed.channelId}`;
    case 'writer':
      return channelName(parsed.writer);
  }
}

/** Opens the transport of a target. @throws RingwireError like {@link unixTransport} and `RingWriter.open` */
export function openTransport(target: BeatTarget, key: SecureKey | null, pid: number): BeatTransport {
  const parsed = parseTarget(target);
  if (key !== null && parsed.kind !== 'udp') {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'sharedKey and masterKey require a udp target: remove them, because the kernel attests the senders of other targets',
    );
  }
  switch (parsed.kind) {
    case 'socket':
      return unixTransport(parsed.path);
    case 'udp':
      return udpTransport(parsed.host, parsed.port, key === null ? null : new SecureSession(key, pid));
    case 'writer':
      return new ChannelTransport(parsed.writer);
    case 'channel': {
      const ring = openBeatRing(parsed.root, parsed.channelId, pid);
      return new ChannelTransport(ring, () => ring.detach());
    }
  }
}

function parseString(target: string): ParsedTarget {
  const channel = CHANNEL.exec(target);
  if (channel !== null) {
    return {
      kind: 'channel',
      root: path.resolve(channel[1] as string),
      channelId: BigInt(channel[2] as string),
    };
  }
  const udp = UDP.exec(target);
  if (udp !== null) return { kind: 'udp', host: (udp[1] ?? udp[2]) as string, port: Number(udp[3]) };
  if (target.startsWith('unix:')) return { kind: 'socket', path: absolute(target.slice('unix:'.length)) };
  if (/^(channel|udp):/.test(target)) throw unknownTarget(target);
  return { kind: 'socket', path: absolute(target) };
}

/** One name for one socket, because nonces are counted by path. An abstract name is unchanged. */
function absolute(socketPath: string): string {
  if (typeof socketPath !== 'string' || socketPath === '') throw unknownTarget(socketPath);
  return socketPath.startsWith('@') ? socketPath : path.resolve(socketPath);
}

/** Creates a ring, or resumes that of the last run of the agent. A ring never fills up. */
function openBeatRing(root: string, channelId: bigint, pid: number): RingWriter {
  return resumeOrCreateRing(root, {
    writerId: pid,
    channelId,
    capacity: RING_CAPACITY,
    maxMessageLength: FRAME_LENGTH,
    timeout: 0xffff_ffff_ffff_ffffn,
    tickUnit: TickUnit.Nanos,
  });
}

function unknownTarget(target: unknown): RingwireError {
  return new RingwireError(
    'INVALID_ARGUMENT',
    `invalid beat target ${typeof target === 'string' ? `"${target}"` : typeof target}: use "/run/x.sock", "unix:/run/x.sock", "channel:ROOT#ID", "udp://ADDRESS:PORT", { socket }, { channel } or { udp }`,
  );
}
