/** The channels of a command that takes several names and patterns. */
import { RingwireError } from '../../platform/index.js';
import { type ChannelName, channelsMatching, type RootOptions } from '../channel-argument.js';
import { isGlob } from '../channel-glob.js';

/** Whether the patterns name one channel, whose records and errors need no name. */
export function isSingle(patterns: readonly string[]): boolean {
  return patterns.length === 1 && !patterns.some(isGlob);
}

/** The channels that the patterns name. @throws RingwireError `STORAGE_NOT_FOUND` if there is none */
export function channelsNamed(patterns: readonly string[], options: RootOptions): ChannelName[] {
  const channels = channelsMatching(patterns, options);
  if (channels.length > 0) return channels;
  throw new RingwireError('STORAGE_NOT_FOUND', `no channel matches ${patterns.join(', ')}`);
}
