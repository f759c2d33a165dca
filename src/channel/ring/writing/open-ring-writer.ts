/** Opens a ring for its writer: creation, and takeover after the last writer. */
import fs from 'node:fs';
import {
  type Clock,
  couldNotAccess,
  type Mapping,
  mapExisting,
  RingwireError,
  selectBackend,
  tryLock,
  unlock,
} from '../../../platform/index.js';
import { announceClosed, announceOpened } from '../../core/diagnostics.js';
import { refuseOtherOptions } from '../../core/header-options.js';
import { unlockNamed } from '../../files/abandoned-names.js';
import { removeCreated } from '../../files/channel-file.js';
import type { ChannelKey } from '../../files/channel-names.js';
import { channelPaths } from '../../files/channel-path.js';
import { type ClaimedPaths, requireNamed } from '../../files/creation-lock.js';
import { markChanged } from '../../files/mark-changed.js';
import { createIdentified } from '../../files/name-claim.js';
import { findTail, MappedUnits, type RingTail } from '../find-tail.js';
import { RingCheckpoints } from '../ring-checkpoints.js';
import { closedRing, writerExists } from '../ring-errors.js';
import { createRingFile, openRingFile, type RingFile, writeOwner } from '../ring-file.js';
import { RING_DATA_OFFSET, type RingHeader, ringFileLength, WRITER_LOCK } from '../ring-header-layout.js';
import {
  type ResolvedRingOptions,
  type RingOptions,
  type RingResumeOptions,
  resolveResumeOptions,
  resolveRingOptions,
  resumeOptionsOf,
} from '../ring-options.js';

/** Resources of a ring writer. The writer's lock is held. */
export interface RingWriterParts {
  /** The ring file. */
  readonly file: RingFile;
  /** The mapping of the file. */
  readonly mapping: Mapping;
  /** Whether to ring the doorbell of sleeping readers. */
  readonly doorbell: boolean;
  /** The clock of the writer. */
  readonly clock: Clock;
  /** The published end, at which the next record goes. */
  readonly tail: RingTail;
}

/**
 * Creates a ring and passes its resources to `start`.
 * @throws RingwireError like `RingWriter.create`; no file remains then
 */
export function createRing<W>(root: string, options: RingOptions, start: (parts: RingWriterParts) => W): W {
  const resolved = resolveRingOptions(options);
  return createIdentified(root, resolved.identity, channelPaths, (paths, channelId) =>
    createRingAt(paths, { ...resolved.header, channelId }, resolved, start),
  );
}

function createRingAt<W>(
  paths: ClaimedPaths,
  header: RingHeader,
  resolved: ResolvedRingOptions,
  start: (parts: RingWriterParts) => W,
): W {
  const length = ringFileLength(header.capacity);
  const backend = selectBackend(length, resolved.backend);
  const file = createRingFile(paths, header, resolved.fileMode);
  try {
    const mapping = backend.map(file.fd, length, true);
    if (resolved.prefault) mapping.prefault();
    return begin(start, { ...resolved, file, mapping, tail: { position: 0, sequence: 0, closed: false } });
  } catch (error) {
    removeCreated(paths);
    fs.closeSync(file.fd);
    throw error instanceof RingwireError ? error : couldNotAccess(paths.file, error);
  }
}

/** Options that may differ from the existing ring unless they are given. */
const FIXED_IF_GIVEN = ['policy', 'stuckReader', 'stuckAfterMs'] as const;

/** Calls `create`; takes the ring over and gives its parts to `resume` if it exists. @throws like `RingWriter.open` */
export function openRing<W>(
  root: string,
  options: RingOptions,
  create: (root: string, options: RingOptions) => W,
  resume: (parts: RingWriterParts) => W,
): W {
  try {
    return create(root, options);
  } catch (error) {
    if (!(error instanceof RingwireError) || error.code !== 'STORAGE_ALREADY_EXISTS') throw error;
  }
  const asked = resolveRingOptions(options).header;
  const given = FIXED_IF_GIVEN.filter((name) => options[name] !== undefined);
  return resumeRing(root, options, resumeOptionsOf(options), resume, ({ path, header }) =>
    refuseOtherOptions<Omit<RingHeader, 'channelId'>>(path, header, asked, given),
  );
}

/**
 * Takes over a ring and passes its resources to `start`. `check`: called with the open file before anything is changed.
 * @throws RingwireError like `RingWriter.resume`
 */
export function resumeRing<W>(
  root: string,
  channel: ChannelKey,
  options: RingResumeOptions | undefined,
  start: (parts: RingWriterParts) => W,
  check: (file: RingFile) => void = () => {},
): W {
  const resolved = resolveResumeOptions(options);
  unlockNamed(root, channel);
  const file = openRingFile(channelPaths(root, channel), 'write');
  let mapping: Mapping | undefined;
  try {
    check(file);
    if (!tryLock(file.fd, file.path, WRITER_LOCK)) throw writerExists(file.path);
    requireNamed(file.path, file.fd);
    const length = ringFileLength(file.header.capacity);
    mapping = mapExisting(file.fd, file.path, { length, writable: true, backend: resolved.backend });
    const halves = new Int32Array(mapping.memory, RING_DATA_OFFSET);
    const checkpoints = new RingCheckpoints(new Int32Array(mapping.memory, 0, RING_DATA_OFFSET / 4));
    const tail = findTail(new MappedUnits(halves), checkpoints.newest(), file.header, file.path);
    if (tail.closed) throw closedRing(file.path);
    writeOwner(file.fd);
    return begin(start, { ...resolved, file, mapping, tail });
  } catch (error) {
    unlock(file.fd, WRITER_LOCK);
    mapping?.close();
    fs.closeSync(file.fd);
    throw error instanceof RingwireError ? error : couldNotAccess(file.path, error);
  }
}

function begin<W>(start: (parts: RingWriterParts) => W, parts: RingWriterParts): W {
  const writer = start(parts);
  announceOpened('writer', 'ring', parts.file);
  return writer;
}

/** Closes the file of a ring. A mapping keeps the open file, and with it the lock, until it is collected. */
export function releaseRing({ file, mapping }: RingWriterParts): void {
  announceClosed('writer', 'ring', file);
  markChanged(file.fd);
  unlock(file.fd, WRITER_LOCK);
  mapping.close(() => fs.closeSync(file.fd));
}
