/**
 * The writer of a log channel. Order of stores for one record (kekbit `write`): payload, then WATERMARK after the record,
 * then the length, which publishes it. The first two are plain stores: no reader loads them before it has loaded the
 * length, and no store moves behind the store of the length.
 */
import fs from 'node:fs';
import { type Doorbell, publishNumber, type SourceViews, unlock } from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import type { ChannelOptions } from '../core/channel-options.js';
import { closeAtExit } from '../core/close-on-exit.js';
import { announceClosed, announceOpened } from '../core/diagnostics.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import { StagedRecords } from '../core/staged-records.js';
import {
  channelFull,
  claimPending,
  closedWriter,
  noClaim,
  refusal,
  requireClaimLength,
  requirePrefix,
  requireStageLength,
  stagePending,
} from '../core/write-errors.js';
import { claimAndWriteText, UTF8_BYTES_PER_UNIT } from '../core/write-text.js';
import { WriteResult, type Writer } from '../core/writer.js';
import type { ChannelKey } from '../files/channel-names.js';
import { markChanged } from '../files/mark-changed.js';
import { createLog } from './create-log.js';
import { resolveChannelOptions } from './log-options.js';
import { CLOSE, WATERMARK } from './log-record-layout.js';
import { type ResumeOptions, resumeLog } from './resume-log.js';
import type { WriterParts } from './writer-parts.js';
import { logBatchSize, storeKnown, storeLogBatch } from './writing/log-batch.js';
import { viewLog } from './writing/log-views.js';
import { ThrowingLogCalls } from './writing/throwing-calls.js';

/** A limit that no record reaches: while the writer is closed, a claim is open or records are staged. */
const NOTHING = -1;

/**
 * The writer of a log. One process at a time, guaranteed by a kernel lock.
 *
 * @example
 * ```ts
 * using writer = ShmWriter.create(root, options);
 * writer.write(record);
 * ```
 */
export class ShmWriter extends ThrowingLogCalls implements Writer {
  /** The header of the log, as its file has it. */
  readonly header: ChannelHeader;
  readonly path: string;
  #buffer: Buffer;
  readonly #i64: BigInt64Array;
  readonly #f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #sources: SourceViews;
  readonly #maxLength: number = 0;
  /** Word index at which the last record must end at the latest. */
  readonly #end: number = 0;
  readonly #parts: WriterParts;
  readonly #bell: Doorbell | null;
  /** {@link #end}, or {@link NOTHING}. */
  #limit = 0;
  /** Word index of the next record. */
  #at = 0;
  /** Bytes claimed, or -1. */
  #claimed = -1;
  readonly #staged: StagedRecords;
  #closed = false;
  /** Cancels the closing at the end of the process; null without the option `closeOnExit`. */
  #stayOpen: (() => void) | null = null;
  /**
   * Creates the log channel `options.channelId` below the folder `root` and becomes its one writer.
   * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`,
   * `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`, `INVALID_TICK_UNIT`; no file remains then
   */
  static create(root: string, options: ChannelOptions): ShmWriter {
    const resolved = resolveChannelOptions(options);
    return ShmWriter.#from(createLog(root, resolved), resolved.closeOnExit);
  }

  /**
   * Resumes a channel whose writer died, after the last record it published. An unpublished claim or batch of that
   * writer is cleared. Existing readers continue.
   * @throws RingwireError `WRITER_EXISTS` while a writer lives or, without `force`, may live; `CLOSED`,
   * `CHANNEL_FULL`, `CORRUPT_CHANNEL`, `STORAGE_TRUNCATED`; the errors of opening a channel; the file is unchanged then
   */
  static resume(root: string, channel: ChannelKey, options: ResumeOptions = {}): ShmWriter {
    return ShmWriter.#from(resumeLog(root, channel, options), options.closeOnExit ?? false);
  }

