/** Writes a recording: entries gather in memory and go to the file in large pieces. */
import type { ChannelHeader, RingHeader } from '../channel/index.js';
import { systemClock } from '../platform/index.js';
import type { RecordingFile } from './recording-file.js';
import {
  ENTRY_HEADER_LENGTH,
  EntryKind,
  encodeEnd,
  encodeLoss,
  encodeRecordingHeader,
  type RecordedLoss,
  type RecordingEnd,
  sealEntry,
} from './recording-layout.js';

const FIRST_SIZE = 1024 * 1024;

/**
 * Writes the entries of a recording.
 *
 * @example
 * ```ts
 * const writer = new RecordingWriter(file, reader.header, false);
 * writer.setTime();
 * reader.poll((buffer, offset, length) => writer.record(buffer, offset, length));
 * await writer.end('stopped');
 * ```
 */
export class RecordingWriter {
  /** Records written so far. */
  records = 0;
  /** Bytes of payload written so far. */
  payload = 0;
  /** Records that a ring overwrote before they were recorded. */
  lost = 0;
  /** Number of losses. */
  laps = 0;
  readonly #file: RecordingFile;
  readonly #began = performance.now();
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #used = 0;
  #nanos = 0;

  /** Creates the writer. `journal`: whether the header is that of a journal. */
  constructor(file: RecordingFile, channel: ChannelHeader | RingHeader, journal = false) {
    this.#file = file;
    const header = encodeRecordingHeader({ start: systemClock.unixNanos(), channel, journal });
    const at = this.#reserve(header.length);
    header.copy(this.#bytes, at);
  }

  /** Bytes in memory that are not written yet. */
  get pending(): number {
    return this.#used;
  }

  /** Seconds since the start of the recording. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** Sets the time of the following entries, in milliseconds of `performance.now()`. */
  setTime(now: number = performance.now()): void {
    this.#nanos = Math.max(this.#nanos, Math.round((now - this.#began) * 1e6));
  }

  /** Adds a record of `length` bytes at `offset` of `buffer`. */
  record(buffer: Buffer, offset: number, length: number): void {
    const at = this.#reserve(ENTRY_HEADER_LENGTH + length);
    buffer.copy(this.#bytes, at + ENTRY_HEADER_LENGTH, offset, offset + length);
    sealEntry(this.#bytes, at, EntryKind.Record, this.#nanos, length);
    this.records++;
    this.payload += length;
  }

  /** Adds a loss. */
  loss(loss: RecordedLoss): void {
    this.#entry(EntryKind.Loss, encodeLoss(loss));
    this.lost += loss.records;
    this.laps++;
  }

  /**
   * Writes the entries in memory to the file.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const { buffer, byteOffset } = this.#bytes;
    const pending = Buffer.from(buffer, byteOffset, this.#used);
    await this.#file.write(pending);
    this.#used = 0;
  }

  /**
   * Writes the end entry and flushes the file.
   * @throws like {@link flush}
   */
  async end(end: RecordingEnd): Promise<void> {
    this.setTime();
    const { records, lost } = this;
    this.#entry(EntryKind.End, encodeEnd({ end, records, lost }));
    await this.flush();
    await this.#file.finish();
  }

  #entry(kind: number, body: Buffer): void {
    const at = this.#reserve(ENTRY_HEADER_LENGTH + body.length);
    body.copy(this.#bytes, at + ENTRY_HEADER_LENGTH);
    sealEntry(this.#bytes, at, kind, this.#nanos, body.length);
  }

  #reserve(length: number): number {
    const at = this.#used;
    if (at + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(at + length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#used = at + length;
    return at;
  }
}
