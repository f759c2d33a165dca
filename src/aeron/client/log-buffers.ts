/** A mapped log buffer file: three terms and their metadata page. Its views are created once. */
import fs from 'node:fs';
import { allocateForeign, type Mapping, openRegularFile, selectBackend } from '../../platform/index.js';
import { PARTITION_COUNT } from '../layout/frame-layout.js';
import {
  ACTIVE_TERM_COUNT_OFFSET,
  DEFAULT_HEADER_OFFSET,
  decodeLogMetadata,
  END_OF_STREAM_OFFSET,
  IS_CONNECTED_OFFSET,
  LOG_METADATA_LENGTH,
  type LogMetadata,
  RAW_TAIL_OFFSET,
  REVOKED_OFFSET,
} from '../layout/log-layout.js';
import { Section } from './section.js';

/** Options of {@link LogBuffers.open}. */
export interface LogOpening {
  /** Touch each page, so that later accesses cause no page fault. Default: false. */
  readonly preTouch?: boolean;
  /** Allocate the holes of a sparse log before it is mapped. Default: true. */
  readonly reserve?: boolean;
}

/** Views of a mapped log. */
export class LogBuffers {
  /** Path of the file. */
  readonly path: string;
  /** The decoded metadata page. */
  readonly metadata: LogMetadata;
  /** log2 of the term length. */
  readonly shift: number;
  /** The whole file; partition p starts at p * term length. */
  readonly bytes: Buffer;
  /** One Buffer for each partition: methods of a Buffer may not take offsets beyond 2 GiB. */
  readonly terms: readonly Buffer[];
  /** The whole file as 32-bit words. */
  readonly i32: Int32Array;
  /** The whole file as 64-bit words. */
  readonly i64: BigInt64Array;
  /** The metadata page. */
  readonly page: Section;
  readonly #mapping: Mapping;

  /**
   * INV-AERON-SPACE-02: no client maps a log with holes, unless an option allows it.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `CORRUPT_CHANNEL`, `COULD_NOT_ACCESS_STORAGE`, `MEMORY_MAPPING_FAILED`,
   * `NO_SPACE`
   */
  static open(path: string, { preTouch = false, reserve = true }: LogOpening = {}): LogBuffers {
    const { fd, stats } = openRegularFile(path, true);
    try {
      const page = Buffer.alloc(LOG_METADATA_LENGTH);
      fs.readSync(fd, page, 0, LOG_METADATA_LENGTH, Math.max(0, stats.size - LOG_METADATA_LENGTH));
      const metadata = decodeLogMetadata(page, stats.size, path);
      if (reserve) allocateForeign(fd, stats.size, path);
      const mapping = selectBackend(stats.size).map(fd, stats.size, true);
      if (preTouch) mapping.prefault();
      return new LogBuffers(path, metadata, mapping);
    } finally {
      fs.closeSync(fd);
    }
  }

  private constructor(path: string, metadata: LogMetadata, mapping: Mapping) {
    this.path = path;
    this.metadata = metadata;
    this.shift = Math.log2(metadata.termLength);
    this.bytes = Buffer.from(mapping.memory);
    const { termLength } = metadata;
    this.terms = [0, 1, 2].map((partition) =>
      Buffer.from(mapping.memory, partition * termLength, termLength),
    );
    this.i32 = new Int32Array(mapping.memory);
    this.i64 = new BigInt64Array(mapping.memory);
    this.page = new Section(mapping.memory, mapping.length - LOG_METADATA_LENGTH, LOG_METADATA_LENGTH);
    this.#mapping = mapping;
  }

  /** Number of rotations so far; the active partition is this number modulo 3. */
  get activeTermCount(): number {
    return this.page.load32(ACTIVE_TERM_COUNT_OFFSET);
  }

  /** Raw tail of a partition: term id << 32 | term offset. */
  rawTail(partition: number): bigint {
    return this.page.load64(RAW_TAIL_OFFSET + 8 * partition);
  }

  /** 2^63-1 until the publication has ended. */
  get endOfStreamPosition(): bigint {
    return this.page.load64(END_OF_STREAM_OFFSET);
  }

  /** Whether a subscriber is connected. */
  get isConnected(): boolean {
    return this.page.load32(IS_CONNECTED_OFFSET) === 1;
  }

  /** Whether the publication was revoked. */
  get isRevoked(): boolean {
    return Atomics.load(this.page.bytes, REVOKED_OFFSET) !== 0;
  }

  set isRevoked(revoked: boolean) {
    Atomics.store(this.page.bytes, REVOKED_OFFSET, revoked ? 1 : 0);
  }

  /** Index of the partition that contains a position. */
  partitionOf(position: number): number {
    return Math.floor(position / this.metadata.termLength) % PARTITION_COUNT;
  }

  /** The header that each frame of this log starts with. */
  get defaultHeader(): Buffer {
    return this.page.bytes.subarray(DEFAULT_HEADER_OFFSET, DEFAULT_HEADER_OFFSET + 32);
  }

  /** Unmaps the file. */
  close(): void {
    this.#mapping.close();
  }
}
