/**
 * Recovery of a log whose writer died. The caller starts it; it is a dry run by default. An addition outside the
 * kekbit format.
 *
 * INV-RECOVER-01: no sound record before the end that {@link scanLog} finds is changed.
 * INV-RECOVER-02: recovery can be repeated after a death at any point, and then leaves the bytes of a single run: the
 * word at the end is a WATERMARK before anything after it is cleared, and becomes CLOSE last.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type BackendName, RingwireError, storageError, systemCode } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import { syncFolder } from '../files/channel-folders.js';
import type { ChannelKey } from '../files/channel-names.js';
import { channelPaths } from '../files/channel-path.js';
import { removeQuietly } from '../files/remove-quietly.js';
import type { LogFile } from './log-file.js';
import { CLOSE, DATA_OFFSET, WATERMARK } from './log-record-layout.js';
import { type FileLayout, fileLayoutOf } from './log-sizes.js';
import { type AbandonedLog, takeOver } from './take-over.js';
import { clearUncommittedTail, residueLength } from './uncommitted-tail.js';

/** Bytes copied at a time. */
const COPY_CHUNK = 1 << 20;

/** Options of {@link recoverChannel}. */
export interface RecoverOptions {
  /** Report the actions without executing them. Default: true. */
  readonly dryRun?: boolean;
  /** Close the channel, so that its readers finish. Without it the channel may be resumed. Default: false. */
  readonly close?: boolean;
  /**
   * Cut off a damaged channel after its last sound record. A copy of the original file stays beside it as
   * `<file>.damaged`, or `-2`, `-3` if that name exists. Default: false.
   */
  readonly cutDamage?: boolean;
  /** Recover a file without a writer's lock, as a file of kekbit. Default: false. */
  readonly force?: boolean;
  /** Mapping back end. Default: mmap-io if it loads, otherwise koffi. */
  readonly backend?: BackendName;
  /** Receives the progress of the scan. Default: no calls. */
  readonly onProgress?: ScanProgress;
}

/**
 * An action of a recovery.
 * - `cut-damage`: copy the file, then replace the damage by a WATERMARK.
 * - `clear-residue`: clear the bytes of an unfinished record or batch after the last record.
 * - `close`: write the close marker after the last record.
 */
export type RecoveryAction = 'cut-damage' | 'clear-residue' | 'close';

/** Report of {@link recoverChannel}: what it found, and what it did or would do. */
export interface RecoveryReport extends LogScan {
  /** The channel file. */
  readonly path: string;
  /** The header of the channel. */
  readonly header: ChannelHeader;
  /** Layout of the file. */
  readonly layout: FileLayout;
  /** Whether the run changed nothing. */
  readonly dryRun: boolean;
  /** The actions, in this order; empty if none is needed. */
  readonly actions: readonly RecoveryAction[];
  /** Bytes after the end of the records, up to the last nonzero byte. */
  readonly residueBytes: number;
  /** The copy of the damaged file, or null. */
  readonly backup: string | null;
}

/**
 * Cleans up a channel whose writer died: clears the bytes after its records and, if requested, closes it. A second
 * run finds nothing to do.
 * @returns the state before the recovery, and the actions
 * @throws RingwireError `WRITER_EXISTS` while a writer is alive or, without `force`, may be alive; `CORRUPT_CHANNEL`
 * or `STORAGE_TRUNCATED` for damage, without `cutDamage` and outside a dry run, or if the file has no space for a
 * close marker; the errors of opening a channel; `NO_SPACE` for the copy; `FLUSH_FAILED`
 */
export function recoverChannel(
  root: string,
  channel: ChannelKey,
  options: RecoverOptions = {},
): RecoveryReport {
  const { dryRun = true, backend, force, onProgress } = options;
  const paths = channelPaths(root, channel);
  const log = takeOver(paths, !dryRun, { backend, force, onProgress });
  try {
    const { file, scan } = log;
    const residueBytes = scan.end === 'closed' ? 0 : residueBehind(log);
    const actions = planFor(scan, residueBytes, options);
    if (!dryRun && scan.error !== null && !actions.includes('cut-damage')) throw scan.error;
    const cuts = actions.includes('cut-damage');
    if (cuts) refuseWithoutRoom(log);
    const backup = cuts && !dryRun ? copyAway(file) : null;
    if (!dryRun) for (const action of actions) act(log, action);
    const layout = fileLayoutOf(file.length, file.header.capacity);
    return { ...scan, path: file.path, header: file.header, layout, dryRun, actions, residueBytes, backup };
  } finally {
    log.release();
  }
}

function planFor(scan: LogScan, residueBytes: number, options: RecoverOptions): RecoveryAction[] {
  if (scan.end === 'closed') return [];
  if (scan.error !== null && !options.cutDamage) return [];
  const actions: RecoveryAction[] = [];
  if (scan.error !== null) actions.push('cut-damage');
  if (residueBytes > 0) actions.push('clear-residue');
  if (options.close) actions.push('close');
  return actions;
}

function act(log: AbandonedLog, action: RecoveryAction): void {
  const { position } = log.scan;
  const words = new BigInt64Array(log.mapping.memory, DATA_OFFSET + position, 1);
  if (action === 'clear-residue') clearUncommittedTail(log.area, position + WORD);
  else Atomics.store(words, 0, action === 'close' ? CLOSE : WATERMARK);
  // Each step is on disk before the next one starts, so that recovery handles a power cut between them.
  const length = action === 'clear-residue' ? log.area.length - position : WORD;
  log.mapping.flush(DATA_OFFSET + position, length);
}

function residueBehind({ area, scan }: AbandonedLog): number {
  return residueLength(area, Math.min(scan.position + WORD, area.length));
}

function refuseWithoutRoom({ area, scan, file }: AbandonedLog): void {
  if (scan.position + WORD <= area.length) return;
  const { path, length } = file;
  throw new RingwireError(
    'STORAGE_TRUNCATED',
    `${path} ends right after its last record: a close marker does not fit; the channel cannot be closed`,
    { path, position: scan.position, length, needed: DATA_OFFSET + scan.position + WORD },
  );
}

/**
 * Copies the open file to a new file beside it with a free name, and syncs the copy. Creates the copy exclusively
 * under a random name, so that it never writes through a planted link.
 */
function copyAway({ fd, path: file, length }: LogFile): string {
  const temporary = `${file}.${randomBytes(8).toString('hex')}.damaged.tmp`;
  try {
    const copy = fs.openSync(temporary, 'wx', fs.fstatSync(fd).mode & 0o777);
    try {
      copyBytes(fd, copy, length);
      fs.fsyncSync(copy);
    } finally {
      fs.closeSync(copy);
    }
    const name = nameAnew(temporary, `${file}.damaged`);
    syncFolder(path.dirname(file));
    return name;
  } catch (error) {
    throw storageError(temporary, systemCode(error) ?? '', 0, error);
  } finally {
    removeQuietly(temporary);
  }
}

function copyBytes(from: number, to: number, length: number): void {
  const bytes = Buffer.allocUnsafe(Math.min(COPY_CHUNK, length));
  for (let at = 0; at < length; ) {
    const read = fs.readSync(from, bytes, 0, Math.min(bytes.length, length - at), at);
    if (read === 0) return;
    for (let written = 0; written < read; ) written += fs.writeSync(to, bytes, written, read - written);
    at += read;
  }
}

function nameAnew(temporary: string, name: string): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    try {
      fs.linkSync(temporary, candidate);
      return candidate;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}
