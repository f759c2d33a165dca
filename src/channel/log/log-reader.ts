/**
 * INV-READ-01: a reader touches no byte at or after the length of the file at open, and none after the end marker.
 * INV-READ-02: every sound record before damage is delivered before the damage is reported.
 */
import {
  type Doorbell,
  isLocked,
  KEEPS_ORDER,
  type Mapping,
  type RingwireError,
} from '../../platform/index.js';
import { type ReaderOptions, resolveReaderOptions } from '../core/channel-options.js';
import { EndReporter } from '../core/end-reporter.js';
import type { ChannelHeader } from '../core/header-layout.js';
import type { Reader, RecordHandler, RecordsOptions } from '../core/reader.js';
import { closedReader, invalidPosition } from '../core/reader-errors.js';
import { WORD } from '../core/record-header.js';
import type { ChannelKey } from '../files/channel-names.js';
import type { BellFile } from '../files/doorbell-file.js';
import { InactivityTimer } from '../io/inactivity-timer.js';
import { RecordCopier } from '../io/record-copier.js';
import { iterateRecords } from '../io/record-iteration.js';
import { type WaitOptions, waitForReader } from '../io/wait-for-channel.js';
import { acquireRun } from './classify-word.js';
import { fullLog, withBytesRead } from './log-errors.js';
import type { LogFile } from './log-file.js';
import { Found, LogLook } from './log-look.js';
import { DATA_OFFSET, MARKER_HIGH, recordSize, WATERMARK_LOW } from './log-record-layout.js';
import { type FileLayout, fileLayoutOf } from './log-sizes.js';
import { closeLog, openLog, type ReaderParts } from './open-log.js';

/** Values of `#readable` that let no record through. */
const ENDED = 0;
const CLOSED = -1;

/**
 * Records that one pass of a poll delivers. A loop that runs for long is compiled while it runs, and then takes twice as
 * long per record as in a function that is called again.
 */
const LONGEST_PASS = 4096;

/**
 * The reader of a log. Any number of readers read a log, each at its own position.
 *
 * @example
 * ```ts
 * using reader = ShmReader.open(root, 7);
 * for await (const record of reader.records()) handle(record);
 * ```
 */
export class ShmReader implements Reader {
  /** The header of the log, as its file has it. */
  readonly header: ChannelHeader;
  readonly path: string;
  /** How the file's length relates to its capacity: `full` for ours, `short-…` for files of kekbit. */
  readonly layout: FileLayout;
  readonly doorbell: Doorbell | null;
  /** The data area as far as it is readable, in 32-bit words and in bytes. */
  #i32: Int32Array;
  #buffer: Buffer;
  /** Index into {@link #i32} of the next record's word. */
  #at = 0;
  /** Index after the last word that may be loaded; {@link ENDED} after a final answer, {@link CLOSED} after close. */
  #readable = 0;
  readonly #maxLength: number = 0;
  /** The longest record of the fast path: below the low half of the watermark (INV-READ-03). */
  readonly #longestInRun: number = 0;
  readonly #file: LogFile;
  readonly #mapping: Mapping;
  readonly #bell: BellFile | null;
  readonly #timeout: InactivityTimer;
  #heartbeats = 0;
  readonly #look: LogLook;
  readonly #endReporter = new EndReporter();
  #isBehind = false;
  readonly #single = new RecordCopier();

  /**
   * Opens the log channel `channelId` below the folder `root`, from its beginning.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`,
   * `STORAGE_TRUNCATED`, `INVALID_SIGNATURE`, `INCOMPATIBLE_VERSION`, `INVALID_CAPACITY`,
   * `INVALID_MAX_MESSAGE_LENGTH`, `INVALID_TICK_UNIT`, `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`
   */
  static open(root: string, channel: ChannelKey, options?: ReaderOptions): ShmReader {
    return new ShmReader(openLog(root, channel, options));
  }

  /** Opens a channel that may not exist yet, and retries until it does. @throws like {@link open} and {@link WaitOptions} */
  static waitFor(
    root: string,
    channel: ChannelKey,
    options: WaitOptions & ReaderOptions = {},
  ): Promise<ShmReader> {
    return waitForReader(ShmReader.open, root, channel, options);
  }

  /** @internal A reader over a file and mapping that it does not own, without timeouts. It must not be closed. */
  static over(file: LogFile, mapping: Mapping): ShmReader {
    return new ShmReader({ file, mapping, options: resolveReaderOptions({ timeout: 'never' }), bell: null });
  }

