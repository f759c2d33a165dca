/**
 * Reads a recording, from a file or standard input, entry by entry.
 *
 * A recorder that was killed leaves an entry without its end, or nothing after the last one; a power cut may leave
 * zeros. That is a torn tail: everything before it counts. Anything else that is no entry is damage.
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

/** One entry. The body of a record is valid until the next entry is asked for. */
export type Entry =
  | { readonly kind: 'record'; readonly nanos: number; readonly body: Buffer }
  | { readonly kind: 'loss'; readonly nanos: number; readonly loss: RecordedLoss };

export class RecordingReader implements Disposable {
  readonly header: RecordingHeader;
  /** The end that its recorder wrote; null as long as it was not met, and for a torn recording. */
  end: EndEntry | null = null;
  records = 0;
  lost = 0;
  readonly #path: string;
  readonly #source: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  /** Bytes that came and were not looked at, and the offset of the first of them in the file. */
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

  /** The same from any stream of bytes; `path` is for the messages. @throws like {@link open} */
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
   * The next entry; null after the last one. Then {@link end} says whether the recording is whole.
   * @throws RingwireError `CHECKSUM_MISMATCH`, `CORRUPT_CHANNEL`, `INCOMPATIBLE_VERSION`, `COULD_NOT_ACCESS_STORAGE`
   */
  async next(): Promise<Entry | null> {
    return this.nextHere() ?? (await this.#nextBehind());
  }

  /** The same without waiting; null when the next entry has not been read from the file yet, or there is none. */
  nextHere(): Entry | null {
    const bytes = this.#bytes;
    const at = this.#at;
    if (this.end !== null || bytes.length - at < ENTRY_HEADER_LENGTH) return null;
    const length = bodyLength(bytes, at);
    if (length > longestBody(this.header)) throw this.#damaged('the length of an entry is impossible');
    if (bytes.length - at < ENTRY_HEADER_LENGTH + length) return null;
    if (!isSealed(bytes, at, length)) {
      if (isZero(bytes.subarray(at, at + ENTRY_HEADER_LENGTH))) return null;
      const message = `${this.#path} is damaged at byte ${this.#offset + at}: what is before it is complete`;
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
    if (this.end === null) throw this.#damaged('an entry is not what it says it is');
    if (this.end.records !== this.records || this.end.lost !== this.lost) {
      throw this.#damaged(`${this.end.records} records were recorded, ${this.records} are here`);
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

  /** The file has ended: a torn tail is a piece of an entry, or zeros. */
  #finish(): null {
    this.#lookAtTail();
    return null;
  }

  /** Where there is no further entry: nothing may follow the end, and only zeros may follow zeros. */
  #lookAtTail(): void {
    const rest = this.#bytes.subarray(this.#at);
    if (this.end !== null && rest.length > 0) throw this.#damaged('something follows its end');
    if (rest.length < ENTRY_HEADER_LENGTH || !isZero(rest.subarray(0, ENTRY_HEADER_LENGTH))) return;
    if (!isZero(rest)) throw this.#damaged('something follows zeros');
    // A long tail is looked at piece by piece.
    this.#at = this.#bytes.length - ENTRY_HEADER_LENGTH;
  }

  #damaged(reason: string): RingwireError {
    const position = this.#offset + this.#at;
    return new RingwireError(
      'CORRUPT_CHANNEL',
      `${this.#path} is damaged at byte ${position}: ${reason}; what is before it is complete`,
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
