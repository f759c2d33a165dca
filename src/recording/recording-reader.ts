/**
 * Reads a recording, from a file or standard input, entry by entry.
 *
 * A killed recorder leaves an incomplete entry, or no end entry; a power cut may leave zeros. Both are a torn tail:
 * the entries before it are valid. Any other invalid bytes are damage.
 */
import fs from 'node:fs';
import type { Readable } from 'node:stream';
import { couldNotAccess, RingwireError, systemCode } from '../platform/index.js';
import { STANDARD_STREAM } from './recording-file.js';
import {
  bodyLength,
  decodeEnd,
  decodeLoss,
  decodeRecordingHeader,
  ENTRY_HEADER_LENGTH,
  type EndEntry,
  EntryKind,
  entryKind,
  entryTime,
  isSealed,
  longestBody,
  RECORDING_HEADER_LENGTH,
  type RecordedLoss,
  type RecordingHeader,
} from './recording-layout.js';

const CHUNK = 1024 * 1024;

/** An entry. The body of a record is valid until the next entry is read. */
export type Entry =
  | { readonly kind: 'record'; readonly nanos: number; readonly body: Buffer }
  | { readonly kind: 'loss'; readonly nanos: number; readonly loss: RecordedLoss };

/**
 * Reads a recording entry by entry.
 *
 * @example
 * ```ts
 * using reader = await RecordingReader.open('orders.rec');
 * for (let entry = await reader.next(); entry !== null; entry = await reader.next()) handle(entry);
 * ```
 */
export class RecordingReader implements Disposable {
  /** The header of the recording. */
  readonly header: RecordingHeader;
  /** The end entry; null before it was read, and for a torn recording. */
  end: EndEntry | null = null;
  records = 0;
  lost = 0;
  readonly #path: string;
  readonly #source: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  /** Unprocessed bytes, and the offset of the first one in the file. */
  #bytes: Buffer;
  #at = 0;
  #offset = 0;

  /**
   * Opens a recording and reads its header.
   * @throws RingwireError `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE`, and the errors of the header
   */
  static open(path: string): Promise<RecordingReader> {
    const source =
      path === STANDARD_STREAM ? process.stdin : fs.createReadStream(path, { highWaterMark: CHUNK });
    return RecordingReader.read(source, path);
  }

  /**
   * Reads a recording from a stream of bytes. `path`: named in errors.
   * @throws like {@link open}
   */
  static async read(source: Readable, path: string): Promise<RecordingReader> {
    const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    try {
      let bytes: Buffer = Buffer.alloc(0);
      while (bytes.length < RECORDING_HEADER_LENGTH) {
        const { value, done } = await chunks.next();
        if (done) break;
        bytes = Buffer.concat([bytes, value]);
      }
      return new RecordingReader(path, source, chunks, bytes);
    } catch (error) {
      source.destroy();
      throw readingError(path, error);
    }
  }

  private constructor(path: string, source: Readable, chunks: AsyncIterator<Buffer>, bytes: Buffer) {
    this.header = decodeRecordingHeader(bytes, path);
    this.#path = path;
    this.#source = source;
    this.#chunks = chunks;
    this.#bytes = bytes;
    this.#at = RECORDING_HEADER_LENGTH;
  }

