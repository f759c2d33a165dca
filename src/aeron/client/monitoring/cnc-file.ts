/** cnc.dat of a media driver, mapped read-only, for tools and monitors that are not clients of the driver. */
import fs from 'node:fs';
import path from 'node:path';
import { type Mapping, RingwireError, selectBackend } from '../../../platform/index.js';
import {
  CNC_HEADER_LENGTH,
  type CncHeader,
  type CncSection,
  cncVersionText,
  decodeCncHeader,
} from '../../layout/cnc-layout.js';
import { invalid, requireMs } from '../arguments.js';
import { CommandRing } from '../conductor/command-ring.js';
import { pause } from '../pause.js';
import { Section } from '../section.js';
import { CountersReader } from './counters-reader.js';
import { defaultDirectory, LOSS_REPORT_FILE, openCnc } from './driver-folder.js';
import { type ErrorObservation, readErrorLog } from './error-log.js';
import { type LossObservation, readLossReport } from './loss-report.js';

const RETRY_MS = 16;
/** Codes of a missing driver, or of one that is still creating its files. */
const ABSENT: readonly string[] = ['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY', 'STORAGE_TRUNCATED'];

/** Options of {@link CncFile.open}. */
export interface CncFileOptions {
  /** Read a folder that belongs to another user or that others may write to. Default: false. */
  readonly allowForeignDirectory?: boolean;
}

/** Options of {@link CncFile.waitFor}. */
export interface CncFileWaitOptions extends CncFileOptions {
  /** Timeout in whole milliseconds from 0. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Cancels the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Whether a driver is active in a folder: its last heartbeat is at most `timeoutMs` milliseconds old. Compares Unix
 * times of two processes, as Aeron does: a jump of the wall clock changes the result.
 * @param directory folder of the driver; default: `AERON_DIR`, else `/dev/shm/aeron-<user>`
 * @param timeoutMs whole milliseconds from 0; default 10,000
 * @throws RingwireError what {@link CncFile.open} throws for other reasons than a missing or unfinished file
 */
export function isDriverActive(directory: string = defaultDirectory(), timeoutMs = 10_000): boolean {
  requireMs('timeoutMs', timeoutMs);
  try {
    using file = CncFile.open(directory);
    return Date.now() - Number(file.driverHeartbeat) <= timeoutMs;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/**
 * The counters, errors and losses of a media driver, read without a client.
 *
 * @example
 * using file = CncFile.open();
 * for (const { label, value } of file.counters) console.log(label, value);
 */
export class CncFile implements Disposable {
  /** Absolute path of the file. */
  readonly path: string;
  /** The decoded header. */
  readonly header: CncHeader;
  readonly #directory: string;
  readonly #mapping: Mapping;

  /**
   * Opens the cnc.dat of a folder.
   * @param directory default: `AERON_DIR`, else `/dev/shm/aeron-<user>`
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `STORAGE_TRUNCATED`, `INCOMPATIBLE_VERSION`,
   * `CORRUPT_CHANNEL`, `COULD_NOT_ACCESS_STORAGE`, `INVALID_ARGUMENT`
   */
  static open(directory: string = defaultDirectory(), options: CncFileOptions = {}): CncFile {
    if (directory === '') throw invalid('directory must not be empty');
    const folder = path.resolve(directory);
    const { fd, stats, file } = openCnc(folder, false, options.allowForeignDirectory ?? false);
    try {
      if (stats.size < CNC_HEADER_LENGTH) throw tooShort(file, stats.size, CNC_HEADER_LENGTH);
      const bytes = Buffer.alloc(CNC_HEADER_LENGTH);
      fs.readSync(fd, bytes, 0, CNC_HEADER_LENGTH, 0);
      const header = decodeCncHeader(bytes, file);
      if (stats.size < header.sectionsEnd) throw tooShort(file, stats.size, header.sectionsEnd);
      const mapping = selectBackend(header.sectionsEnd).map(fd, header.sectionsEnd, false);
      return new CncFile(folder, file, header, mapping);
    } finally {
      fs.closeSync(fd);
    }
  }

  /**
   * Opens the cnc.dat of a folder as soon as a driver has created it.
   * @throws RingwireError `TIMEOUT` after `timeoutMs`; what {@link open} throws for other reasons; the signal's reason
   */
  static async waitFor(
    directory: string = defaultDirectory(),
    options: CncFileWaitOptions = {},
  ): Promise<CncFile> {
    const { signal, timeoutMs = 10_000 } = options;
    const deadline = performance.now() + requireMs('timeoutMs', timeoutMs);
    for (;;) {
      signal?.throwIfAborted();
      try {
        return CncFile.open(directory, options);
      } catch (error) {
        if (!isAbsent(error)) throw error;
        if (performance.now() >= deadline) {
          throw new RingwireError('TIMEOUT', `no media driver in ${directory} after ${timeoutMs} ms`, {
            path: directory,
            cause: error,
          });
        }
      }
      await pause(RETRY_MS, signal);
    }
  }

  private constructor(directory: string, file: string, header: CncHeader, mapping: Mapping) {
    this.#directory = directory;
    this.path = file;
    this.header = header;
    this.#mapping = mapping;
  }

  /** Version of the file as text: `0.2.0`. */
  get versionText(): string {
    return cncVersionText(this.header.version);
  }

  /** The counters. Each iteration reads the current values. */
  get counters(): CountersReader {
    return new CountersReader(this.#section('counterMetadata'), this.#section('counterValues'));
  }

  /** Last heartbeat of the driver, Unix time in milliseconds; -1 after its shutdown. */
  get driverHeartbeat(): bigint {
    return new CommandRing(this.#section('toDriver')).consumerHeartbeat;
  }

  /**
   * Distinct errors of the driver.
   * @param since Unix time in milliseconds of the earliest last observation; default 0: all errors
   */
  errors(since = 0n): ErrorObservation[] {
    return readErrorLog(this.#section('errorLog'), since);
  }

  /** Losses in `loss-report.dat`; an empty list when the file does not exist. */
  losses(): LossObservation[] {
    const file = path.join(this.#directory, LOSS_REPORT_FILE);
    if (!fs.existsSync(file)) return [];
    const bytes = fs.readFileSync(file);
    const whole = bytes.length - (bytes.length % 8);
    const memory = new ArrayBuffer(whole);
    bytes.copy(Buffer.from(memory), 0, 0, whole);
    return readLossReport(new Section(memory, 0, whole));
  }

  /** Unmaps the file; a second call does nothing. */
  close(): void {
    this.#mapping.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #section(name: CncSection): Section {
    const { offset, length } = this.header.sections[name];
    return new Section(this.#mapping.memory, offset, length);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof RingwireError && ABSENT.includes(error.code);
}

function tooShort(file: string, length: number, needed: number): RingwireError {
  return new RingwireError(
    'STORAGE_TRUNCATED',
    `${file} has ${length} of ${needed} bytes: the driver is still creating it; try again`,
    { path: file, length, needed },
  );
}
