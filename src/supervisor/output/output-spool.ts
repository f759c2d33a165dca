/**
 * Output on its way from the pipe to the log is stored in a file beside the FIFO. A manager that is killed with SIGKILL
 * therefore neither loses nor repeats a byte.
 *
 *   0                    8                    16        4096
 *   +--------------------+--------------------+---------+--------------------------+
 *   | appended, u64      | offset, u64        | unused  | pieces, each at a page   |
 *   +--------------------+--------------------+---------+--------------------------+
 *
 * Little-endian. `appended`: pieces of the log when everything before `offset` was in it. A piece takes three steps,
 * and each is one system call or one store: from the pipe to the end of the file, from the file into the log, and into
 * the header.
 *
 * INV-SPOOL-01: a byte that left the pipe is in the file until it is in the log.
 * INV-SPOOL-02: the log has the piece at `offset` if and only if it counts more than `appended`. Bytes after that piece
 * exist only where the log now takes shorter pieces than the one that left them; no log has them.
 */
import fs from 'node:fs';
import { movePipeToFile } from '../../platform/index.js';

/** The longest piece that any log takes: what a pipe holds. */
export const LONGEST_PIECE = 256 * 1024;

const APPENDED = 0;
const OFFSET = 8;
const HEADER_LENGTH = 16;
/** A pipe consists of pages: bytes that begin at a page of the file are copied page by page. */
const PAGE = 4096;
const FIRST_PIECE = PAGE;
/** Pieces after which the file is emptied. */
const PIECES_KEPT = 4;

const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;

/** One for all spools: each piece is appended before the next is taken. */
const shared = Buffer.allocUnsafeSlow(LONGEST_PIECE);

/** The file of one output. */
export class OutputSpool {
  readonly #fd: number;
  readonly #header = Buffer.alloc(HEADER_LENGTH);
  readonly #longest: number;
  #end = FIRST_PIECE;

  /**
   * @param longest bytes of a piece, at most {@link LONGEST_PIECE}
   * @throws the error of the operating system when the file cannot be opened
   */
  constructor(path: string, longest: number) {
    this.#longest = longest;
    this.#fd = fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  }

  /**
   * The next bytes that an earlier manager took from the pipe and did not append to the log: at most one piece. Call
   * {@link leftOver} again after appending them, until it returns none, and then {@link handedOn}.
   * @param appended pieces that the log has taken
   */
  leftOver(appended: number): Buffer {
    const { size } = fs.fstatSync(this.#fd);
    const isWhole = fs.readSync(this.#fd, this.#header, 0, HEADER_LENGTH, 0) === HEADER_LENGTH;
    const from = Number(this.#header.readBigUInt64LE(OFFSET));
    this.#end = Math.max(size, FIRST_PIECE);
    if (!isWhole || from < FIRST_PIECE || from >= size) return Buffer.alloc(0);
    const isInLog = appended > Number(this.#header.readBigUInt64LE(APPENDED));
    const start = from + (isInLog ? this.#longest : 0);
    if (start >= size) return Buffer.alloc(0);
    this.#mark(appended, start);
    const bytes = Buffer.alloc(Math.min(size - start, this.#longest));
    return bytes.subarray(0, fs.readSync(this.#fd, bytes, 0, bytes.length, start));
  }

  /**
   * Takes the next piece from the pipe; the bytes are valid until the next call of any spool.
   * @returns the piece, empty when there is none, or the negative error number: no byte was taken then
   */
  take(pipe: number): Buffer | number {
    const moved = movePipeToFile(pipe, this.#fd, this.#end, this.#longest);
    if (moved < 0) return moved;
    const from = this.#end;
    this.#end += moved;
    // A read returns everything that this process has written.
    return shared.subarray(0, moved === 0 ? 0 : fs.readSync(this.#fd, shared, 0, moved, from));
  }

  /** The log has everything that was taken, and has now taken `appended` pieces. */
  handedOn(appended: number): void {
    this.#end = Math.ceil(this.#end / PAGE) * PAGE;
    if (this.#end + this.#longest > FIRST_PIECE + PIECES_KEPT * this.#longest) {
      fs.ftruncateSync(this.#fd, HEADER_LENGTH);
      this.#end = FIRST_PIECE;
    }
    this.#mark(appended, this.#end);
  }

  #mark(appended: number, offset: number): void {
    this.#header.writeBigUInt64LE(BigInt(appended), APPENDED);
    this.#header.writeBigUInt64LE(BigInt(offset), OFFSET);
    fs.writeSync(this.#fd, this.#header, 0, HEADER_LENGTH, 0);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
