/**
 * Events of channels on `node:diagnostics_channel`. Nothing is created or published without a subscriber, and only slow
 * paths call these functions.
 */
import diagnostics from 'node:diagnostics_channel';
import type { ChannelHeader } from './header-layout.js';
import type { Loss } from './losses.js';

/** Message of `ringwire:channel.opened` and `ringwire:channel.closed`. */
export interface ChannelOpenedMessage {
  /** Whether a reader or a writer was opened or closed. */
  readonly role: 'reader' | 'writer';
  /** Kind of the channel. */
  readonly kind: 'log' | 'ring' | 'journal';
  /** The file of a log or ring, the folder of a journal. */
  readonly path: string;
  /** Id of the channel, by its header. */
  readonly channelId: bigint;
}

/** Message of `ringwire:reader.lost`. */
export interface ReaderLostMessage extends Loss {
  /** Kind of the channel. */
  readonly kind: 'ring' | 'journal';
  /** The file of a ring, the folder of a journal. */
  readonly path: string;
}

/** Message of `ringwire:writer.backPressured`: once for each wait, however often the writer tries. */
export interface BackPressuredMessage {
  /** The file of the ring. */
  readonly path: string;
  /** Position in bytes before which the readers let the writer store. */
  readonly allowed: number;
}

const opened = diagnostics.channel('ringwire:channel.opened');
const closed = diagnostics.channel('ringwire:channel.closed');
const lost = diagnostics.channel('ringwire:reader.lost');
const backPressured = diagnostics.channel('ringwire:writer.backPressured');

/** A segment of a journal is a log of its own. Its journal has the events. */
const SEGMENT = /\/[0-9a-f]{4}_[0-9a-f]{4}\.journal\/[^/]+\/[^/]+$/;

/** An open file with its header. */
interface OpenFile {
  readonly path: string;
  readonly header: ChannelHeader;
}

/** Publishes `ringwire:channel.opened`. */
export function announceOpened(
  role: ChannelOpenedMessage['role'],
  kind: ChannelOpenedMessage['kind'],
  file: OpenFile,
): void {
  if (opened.hasSubscribers && !SEGMENT.test(file.path)) opened.publish(messageOf(role, kind, file));
}

/** Publishes `ringwire:channel.closed`. */
export function announceClosed(
  role: ChannelOpenedMessage['role'],
  kind: ChannelOpenedMessage['kind'],
  file: OpenFile,
): void {
  if (closed.hasSubscribers && !SEGMENT.test(file.path)) closed.publish(messageOf(role, kind, file));
}

/** Publishes `ringwire:reader.lost`. */
export function announceLoss(kind: ReaderLostMessage['kind'], path: string, loss: Loss): void {
  if (lost.hasSubscribers) lost.publish({ kind, path, ...loss } satisfies ReaderLostMessage);
}

/** Publishes `ringwire:writer.backPressured`. `allowed`: in bytes. */
export function announceBackPressure(path: string, allowed: number): void {
  if (backPressured.hasSubscribers) backPressured.publish({ path, allowed } satisfies BackPressuredMessage);
}

function messageOf(
  role: ChannelOpenedMessage['role'],
  kind: ChannelOpenedMessage['kind'],
  { path, header }: OpenFile,
): ChannelOpenedMessage {
  return { role, kind, path, channelId: header.channelId };
}
