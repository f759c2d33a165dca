/** cnc.dat of a running driver, mapped by a client for reading and writing. */
import fs from 'node:fs';
import { allocateForeign, type Mapping, RingwireError, selectBackend } from '../../../platform/index.js';
import {
  CNC_HEADER_LENGTH,
  type CncHeader,
  type CncSection,
  decodeCncHeader,
} from '../../layout/cnc-layout.js';
import { COUNTER_VALUE_LENGTH } from '../../layout/counter-layout.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { CounterSlot } from '../monitoring/counter-value.js';
import { CountersReader } from '../monitoring/counters-reader.js';
import { CNC_FILE, openCnc } from '../monitoring/driver-folder.js';
import { pause } from '../pause.js';
import { Section } from '../section.js';
import { BroadcastReceiver } from './broadcast.js';
import { CommandRing } from './command-ring.js';

const FILE_PAUSE_MS = 16;
const READY_PAUSE_MS = 1;
const STALE_PAUSE_MS = 100;

/** Options of {@link DriverFiles.connect}. */
export interface ConnectOptions {
  readonly directory: string;
  /** Timeout in milliseconds, and the oldest accepted heartbeat. */
  readonly driverTimeoutMs: number;
  readonly allowForeignDirectory?: boolean;
  readonly signal?: AbortSignal;
}

/** The sections of a mapped cnc.dat. */
export class DriverFiles {
  readonly header: CncHeader;
  readonly toDriver: Section;
  readonly commands: CommandRing;
  readonly responses: BroadcastReceiver;
  readonly counters: CountersReader;
  readonly metadata: Section;
  readonly values: Section;
  readonly #mapping: Mapping;

  /**
   * Waits for a live driver in a folder.
   * @throws AeronError 1000 (driver timeout); RingwireError `INCOMPATIBLE_VERSION`, `COULD_NOT_ACCESS_STORAGE` for a
   * folder of another user; the signal's reason
   */
  static async connect(options: ConnectOptions): Promise<DriverFiles> {
    const { directory, driverTimeoutMs, signal } = options;
    const deadline = performance.now() + driverTimeoutMs;
    for (;;) {
      signal?.throwIfAborted();
      const [found, millis, why] = DriverFiles.#attempt(options);
      if (found !== null) return found;
      if (performance.now() >= deadline) {
        throw new AeronError(AeronErrorCode.DriverTimeout, `no media driver in ${directory}: ${why}`);
      }
      await pause(millis, signal);
    }
  }

  static #attempt({
    directory,
    driverTimeoutMs,
    allowForeignDirectory = false,
  }: ConnectOptions): [DriverFiles | null, number, string] {
    let opened: ReturnType<typeof openCnc>;
    try {
      opened = openCnc(directory, true, allowForeignDirectory);
    } catch (error) {
      if (!(error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND')) throw error;
      return [
        null,
        FILE_PAUSE_MS,
        `${CNC_FILE} does not exist; start a driver, or set the folder of a running one`,
      ];
    }
    const { fd, stats, file } = opened;
    try {
      if (stats.size <= CNC_HEADER_LENGTH) return [null, FILE_PAUSE_MS, `${CNC_FILE} is empty`];
      const bytes = Buffer.alloc(CNC_HEADER_LENGTH);
      fs.readSync(fd, bytes, 0, CNC_HEADER_LENGTH, 0);
      const header = decodeCncHeader(bytes, file);
      if (stats.size < header.sectionsEnd) return [null, READY_PAUSE_MS, `${CNC_FILE} is not complete`];
      allocateForeign(fd, header.sectionsEnd, file);
      const mapping = selectBackend(header.sectionsEnd).map(fd, header.sectionsEnd, true);
      let files: DriverFiles;
      try {
        files = new DriverFiles(header, mapping);
      } catch (error) {
        mapping.close();
        throw error;
      }
      const heartbeat = Number(files.commands.consumerHeartbeat);
      if (heartbeat !== 0 && heartbeat >= Date.now() - driverTimeoutMs) return [files, 0, ''];
      files.close();
      return heartbeat === 0
        ? [null, READY_PAUSE_MS, 'the driver has not started']
        : [null, STALE_PAUSE_MS, 'the driver has shut down or died'];
    } catch (error) {
      if (error instanceof RingwireError && error.code === 'STORAGE_NOT_READY') {
        return [null, READY_PAUSE_MS, error.message];
      }
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  }

  private constructor(header: CncHeader, mapping: Mapping) {
    const section = (name: CncSection) =>
      new Section(mapping.memory, header.sections[name].offset, header.sections[name].length);
    this.header = header;
    this.toDriver = section('toDriver');
    this.commands = new CommandRing(this.toDriver);
    this.responses = new BroadcastReceiver(section('toClients'));
    this.metadata = section('counterMetadata');
    this.values = section('counterValues');
    this.counters = new CountersReader(this.metadata, this.values);
    this.#mapping = mapping;
  }

  /** The location of a counter. @throws RingwireError `CORRUPT_CHANNEL` for an id beyond the last counter */
  counterSlot(counterId: number): CounterSlot {
    if (!(counterId >= 0 && counterId <= this.counters.maxCounterId)) {
      throw new RingwireError(
        'CORRUPT_CHANNEL',
        `the driver announced counter ${counterId}, beyond its last counter ${this.counters.maxCounterId}: the file is damaged; restart the driver`,
      );
    }
    return { i32: this.values.i32, i64: this.values.i64, index: (counterId * COUNTER_VALUE_LENGTH) / 4 };
  }

  /** Unmaps the file. */
  close(): void {
    this.#mapping.close();
  }
}