  static #from(parts: WriterParts, closeOnExit: boolean): ShmWriter {
    const writer = new ShmWriter(parts);
    if (closeOnExit) writer.#stayOpen = closeAtExit(writer);
    return writer;
  }

  /** @internal Owns the parts from now on; use {@link create} or {@link resume}. */
  constructor(parts: WriterParts) {
    super(parts);
    const { file, bell, position } = parts;
    const views = viewLog(parts);
    this.header = file.header;
    this.path = file.path;
    announceOpened('writer', 'log', file);
    this.#buffer = views.buffer;
    this.#i64 = views.i64;
    this.#f64 = views.f64;
    this.#i32 = views.i32;
    this.#sources = views.sources;
    this.#maxLength = file.header.maxMessageLength;
    this.#staged = new StagedRecords(views.i32, this.#maxLength, 0);
    // `| 0`: V8 then knows whole numbers; a fraction in memory costs more than the rest of a small record.
    this.#end = views.end | 0;
    this.#parts = parts;
    this.#bell = bell?.doorbell ?? null;
    this.#limit = this.#end;
    this.#at = (position / WORD) | 0;
  }

  /** @internal */
  get parts(): WriterParts {
    return { ...this.#parts, position: this.writeOffset };
  }

  /** @internal Leaves the closing at the end of the process to another object. @returns whether it was requested */
  passExit(): boolean {
    const asked = this.#stayOpen !== null;
    this.#stayOpen?.();
    this.#stayOpen = null;
    return asked;
  }

  /** @internal Adopts the position that another thread of this process reached; no claim may be open. */
  syncPosition(position: number): void {
    this.#at = (position / WORD) | 0;
  }

  /** @internal Closes the file without ending the channel. */
  detach(): void {
    if (!this.#closed) this.#release();
  }

  get buffer(): Buffer {
    return this.#buffer;
  }

  get available(): number {
    return this.#closed ? 0 : Math.max(0, (this.#end - this.#at) * WORD);
  }

  get writeOffset(): number {
    return this.#at * WORD;
  }

  tryWriteUtf8(text: string): number {
    const at = this.#at;
    const most = typeof text === 'string' ? text.length * UTF8_BYTES_PER_UNIT : 0;
    if (most === 0 || most > this.#maxLength || at + ((most + 15) >>> 3) > this.#limit) {
      return claimAndWriteText(this, text);
    }
    const length = this.#buffer.write(text, (at + 1) * WORD, most, 'utf8');
    return this.#publish(at, at + ((length + 15) >>> 3), length);
  }

  tryWrite(data: Uint8Array, length: number = data.length): number {
    const at = this.#at;
    const next = at + ((length + 15) >>> 3);
    return next <= this.#limit && this.#sources.copyKnown(data, length, at + 1)
      ? this.#publish(at, next, length)
      : this.#tryWriteSlowly(data, length);
  }

  tryClaim(length: number): number {
    const at = this.#at;
    if (at + ((length + 15) >>> 3) > this.#limit || length > this.#maxLength || length >>> 0 !== length) {
      return this.#refuse(requireClaimLength(length));
    }
    this.#claimed = length;
    this.#limit = NOTHING;
    return (at + 1) * WORD;
  }

  commit(length: number = this.#claimed): number {
    const claimed = this.#claimed;
    if (claimed < 0) throw noClaim();
    if (length !== claimed) this.#shrinkClaim(length);
    this.#claimed = -1;
    this.#limit = this.#end;
    const at = this.#at;
    return this.#publish(at, at + ((length + 15) >>> 3), length);
  }

  abort(): void {
    if (this.#claimed < 0) throw noClaim();
    this.#shrinkClaim(0);
    this.#claimed = -1;
    this.#limit = this.#end;
  }

  stage(length: number): number {
    const offset = this.#staged.add(length);
    return offset > 0 ? offset : this.#stageSlowly(length);
  }

  publish(): number {
    const staged = this.#staged;
    if (staged.isEmpty) {
      this.requireOpen();
      if (this.#claimed >= 0) throw claimPending();
      return 0;
    }
    const { next, firstLength } = staged;
    staged.clear();
    this.#limit = this.#end;
    return this.#publish(this.#at, next, firstLength);
  }

  discard(): void {
    const staged = this.#staged;
    if (staged.isEmpty) return;
    this.#buffer.fill(0, (staged.first + 1) * WORD, staged.next * WORD);
    staged.clear();
    this.#limit = this.#end;
  }

  writeBatch(records: readonly Uint8Array[]): number {
    const at = this.#at;
    const next = storeKnown(this.#i32, this.#sources, records, at, this.#limit);
    return next > at
      ? this.#publish(at, next, (records[0] as Uint8Array).length)
      : this.#writeBatchSlowly(records);
  }

  heartbeat(): number {
    const at = this.#at;
    if (at + 1 > this.#limit) throw refusal(this, this.#refuse(0), 0);
    return this.#publish(at, at + 1, 0);
  }

  close(): void {
    if (this.#closed) return;
    if (this.#claimed >= 0) this.abort();
    this.discard();
    Atomics.store(this.#i64, this.#at, CLOSE);
    this.#bell?.ring();
    try {
      this.flush();
    } finally {
      this.#release();
    }
  }

  #publish(at: number, next: number, length: number): number {
    const words = this.#i64;
    words[next] = WATERMARK;
    publishNumber(words, this.#f64, at, length);
    this.#at = next;
    if (this.#bell !== null) this.#bell.ring();
    return (next - at) << 3;
  }

  /** Slow path of staging: the first record, a wrong argument, a refusal. */
  #stageSlowly(length: number): number {
    requireStageLength(length);
    if (!this.#staged.isEmpty) {
      return length > this.#maxLength ? WriteResult.RecordTooLong : WriteResult.ChannelFull;
    }
    const at = this.#at;
    if (length > this.#maxLength || at + ((length + 15) >>> 3) > this.#limit) return this.#refuse(length);
    this.#limit = NOTHING;
    return this.#staged.begin(at, this.#end, length, 0);
  }

  /** Slow path of a batch: records that the fast path does not know, wrong arguments, refusals. */
  #writeBatchSlowly(records: readonly Uint8Array[]): number {
    const first = this.#at;
    if (this.#limit === NOTHING && this.#refuse(0) === WriteResult.Closed) throw closedWriter(this.path);
    const words = logBatchSize(records, this);
    if (records.length === 0) return 0;
    if (first + words > this.#limit) throw channelFull(this, words * WORD);
    storeLogBatch(this.#i32, this.#sources, records, first);
    return this.#publish(first, first + words, (records[0] as Uint8Array).length);
  }

  /** Slow path of a write: a source that the fast path does not know, a prefix, a wrong argument, a refusal. */
  #tryWriteSlowly(data: Uint8Array, length: number): number {
    requirePrefix(data, length);
    const at = this.#at;
    const next = at + ((length + 15) >>> 3);
    if (next > this.#limit || length > this.#maxLength) return this.#refuse(length);
    if (length === data.length) this.#sources.copy(data, at + 1);
    else this.#buffer.set(data.subarray(0, length), (at + 1) * WORD);
    return this.#publish(at, next, length);
  }

  /** Why a record of this length was refused, in the order of kekbit. @throws RingwireError `CLAIM_PENDING` */
  #refuse(length: number): WriteResult {
    if (this.#closed) return WriteResult.Closed;
    if (this.#claimed >= 0) throw claimPending();
    if (!this.#staged.isEmpty) throw stagePending();
    return length > this.#maxLength ? WriteResult.RecordTooLong : WriteResult.ChannelFull;
  }

  /** Clears the unused part of a claim: padding stays zero. */
  #shrinkClaim(length: number): void {
    wholeNumber('length', length, this.#claimed);
    const start = (this.#at + 1) * WORD;
    this.#buffer.fill(0, start + length, start + this.#claimed);
  }

  /** @internal */
  protected requireOpen(): void {
    if (this.#parts.mapping.memory.byteLength === 0 || this.#closed) throw closedWriter(this.path);
  }

  #release(): void {
    this.passExit();
    this.#closed = true;
    this.#staged.clear();
    this.#limit = NOTHING;
    this.#buffer = Buffer.alloc(0);
    this.#sources.clear();
    const { file, mapping, bell } = this.#parts;
    announceClosed('writer', 'log', file);
    bell?.close();
    markChanged(file.fd);
    // A mapping keeps the open file, and with it the lock, until its flushes end and its views are collected.
    unlock(file.fd);
    mapping.close(() => fs.closeSync(file.fd));
  }
}
