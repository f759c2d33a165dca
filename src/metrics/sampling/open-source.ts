/** Opens a channel of any kind for the sampler. */
import { type ChannelKind, channelKind, scanChannel } from '../../channel/index.js';
import type { RingwireError } from '../../platform/index.js';
import { type ChannelLook, type ChannelSource, timeoutOf } from './channel-source.js';
import { JournalSource } from './journal-source.js';
import { LogSource } from './log-source.js';
import { RingSource } from './ring-source.js';

const SOURCES: Readonly<Record<ChannelKind, (root: string, id: bigint) => ChannelSource>> = {
  log: (root, id) => new LogSource(root, id),
  ring: (root, id) => new RingSource(root, id),
  journal: (root, id) => new JournalSource(root, id),
};

/** Opens a channel for sampling. @throws RingwireError as opening a reader does */
export function openSource(root: string, id: bigint): ChannelSource {
  return SOURCES[channelKind(root, id)](root, id);
}

/** The look of a channel that could not be opened or read. */
export function unreadable(root: string, id: bigint, error: RingwireError): ChannelLook {
  const { state, kind, header, path, position } = scanChannel(root, id);
  return {
    ...{ path, kind, state, position, pid: null, capacity: header?.capacity ?? 0, oldestPosition: 0 },
    ...{ records: 0, payloadBytes: 0, payloadExact: false, readableRecords: null, caughtUp: true, fill: 0 },
    ...{ restarts: null, timeoutMs: header === null ? null : timeoutOf(header), readers: [] },
    error: error.message,
    errorCode: error.code,
  };
}