  private constructor({ file, mapping, options, bell }: ReaderParts) {
    this.header = file.header;
    this.path = file.path;
    this.layout = fileLayoutOf(file.length, file.header.capacity);
    this.doorbell = bell?.doorbell ?? null;
    const words = Math.floor((mapping.length - DATA_OFFSET) / WORD);
    this.#i32 = new Int32Array(mapping.memory, DATA_OFFSET, words * 2);
    this.#buffer = Buffer.from(mapping.memory, DATA_OFFSET, mapping.length - DATA_OFFSET);
    this.#readable = words * 2;
    this.#look = new LogLook(file, this.#i32, this.#buffer.length);
    this.#maxLength = file.header.maxMessageLength;
    this.#longestInRun = Math.min(this.#maxLength, WATERMARK_LOW - 1);
    this.#file = file;
    this.#mapping = mapping;
    this.#bell = bell;
    this.#timeout = new InactivityTimer(file.header, options.clock, options.timeout, () => this.writerAlive);
  }

  get position(): number {
    return this.#at * 4;
  }

  /** Length of the file in bytes when it was opened. */
  get fileLength(): number {
    return this.#file.length;
  }

  get heartbeats(): number {
    return this.#heartbeats;
  }

  get endReason(): RingwireError | null {
    return this.#look.final ?? this.#timeout.expired;
  }

  /** Whether the writer's lock is held: true with a live writer, false without one, null if unknown. */
  get writerAlive(): boolean | null {
    return this.#readable === CLOSED || this.layout !== 'full' ? null : isLocked(this.#file.fd);
  }

