/**
 * Recovery of a log whose writer died: an explicit act, and a dry run unless told otherwise. An addition outside the
 * kekbit format.
 *
 * INV-RECOVER-01: no sound record before the end that {@link scanLog} finds is changed.
 * INV-RECOVER-02: recovery that dies at any point can be repeated, and leaves the bytes that one run would have left:
 * the word at the end is a WATERMARK before anything after it is cleared, and becomes CLOSE last.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type BackendName, RingwireError, storageError, systemCode } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import { syncFolder } from '../files/channel-folders.js';
import { channelPaths } from '../files/channel-path.js';
import { removeQuietly } from '../files/remove-quietly.js';
import type { LogFile } from './log-file.js';
import { CLOSE, DATA_OFFSET, WATERMARK } from './log-record-layout.js';
import { type FileLayout, fileLayoutOf } from './log-sizes.js';
import { type AbandonedLog, takeOver } from './take-over.js';
import { clearUncommittedTail, residueLength } from './uncommitted-tail.js';

/** Bytes that are copied at a time. */
const COPY_CHUNK = 1 << 20;

/** Options of {@link recoverChannel}. */
export interface RecoverOptions {
  /** Only say what would be done, and change nothing. Default true. */
  readonly dryRun?: boolean;
  /** End the channel, so that its readers finish. Without it the channel may be resumed. Default false. */
  readonly close?: boolean;
  /**
   * Where the channel is damaged, cut it off after its last sound record. The file as it was stays beside it as
   * `<file>.damaged`, or `-2`, `-3` where that exists. Default false.
   */
  readonly cutDamage?: boolean;
  /** Go on where no lock says that the writer is gone: files of the original. Default false. */
  readonly force?: boolean;
  readonly backend?: BackendName;
  readonly onProgress?: ScanProgress;
}

/**
 * - `cut-damage`: the damage was copied away and replaced by "nothing written here yet"
 * - `clear-residue`: what an unfinished record or batch left behind the last record became zeros
 * - `close`: the end marker was written behind the last record
 */
export type RecoveryAction = 'cut-damage' | 'clear-residue' | 'close';

/** What {@link recoverChannel} found, and what it did or would do. */
export interface RecoveryReport extends LogScan {
  readonly path: string;
  readonly header: ChannelHeader;
  readonly layout: FileLayout;
  readonly dryRun: boolean;
  /** What was done, or would be, in this order; empty when there is nothing to do. */
  readonly actions: readonly RecoveryAction[];
  /** Bytes behind the end of the records, up to the last one that is not zero. */
  readonly residueBytes: number;
  /** The copy that was made before damage was cut off. */
  readonly backup: string | null;
}

/**
 * Brings a channel whose writer died into a clean state: nothing after its records, and, if asked, an end.
 * A second run finds nothing to do.
 * @returns what was found, before anything was done, and what was done
 * @throws RingwireError `WRITER_EXISTS` while a writer lives or, without `force`, may live; `CORRUPT_CHANNEL` or
 * `STORAGE_TRUNCATED` for damage, without `cutDamage` and outside of a dry run, or when the file has no room for an
 * end marker; the errors of opening a channel; `NO_SPACE` for the copy; `FLUSH_FAILED`
 */
export function recoverChannel(
  root: string,
  channelId: bigint | number,
  options: RecoverOptions = {},
): RecoveryReport {
  const { dryRun = true, backend, force, onProgress } = options;
  const paths = channelPaths(root, channelId);
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
  // Each step is on disk before the next one begins: a power cut between two leaves a state that recovery knows.
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
    `${path} ends right after its last record: an end marker does not fit, so it stays as it is`,
    { path, position: scan.position, length, needed: DATA_OFFSET + scan.position + WORD },
  );
}

/**
 * Copies the open file, as it is, to a new file beside it whose name is still free, and syncs the copy. The copy is created
 * exclusively under a random name, so a planted link is never written through.
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
