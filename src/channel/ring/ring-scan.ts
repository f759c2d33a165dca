/** What is in a ring: all that can still be read, read once and counted. */
import { RingwireError } from '../../platform/index.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import type { StreamPosition } from '../core/stream-position.js';
import { RingReader } from './ring-reader.js';
import { type RingReaderReport, RingView } from './ring-view.js';

/** Records between two reports of progress. */
const STRIDE = 65_536;

/** What only a ring has. Policy and treatment of stuck readers stand in its header. */
export interface RingReport {
  /** How often the ring got a new writer; 0 while its first one writes. */
  readonly epoch: number;
  /** Records the ring has taken since its beginning. */
  readonly sequence: number;
  /** Where a reader that begins now finds its oldest record. */
  readonly oldest: StreamPosition;
  /** Records that were overwritten while this report was made; they are not counted in it. */
  readonly overwritten: number;
  /** Everybody who has a reader slot, slowest first. */
  readonly readers: readonly RingReaderReport[];
}

/**
 * Reads a ring from its oldest record to where it ended when this began, holding nobody.
 * @throws RingwireError what opening a ring throws
 */
export function scanRing(root: string, channelId: bigint | number, onProgress?: ScanProgress) {
  using view = RingView.open(root, channelId);
  // The lock is asked first: a writer that closes while we read is then not taken for one that died.
  const { writerAlive, owner, header, fileLength } = view;
  using reader = RingReader.open(root, channelId, { observe: true, timeout: 'never' });
  const oldest = { position: reader.position, sequence: reader.sequence };
  const scan = scanTo(reader, view.intent, onProgress);
  const ring: RingReport = {
    epoch: view.epoch,
    sequence: reader.sequence,
    oldest,
    overwritten: reader.losses.records,
    readers: view.readers(reader.position),
  };
  return { ...scan, ring, header, fileLength, writerAlive, owner };
}

function scanTo(reader: RingReader, end: number, onProgress: ScanProgress | undefined): LogScan {
  let records = 0;
  let payloadBytes = 0;
  let lastPosition = -1;
  let lastLength = 0;
  const from = reader.position;
  const count = (_: Buffer, _offset: number, length: number, position: number) => {
    records++;
    payloadBytes += length;
    lastPosition = position;
    lastLength = length;
  };
  let error: RingwireError | null = null;
  try {
    // A writer may go on for ever; nobody reads after it. That a ring is full of marks shows two laps behind its end.
    const most = end + 2 * reader.header.capacity;
    for (let at = -1, found = 0; reader.position !== at && reader.position <= (found > 0 ? end : most); ) {
      at = reader.position;
      found = reader.poll(count, STRIDE);
      onProgress?.(reader.position - from, reader.header.capacity);
    }
  } catch (thrown) {
    if (!(thrown instanceof RingwireError) || thrown !== reader.endReason) throw thrown;
    error = thrown;
  }
  return {
    records,
    heartbeats: reader.heartbeats,
    payloadBytes,
    lastRecord: lastPosition < 0 ? null : { position: lastPosition, length: lastLength },
    position: reader.position,
    end: error !== null ? 'corrupt' : reader.endReason === null ? 'open' : 'closed',
    error,
  };
}
