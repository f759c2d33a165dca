/**
 * Recovery of a log whose writer died: an explicit act, and a dry run unless told otherwise. An addition outside the
 * kekbit format.
 *
 * INV-RECOVER-01: no sound record before the end that {@link scanLog} finds is changed.
 * INV-RECOVER-02: recovery that dies at any point can be repeated, and leaves the bytes that one run would have left:
 * the word at the end is a WATERMARK before anything behind it is cleared, and becomes CLOSE last.
 */
import fs from 'node:fs';
import { type BackendName, RingwireError, storageError, systemCode } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import type { LogScan, ScanProgress } from '../core/scan.js';
import { type ChannelPaths, channelPaths } from '../files/channel-path.js';
import { CLOSE, DATA_OFFSET, WATERMARK } from './log-record-layout.js';
import { type FileLayout, fileLayoutOf } from './log-sizes.js';
import { type AbandonedLog, takeOver } from './take-over.js';
import { clearUncommittedTail, residueLength } from './uncommitted-tail.js';

export interface RecoverOptions {
  /** Only say what would be done, and change nothing. Default true. */
  readonly dryRun?: boolean;
  /** End the channel, so that its readers finish. Without it the channel may be resumed. Default false. */
  readonly close?: boolean;
  /**
   * Where the channel is damaged, cut it off behind its last sound record. The file as it was stays beside it as
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
 * Brings a channel whose writer died into a clean state: nothing behind its records, and, if asked, an end.
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
    const backup = cuts && !dryRun ? copyAway(paths) : null;
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
    `${path} ends right behind its last record: there is no room for an end marker, so it stays as it is`,
    { path, position: scan.position, length, needed: DATA_OFFSET + scan.position + WORD },
  );
}

/** Copies the file as it is to a name that is still free, and has the copy on disk. */
function copyAway({ file }: ChannelPaths): string {
  const temporary = `${file}.${process.pid}.damaged.tmp`;
  try {
    fs.copyFileSync(file, temporary, fs.constants.COPYFILE_FICLONE);
    const fd = fs.openSync(temporary, 'r+');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    return nameAnew(temporary, `${file}.damaged`);
  } catch (error) {
    throw storageError(temporary, systemCode(error) ?? '', 0, error);
  } finally {
    fs.rmSync(temporary, { force: true });
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
