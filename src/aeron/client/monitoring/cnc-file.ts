/**
 * cnc.dat of a media driver, opened to look: mapped read-only, no client of the driver. For tools and monitors.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type Mapping,
  openRegularFile,
  RingwireError,
  selectBackend,
  setting,
} from '../../../platform/index.js';
import {
  CNC_HEADER_LENGTH,
  type CncHeader,
  type CncSection,
  cncVersionText,
  decodeCncHeader,
} from '../../layout/cnc-layout.js';
import { CommandRing } from '../conductor/command-ring.js';
import { Section } from '../section.js';
import { CountersReader } from './counters-reader.js';
import { type ErrorObservation, readErrorLog } from './error-log.js';
import { type LossObservation, readLossReport } from './loss-report.js';

export const CNC_FILE = 'cnc.dat';
export const LOSS_REPORT_FILE = 'loss-report.dat';

/** Names another directory than the default, for clients and drivers alike. */
export const DIRECTORY_VARIABLE = 'AERON_DIR';

/** `AERON_DIR`, else `/dev/shm/aeron-<user>` on Linux. */
export function defaultDirectory(): string {
  const set = setting(DIRECTORY_VARIABLE);
  if (set !== undefined) return set;
  const folder = process.platform === 'linux' ? '/dev/shm' : os.tmpdir();
  return path.join(folder, `aeron-${os.userInfo().username}`);
}

/**
 * Whether a driver is active in a directory: it showed itself within the time-out, in milliseconds.
 * @throws RingwireError what {@link CncFile.open} throws for other reasons than a missing or unfinished file
 */
export function isDriverActive(directory: string = defaultDirectory(), timeoutMillis = 10_000): boolean {
  try {
    using file = CncFile.open(directory);
    return Date.now() - Number(file.driverHeartbeat) <= timeoutMillis;
  } catch (error) {
    const absent = ['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY', 'STORAGE_TRUNCATED'];
    if (error instanceof RingwireError && absent.includes(error.code)) return false;
    throw error;
  }
}

export class CncFile implements Disposable {
  readonly path: string;
  readonly header: CncHeader;
  readonly #directory: string;
  readonly #mapping: Mapping;

  /**
   * Opens the cnc.dat of a directory.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `STORAGE_TRUNCATED`, `INCOMPATIBLE_VERSION`,
   * `CORRUPT_CHANNEL`, `COULD_NOT_ACCESS_STORAGE`
   */
  static open(directory: string = defaultDirectory()): CncFile {
    const file = path.join(directory, CNC_FILE);
    const { fd, stats } = openRegularFile(file, false);
    try {
      if (stats.size < CNC_HEADER_LENGTH) throw tooShort(file, stats.size, CNC_HEADER_LENGTH);
      const bytes = Buffer.alloc(CNC_HEADER_LENGTH);
      fs.readSync(fd, bytes, 0, CNC_HEADER_LENGTH, 0);
      const header = decodeCncHeader(bytes, file);
      if (stats.size < header.sectionsEnd) throw tooShort(file, stats.size, header.sectionsEnd);
      return new CncFile(
        directory,
        file,
        header,
        selectBackend(header.sectionsEnd).map(fd, header.sectionsEnd, false),
      );
    } finally {
      fs.closeSync(fd);
    }
  }

  private constructor(directory: string, file: string, header: CncHeader, mapping: Mapping) {
    this.#directory = directory;
    this.path = file;
    this.header = header;
    this.#mapping = mapping;
  }

  /** `0.2.0` */
  get versionText(): string {
    return cncVersionText(this.header.version);
  }

  /** The counters, read afresh at every iteration. */
  get counters(): CountersReader {
    return new CountersReader(this.#section('counterMetadata'), this.#section('counterValues'));
  }

  /** When the driver last showed itself, Unix time in milliseconds; -1 after it shut down. */
  get driverHeartbeat(): bigint {
    return new CommandRing(this.#section('toDriver')).consumerHeartbeat;
  }

  /** Errors the driver noted since `since`, Unix time in milliseconds. */
  errors(since = 0n): ErrorObservation[] {
    return readErrorLog(this.#section('errorLog'), since);
  }

  /** Losses noted in `loss-report.dat` beside; none where the file is missing. */
  losses(): LossObservation[] {
    const file = path.join(this.#directory, LOSS_REPORT_FILE);
    if (!fs.existsSync(file)) return [];
    const bytes = fs.readFileSync(file);
    const whole = bytes.length - (bytes.length % 8);
    const memory = new ArrayBuffer(whole);
    bytes.copy(Buffer.from(memory), 0, 0, whole);
    return readLossReport(new Section(memory, 0, whole));
  }

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

function tooShort(file: string, length: number, needed: number): RingwireError {
  return new RingwireError(
    'STORAGE_TRUNCATED',
    `${file} has ${length} bytes of ${needed}: no driver has finished it`,
    {
      path: file,
      length,
      needed,
    },
  );
}