  /**
   * Returns the next entry, or null after the last one. Then {@link end} is null for an incomplete recording.
   * @throws RingwireError `CHECKSUM_MISMATCH`, `CORRUPT_CHANNEL`, `INCOMPATIBLE_VERSION`, `COULD_NOT_ACCESS_STORAGE`
   */
  async next(): Promise<Entry | null> {
    return this.nextHere() ?? (await this.#nextBehind());
  }

  /** The same without waiting; null when the next entry has not been read from the file yet, or there is none. */
  /**
   * Like {@link next}, without waiting. Returns null if the next entry was not read from the file yet, or does not
   * exist.
   */
  nextHere(): Entry | null {
    const bytes = this.#bytes;
    const at = this.#at;
    if (this.end !== null || bytes.length - at < ENTRY_HEADER_LENGTH) return null;
    const length = bodyLength(bytes, at);
    if (length > longestBody(this.header)) throw this.#damaged('the length of an entry is invalid');
    if (bytes.length - at < ENTRY_HEADER_LENGTH + length) return null;
    if (!isSealed(bytes, at, length)) {
      if (isZero(bytes.subarray(at, at + ENTRY_HEADER_LENGTH))) return null;
      const message = `${this.#path} is damaged at byte ${this.#offset + at}: the entries before it are complete`;
      throw new RingwireError('CHECKSUM_MISMATCH', message, {
        path: this.#path,
        position: this.#offset + at,
      });
    }
    const body = bytes.subarray(at + ENTRY_HEADER_LENGTH, at + ENTRY_HEADER_LENGTH + length);
    const entry = this.#entry(entryKind(bytes, at), entryTime(bytes, at), body);
    this.#at = at + ENTRY_HEADER_LENGTH + length;
    return entry;
  }

  [Symbol.dispose](): void {
    this.#source.destroy();
  }

  #entry(kind: number, nanos: number, body: Buffer): Entry | null {
    if (kind === EntryKind.Record && body.length > 0) {
      this.records++;
      return { kind: 'record', nanos, body };
    }
    const loss = kind === EntryKind.Loss ? decodeLoss(body) : null;
    if (loss !== null) {
      this.lost += loss.records;
      return { kind: 'loss', nanos, loss };
    }
    if (kind > EntryKind.End) {
      const message = `${this.#path} has entries of kind ${kind}, which a later version wrote: update ringwire`;
      throw new RingwireError('INCOMPATIBLE_VERSION', message, { path: this.#path });
    }
    this.end = kind === EntryKind.End ? decodeEnd(body) : null;
    if (this.end === null) throw this.#damaged('the body of an entry is invalid');
    if (this.end.records !== this.records || this.end.lost !== this.lost) {
      throw this.#damaged(`its end states ${this.end.records} records, but it has ${this.records}`);
    }
    return null;
  }

  async #nextBehind(): Promise<Entry | null> {
    for (;;) {
      const { value, done } = await this.#chunks.next().catch((error) => {
        throw readingError(this.#path, error);
      });
      if (done) return this.#finish();
      const rest = this.#bytes.subarray(this.#at);
      this.#offset += this.#at;
      this.#at = 0;
      this.#bytes = rest.length === 0 ? value : Buffer.concat([rest, value]);
      const entry = this.nextHere();
      if (entry !== null) return entry;
      this.#lookAtTail();
    }
  }

  /** Handles the end of the file. A torn tail is an incomplete entry, or zeros. */
  #finish(): null {
    this.#lookAtTail();
    return null;
  }

  /** Checks the bytes after the last entry: none may follow the end entry, and only zeros may follow zeros. */
  #lookAtTail(): void {
    const rest = this.#bytes.subarray(this.#at);
    if (this.end !== null && rest.length > 0) throw this.#damaged('bytes follow its end entry');
    if (rest.length < ENTRY_HEADER_LENGTH || !isZero(rest.subarray(0, ENTRY_HEADER_LENGTH))) return;
    if (!isZero(rest)) throw this.#damaged('bytes follow zeros');
    // Checks a long tail piece by piece.
    this.#at = this.#bytes.length - ENTRY_HEADER_LENGTH;
  }

  #damaged(reason: string): RingwireError {
    const position = this.#offset + this.#at;
    return new RingwireError(
      'CORRUPT_CHANNEL',
      `${this.#path} is damaged at byte ${position}: ${reason}; the entries before it are complete`,
      { path: this.#path, position, reason },
    );
  }
}

function isZero(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

function readingError(path: string, error: unknown): RingwireError {
  if (error instanceof RingwireError) return error;
  if (systemCode(error) !== 'ENOENT') return couldNotAccess(path, error);
  return new RingwireError('STORAGE_NOT_FOUND', `there is no recording ${path}`, { path, cause: error });
}