  /** @internal Whether the last poll stopped at the bound on zeros and not at the published end. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  poll(handler: RecordHandler, limit: number = Number.POSITIVE_INFINITY): number {
    let count = 0;
    for (;;) {
      const stop = Math.min(limit, count + LONGEST_PASS);
      const reached = this.#pass(handler, stop, count);
      if (reached !== stop || stop === limit) return Math.abs(reached);
      count = reached;
    }
  }

  tryRead(): Buffer | null {
    return this.#single.from(this);
  }

  records(options?: RecordsOptions): AsyncIterableIterator<Buffer> {
    return iterateRecords(this, options);
  }

  moveTo(position: number): number {
    this.#refuseClosed();
    if (!Number.isSafeInteger(position) || position % WORD !== 0)
      throw this.#invalidPosition('Unaligned', position);
    if (position < 0 || position >= this.header.capacity)
      throw this.#invalidPosition('Unavailable', position);
    const before = this.#at;
    const target = (position / 4) | 0;
    if (target < before) this.#at = 0;
    const final = this.#look.final;
    const readable = this.#readable;
    this.#look.final = null;
    while (this.#at < target) {
      const found = this.#find();
      if (found <= Found.Heartbeat) this.#at += recordSize(this.#look.length) / 4;
      else if (found !== Found.Undecided) break;
    }
    const reached = this.#at;
    if (reached === target) {
      this.#resumeHere();
      return position;
    }
    this.#at = before;
    this.#look.final = final;
    this.#readable = readable;
    throw this.#invalidPosition(reached > target ? 'Unaligned' : 'Unavailable', position);
  }

  /**
   * @internal Continues at a position from an index, where a record begins, without walking to it.
   * @throws RingwireError `INVALID_POSITION`
   */
  startAt(position: number): void {
    this.#refuseClosed();
    if (position % WORD !== 0) throw this.#invalidPosition('Unaligned', position);
    if (position < 0 || position / 4 >= this.#i32.length)
      throw this.#invalidPosition('Unavailable', position);
    this.#at = (position / 4) | 0;
    this.#resumeHere();
  }

  /** @internal Delivers no more records, also in a poll in progress. The file stays mapped until {@link close}. */
  stop(): void {
    if (this.#readable !== CLOSED) this.#readable = ENDED;
  }

  /** @internal The function `read` of `ringwire/kekbit`. */
  read(handler: (position: number, record: Buffer) => void, messageCount: number): number {
    this.#refuseClosed();
    if (this.#timeout.isFinal) throw withBytesRead(this.#timeout.expired as RingwireError, 0);
    let bytesRead = 0;
    let found: Found = Found.Nothing;
    for (let count = 0; count < messageCount && this.#readable !== CLOSED; count++) {
      do found = this.#find();
      while (found === Found.Undecided);
      if (found > Found.Heartbeat) break;
      const { position } = this;
      this.#take(found);
      this.#timeout.reset();
      bytesRead += recordSize(this.#look.length);
      if (found === Found.Record)
        handler(position, this.#buffer.subarray(position + WORD, position + WORD + this.#look.length));
    }
    if (found === Found.End) throw withBytesRead(this.#look.final as RingwireError, bytesRead);
    if (found === Found.Full) throw fullLog(this.path, this.position, bytesRead);
    if (bytesRead === 0) {
      const expired = this.#onEmptyPoll();
      if (expired !== null) throw withBytesRead(expired, 0);
    }
    return bytesRead;
  }

  close(): void {
    if (this.#readable === CLOSED) return;
    this.#readable = CLOSED;
    this.#i32 = new Int32Array(0);
    this.#buffer = Buffer.alloc(0);
    this.#look.clear();
    this.#single.clear();
    this.#bell?.close();
    this.#mapping.close();
    closeLog(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * One pass of a poll. `count`: records delivered already.
   * @returns records delivered until then, at most `limit`; negative when the handler moved or closed this reader
   */
  #pass(handler: RecordHandler, limit: number, count: number): number {
    const maxLength = this.#longestInRun;
    const buffer = this.#buffer;
    const halves = this.#i32;
    const readable = this.#readable;
    let at = this.#at;
    let end = KEEPS_ORDER ? readable : acquireRun(halves, at, readable, maxLength, limit - count);
    this.#isBehind = false;
    while (count < limit && at < end) {
      const length = halves[at] as number;
      const next = at + (((length + 15) >>> 3) << 1);
      // A word of which one half is old is no length: the high half of a marker is not 0.
      if (length <= 0 || length > maxLength || halves[at + 1] !== 0 || next >= readable) break;
      if (count++ === 0) this.#timeout.reset();
      this.#at = next;
      handler(buffer, at * 4 + WORD, length, at * 4);
      // The handler may have moved or closed this reader.
      if (this.#at !== next || this.#readable <= ENDED) return -count;
      at = next;
      if (!KEEPS_ORDER && at >= end) end = acquireRun(halves, at, readable, maxLength, limit - count);
    }
    if (count === limit) return count;
    // Nothing yet. A plain load is enough: after a stale one the next poll loads again.
    if (at < readable && halves[at] === WATERMARK_LOW && halves[at + 1] === MARKER_HIGH) {
      if (count === 0) this.#onEmptyPoll();
      return count;
    }
    return this.#pollSlowly(handler, limit, count);
  }

  /** Slow path of a poll: heartbeats, the end, damage, timeouts. `count`: records delivered already. */
  #pollSlowly(handler: RecordHandler, limit: number, count: number): number {
    if (count === 0) this.#refuseClosed();
    let heartbeats = 0;
    while (count < limit && this.#readable > ENDED) {
      const found = this.#find();
      this.#isBehind = found === Found.Undecided;
      if (found > Found.Heartbeat) break;
      const { position } = this;
      if (found === Found.Heartbeat) {
        const passed = this.#look.heartbeatsFrom(this.#at);
        heartbeats += passed;
        this.#heartbeats += passed;
        this.#at += 2 * passed;
      } else {
        this.#take(found);
        count++;
        this.#timeout.reset();
        handler(this.#buffer, position + WORD, this.#look.length, position);
      }
    }
    if (count + heartbeats > 0 || this.#isBehind) this.#timeout.reset();
    else if (this.#look.final === null) this.#onEmptyPoll();
    if (count === 0 && this.#look.final !== null) this.#endReporter.report(this.#look.final);
    return count;
  }

  /** Withdraws the end and the timeout: the reader moved. */
  #resumeHere(): void {
    this.#look.final = null;
    this.#endReporter.reset();
    this.#readable = this.#i32.length;
    this.#timeout.restart();
  }

  #onEmptyPoll(): RingwireError | null {
    const expired = this.#timeout.onEmptyPoll(this.path);
    if (this.#timeout.isFinal) this.#readable = ENDED;
    return expired;
  }

  #take(found: Found): void {
    if (found === Found.Heartbeat) this.#heartbeats++;
    // A heartbeat is a record of length 0.
    this.#at += recordSize(this.#look.length) / 4;
  }

  #find(): Found {
    const found = this.#look.at(this.#at);
    if (found === Found.End) this.#readable = ENDED;
    return found;
  }

  #invalidPosition(reason: 'Unaligned' | 'Unavailable', position: number): RingwireError {
    return invalidPosition(this.path, reason, position, 'the channel does not reach that far');
  }

  #refuseClosed(): void {
    if (this.#readable === CLOSED) throw closedReader(this.path);
  }
}
