/** Scans a ring: reads and counts every available record once. */
import { RingwireError } from '../../platform/index.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import type { StreamPosition } from '../core/stream-position.js';
import { RingReader } from './ring-reader.js';
import { type RingReaderReport, RingView } from './ring-view.js';

/** Records between two progress reports. */
const STRIDE = 65_536;

/** Facts of a ring. Its header has the policy and the action for stuck readers. */
export interface RingReport {
  /** Number of writer takeovers; 0 for the first writer. */
  readonly epoch: number;
  /** Records published since the beginning. */
  readonly sequence: number;
  /** Position of the oldest record that a new reader can read. */
  readonly oldest: StreamPosition;
  /** Records overwritten during the scan. The report does not count them. */
  readonly overwritten: number;
  /** All readers with a slot, slowest first. */
  readonly readers: readonly RingReaderReport[];
}

/**
 * Reads a ring without back pressure from its oldest record to the end observed on entry.
 * @throws RingwireError the errors of opening a ring
 */
export function scanRing(root: string, channelId: bigint, onProgress?: ScanProgress) {
  using view = RingView.open(root, channelId);
  // The lock is checked first: otherwise a writer that closes during the scan would count as dead.
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
    // Stops at the end observed on entry, since a writer may never pause. Two laps later the ring contains
    // only marks.
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
