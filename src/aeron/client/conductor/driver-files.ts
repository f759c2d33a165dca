/** The files of a running driver, mapped by a client: cnc.dat for writing, and logs that are shared. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Mapping, openRegularFile, RingwireError, selectBackend } from '../../../platform/index.js';
import {
  CNC_HEADER_LENGTH,
  type CncHeader,
  type CncSection,
  decodeCncHeader,
} from '../../layout/cnc-layout.js';
import { COUNTER_VALUE_LENGTH } from '../../layout/counter-layout.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import { LogBuffers } from '../log-buffers.js';
import { CNC_FILE } from '../monitoring/cnc-file.js';
import type { CounterSlot } from '../monitoring/counter-value.js';
import { CountersReader } from '../monitoring/counters-reader.js';
import { Section } from '../section.js';
import { BroadcastReceiver } from './broadcast.js';
import { CommandRing } from './command-ring.js';

const FILE_PAUSE_MILLIS = 16;
const READY_PAUSE_MILLIS = 1;
const STALE_PAUSE_MILLIS = 100;

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
   * Waits for a live driver in a directory.
   * @throws AeronError 1000 (driver timeout); RingwireError `INCOMPATIBLE_VERSION`; the signal's reason
   */
  static async connect(directory: string, timeoutMillis: number, signal?: AbortSignal): Promise<DriverFiles> {
    const file = path.join(directory, CNC_FILE);
    const deadline = Date.now() + timeoutMillis;
    for (;;) {
      signal?.throwIfAborted();
      const [found, pause, why] = DriverFiles.#attempt(file, timeoutMillis);
      if (found !== null) return found;
      if (Date.now() >= deadline) {
        throw new AeronError(AeronErrorCode.DriverTimeout, `no media driver in ${directory}: ${why}`);
      }
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }

  static #attempt(file: string, timeoutMillis: number): [DriverFiles | null, number, string] {
    let opened: { fd: number; stats: fs.Stats };
    try {
      opened = openRegularFile(file, true);
    } catch (error) {
      return [null, FILE_PAUSE_MILLIS, (error as Error).message];
    }
    const { fd, stats } = opened;
    try {
      if (stats.size <= CNC_HEADER_LENGTH) return [null, FILE_PAUSE_MILLIS, `${file} is empty`];
      const bytes = Buffer.alloc(CNC_HEADER_LENGTH);
      fs.readSync(fd, bytes, 0, CNC_HEADER_LENGTH, 0);
      const header = decodeCncHeader(bytes, file);
      if (stats.size < header.sectionsEnd) return [null, READY_PAUSE_MILLIS, `${file} is not complete`];
      const mapping = selectBackend(header.sectionsEnd).map(fd, header.sectionsEnd, true);
      let files: DriverFiles;
      try {
        files = new DriverFiles(header, mapping);
      } catch (error) {
        mapping.close();
        throw error;
      }
      const heartbeat = Number(files.commands.consumerHeartbeat);
      if (heartbeat !== 0 && heartbeat >= Date.now() - timeoutMillis) return [files, 0, ''];
      files.close();
      return heartbeat === 0
        ? [null, READY_PAUSE_MILLIS, 'it has not started']
        : [null, STALE_PAUSE_MILLIS, 'it has shut down or died'];
    } catch (error) {
      if (error instanceof RingwireError && error.code === 'STORAGE_NOT_READY') {
        return [null, READY_PAUSE_MILLIS, error.message];
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

  /** @throws RingwireError `CORRUPT_CHANNEL` when the driver names a counter that there is not */
  counterSlot(counterId: number): CounterSlot {
    if (!(counterId >= 0 && counterId <= this.counters.maxCounterId)) {
      throw new RingwireError('CORRUPT_CHANNEL', `the driver names counter ${counterId}, which it has not`);
    }
    return { i32: this.values.i32, i64: this.values.i64, index: (counterId * COUNTER_VALUE_LENGTH) / 4 };
  }

  close(): void {
    this.#mapping.close();
  }
}

/**
 * Logs by their key: publications that share a log, and images of it, share one mapping.
 *
 * INV-AERON-MAP-01: a log is unmapped only when nobody references it and its linger time is over.
 */
export class LogPool {
  readonly #logs = new Map<string, { readonly log: LogBuffers; references: number }>();
  readonly #lingering: { readonly log: LogBuffers; readonly until: number }[] = [];
  readonly #lingerMillis: number;
  readonly #preTouch: boolean;

  constructor(lingerMillis: number, preTouch = false) {
    this.#lingerMillis = lingerMillis;
    this.#preTouch = preTouch;
  }

  /** Logs that are mapped, in use or lingering. */
  get size(): number {
    return this.#logs.size + this.#lingering.length;
  }

  /** @throws what {@link LogBuffers.open} throws */
  acquire(file: string): LogBuffers {
    let entry = this.#logs.get(file);
    if (entry === undefined) {
      entry = { log: LogBuffers.open(file, this.#preTouch), references: 0 };
      this.#logs.set(file, entry);
    }
    entry.references++;
    return entry.log;
  }

  /** Makes something of a log; when that fails the log is given back. */
  use<T>(logFile: string, onFailure: () => void, make: (log: LogBuffers) => T): T {
    let log: LogBuffers | null = null;
    try {
      log = this.acquire(logFile);
      return make(log);
    } catch (error) {
      if (log !== null) this.release(log, performance.now());
      onFailure();
      throw error;
    }
  }

  release(log: LogBuffers, nowMillis: number): void {
    const entry = this.#logs.get(log.path);
    if (entry === undefined || --entry.references > 0) return;
    this.#logs.delete(log.path);
    this.#lingering.push({ log, until: nowMillis + this.#lingerMillis });
  }

  /** Unmaps what has lingered long enough. */
  sweep(nowMillis: number): void {
    while (this.#lingering.length > 0 && (this.#lingering[0] as { until: number }).until <= nowMillis) {
      this.#lingering.shift()?.log.close();
    }
  }

  /** Unmaps everything: nobody uses any of it. */
  close(): void {
    for (const { log } of this.#logs.values()) log.close();
    this.#logs.clear();
    this.sweep(Number.POSITIVE_INFINITY);
  }
}
