/**
 * Where output is between the pipe and its log: a file beside the FIFO, so that a manager killed with SIGKILL loses
 * nothing and repeats nothing.
 *
 *   0                    8                    16        4096
 *   +--------------------+--------------------+---------+--------------------------+
 *   | appended, u64      | offset, u64        | nothing | pieces, each at a page   |
 *   +--------------------+--------------------+---------+--------------------------+
 *
 * Little-endian. `appended`: how many pieces the log had taken when everything in front of `offset` was in it. A
 * piece goes three steps, and each is one system call or one store: from the pipe to the end of the file, from the
 * file into the log, and into the header.
 *
 * INV-SPOOL-01: a byte that left the pipe is in the file until it is in the log.
 * INV-SPOOL-02: at most one piece is behind `offset`. The log has it if and only if it counts more than `appended`.
 */
import fs from 'node:fs';
import { movePipeToFile } from '../../platform/index.js';

/** The longest piece that any log takes: what a pipe holds. */
export const LONGEST_PIECE = 256 * 1024;

const APPENDED = 0;
const OFFSET = 8;
const HEADER_LENGTH = 16;
/** A pipe is made of pages: what begins at a page of the file is copied page by page. */
const PAGE = 4096;
const FIRST_PIECE = PAGE;
/** Pieces after which the file is emptied. */
const PIECES_KEPT = 4;

const { O_RDWR, O_CREAT, O_NOFOLLOW } = fs.constants;

/** One for all spools: each piece is handed on before the next is taken. */
const shared = Buffer.allocUnsafeSlow(LONGEST_PIECE);

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
   * What an earlier manager took from the pipe and could not hand on; call {@link handedOn} behind it in any case.
   * @param appended how many pieces the log has taken
   */
  leftOver(appended: number): Buffer {
    const { size } = fs.fstatSync(this.#fd);
    const isWhole = fs.readSync(this.#fd, this.#header, 0, HEADER_LENGTH, 0) === HEADER_LENGTH;
    const from = Number(this.#header.readBigUInt64LE(OFFSET));
    this.#end = Math.max(size, FIRST_PIECE);
    if (!isWhole || from < FIRST_PIECE || from >= size) return Buffer.alloc(0);
    if (appended > Number(this.#header.readBigUInt64LE(APPENDED))) return Buffer.alloc(0);
    const bytes = Buffer.alloc(Math.min(size - from, this.#longest));
    return bytes.subarray(0, fs.readSync(this.#fd, bytes, 0, bytes.length, from));
  }

  /**
   * Takes the next piece from the pipe; the bytes are valid until the next call of any spool.
   * @returns the piece, empty when there is none, or the negative error number: nothing was taken then
   */
  take(pipe: number): Buffer | number {
    const moved = movePipeToFile(pipe, this.#fd, this.#end, this.#longest);
    if (moved < 0) return moved;
    const from = this.#end;
    this.#end += moved;
    // What this process has written itself is there to be read, whole.
    return shared.subarray(0, moved === 0 ? 0 : fs.readSync(this.#fd, shared, 0, moved, from));
  }

  /** The log has everything that was taken, and has now taken `appended` pieces. */
  handedOn(appended: number): void {
    this.#end = Math.ceil(this.#end / PAGE) * PAGE;
    if (this.#end + this.#longest > FIRST_PIECE + PIECES_KEPT * this.#longest) {
      fs.ftruncateSync(this.#fd, HEADER_LENGTH);
      this.#end = FIRST_PIECE;
    }
    this.#header.writeBigUInt64LE(BigInt(appended), APPENDED);
    this.#header.writeBigUInt64LE(BigInt(this.#end), OFFSET);
    fs.writeSync(this.#fd, this.#header, 0, HEADER_LENGTH, 0);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
