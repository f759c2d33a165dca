/**
 * Deletes old segments.
 *
 * INV-JOURNAL-03: segments are deleted oldest first, a segment before its index, and never the newest: the rest is a
 * chain without a gap, and shows the number of deleted records.
 * INV-JOURNAL-04: with `keepForCursors` no segment is deleted that holds, or may hold, a record at or after the
 * position of a registered cursor; an unreadable cursor keeps all segments.
 */
import fs from 'node:fs';
import { type Clock, couldNotAccess, systemCode } from '../../platform/index.js';
import { DurableCursor } from '../files/durable-cursor.js';
import { fileLengthFor } from '../log/log-sizes.js';
import type { Retention } from './journal-options.js';
import { cursorNameOf, type JournalPaths, segmentPaths } from './journal-path.js';
import type { SegmentChain } from './segment-chain.js';

/**
 * Deletes the segments beyond the limits. `coming`: number of segments about to be created.
 * @returns number of deleted segments
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function applyRetention(
  chain: SegmentChain,
  retention: Retention,
  clock: Clock,
  coming: number,
): number {
  const ordinals = chain.list();
  const kept = retention.keepForCursors ? neededByCursors(chain) : Number.POSITIVE_INFINITY;
  let deleted = 0;
  while (deleted < ordinals.length - 1) {
    const oldest = ordinals[deleted] as number;
    if (oldest >= kept) break;
    const left = ordinals.length - deleted + coming;
    const ended = () => chain.createdAt(ordinals[deleted + 1] as number);
    if (!isTooMuch(left, chain.header.capacity, retention) && !isTooOld(ended, retention, clock)) break;
    deleteSegment(chain.paths, oldest);
    deleted++;
  }
  return deleted;
}

function isTooMuch(segments: number, capacity: number, { maxBytes, maxSegments }: Retention): boolean {
  return (
    segments > (maxSegments ?? Number.POSITIVE_INFINITY) ||
    segments * fileLengthFor(capacity) > (maxBytes ?? Number.POSITIVE_INFINITY)
  );
}

/** A segment ends when its successor is created. */
function isTooOld(ended: () => bigint | null, { maxAgeMs }: Retention, clock: Clock): boolean {
  if (maxAgeMs === undefined) return false;
  const end = ended();
  return end !== null && clock.unixNanos() - end > BigInt(maxAgeMs) * 1_000_000n;
}

function deleteSegment(paths: JournalPaths, ordinal: number): void {
  const { file, index, bell } = segmentPaths(paths.folder, ordinal);
  try {
    for (const path of [file, index, bell]) fs.rmSync(path, { force: true });
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}

/** Ordinal of the oldest segment that a registered cursor needs. */
function neededByCursors({ paths, header }: SegmentChain): number {
  let needed = Number.POSITIVE_INFINITY;
  for (const { place } of registeredCursors(paths, header)) {
    needed = Math.min(needed, Math.floor((place?.position ?? 0) / header.capacity));
  }
  return needed;
}

/** A cursor registered with a journal. */
export interface RegisteredCursor {
  /** Name of the cursor. */
  readonly name: string;
  /** Saved position of the cursor; null if the file is unreadable. */
  readonly place: { readonly position: number; readonly sequence: number; readonly userValue: number } | null;
}

/**
 * Reads the registered cursors of a journal.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function registeredCursors(
  paths: JournalPaths,
  journal: { readonly creationTime: bigint },
): RegisteredCursor[] {
  let files: string[];
  try {
    files = fs.readdirSync(paths.cursors);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw couldNotAccess(paths.cursors, error);
  }
  const cursors: RegisteredCursor[] = [];
  for (const file of files.sort()) {
    const name = cursorNameOf(file);
    if (name === null) continue;
    cursors.push({ name, place: DurableCursor.peek(`${paths.cursors}/${file}`, journal) });
  }
  return cursors;
}
