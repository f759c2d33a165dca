/**
 * One datagram with the credentials of its sender, as `recvmsg` stores them. All parts are in one block of memory, so
 * that the addresses in it remain valid. Source: `struct msghdr`, `iovec`, `cmsghdr`, `ucred` of Linux
 * on 64-bit machines; recvmsg(2), cmsg(3), unix(7).
 *
 *      +-------------------------------+-------------------------------+
 *    0 | name, address                 | name length, u32              |  no name is requested
 *      +-------------------------------+-------------------------------+
 *   16 | iovec, address                | number of iovecs              |
 *      +-------------------------------+-------------------------------+
 *   32 | control, address              | control length                |  the length is written by the kernel
 *      +-------------------------------+-------------------------------+
 *   48 | flags, i32                    |
 *      +-------------------------------+-------------------------------+
 *   64 | iovec: base, address          | iovec: length                 |
 *      +-------------------------------+-------------------------------+
 *  128 | control messages: length u64, level i32, type i32, data; each begins at a multiple of 8
 *      +---------------------------------------------------------------+
 *  512 | data of the datagram                                          |
 *      +---------------------------------------------------------------+
 */
import { libc, MSG_CTRUNC, SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from '../libc.js';

const IOVEC_ADDRESS = 16;
const IOVEC_COUNT = 24;
const CONTROL_ADDRESS = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const IOVEC_BASE = 64;
const IOVEC_LENGTH = 72;
const CONTROL = 128;
const CONTROL_SIZE = 384;
const DATA = 512;

const CMSG_LEVEL = 8;
const CMSG_TYPE = 12;
const CMSG_DATA = 16;
const UCRED_SIZE = 12;

/** Memory for one datagram, reused for the next. */
export class MessageHeader {
  /** The argument of `recvmsg`. */
  readonly header: Buffer;
  /** The bytes of the datagram. `recvmsg` returns the number of valid bytes. */
  readonly data: Buffer;
  /** Pid of the sender, attested by the kernel; -1 when unknown. */
  senderPid = -1;
  /** Uid of the sender, attested by the kernel; -1 when unknown. */
  senderUid = -1;
  /** Whether control data was truncated. */
  controlTruncated = false;
  readonly #block: Buffer;

  /** @param size bytes for data; a longer datagram is truncated */
  constructor(size: number) {
    const memory = new ArrayBuffer(DATA + size);
    const base = libc().addressOf(memory);
    this.#block = Buffer.from(memory);
    this.header = this.#block.subarray(0, IOVEC_BASE);
    this.data = this.#block.subarray(DATA);
    this.#block.writeBigUInt64LE(base + BigInt(IOVEC_BASE), IOVEC_ADDRESS);
    this.#block.writeBigUInt64LE(1n, IOVEC_COUNT);
    this.#block.writeBigUInt64LE(base + BigInt(CONTROL), CONTROL_ADDRESS);
    this.#block.writeBigUInt64LE(base + BigInt(DATA), IOVEC_BASE);
    this.#block.writeBigUInt64LE(BigInt(size), IOVEC_LENGTH);
  }

  /** Resets the control length, which the kernel overwrites. Call it before every `recvmsg`. */
  prepare(): void {
    this.#block.writeUInt32LE(CONTROL_SIZE, CONTROL_LENGTH);
    this.#block.writeUInt32LE(0, CONTROL_LENGTH + 4);
  }

  /** Reads the control messages: keeps the credentials, closes descriptors that the sender attached. */
  readControl(): void {
    const block = this.#block;
    this.senderPid = -1;
    this.senderUid = -1;
    this.controlTruncated = (block.readInt32LE(FLAGS) & MSG_CTRUNC) !== 0;
    const end = CONTROL + Math.min(block.readUInt32LE(CONTROL_LENGTH), CONTROL_SIZE);
    for (let at = CONTROL; at + CMSG_DATA <= end; ) {
      const length = block.readUInt32LE(at);
      if (length < CMSG_DATA || at + length > end) return;
      if (block.readInt32LE(at + CMSG_LEVEL) === SOL_SOCKET) {
        const type = block.readInt32LE(at + CMSG_TYPE);
        if (type === SCM_CREDENTIALS && length >= CMSG_DATA + UCRED_SIZE) {
          this.senderPid = block.readInt32LE(at + CMSG_DATA);
          this.senderUid = block.readUInt32LE(at + CMSG_DATA + 4);
        } else if (type === SCM_RIGHTS) {
          for (let fd = at + CMSG_DATA; fd + 4 <= at + length; fd += 4) libc().close(block.readInt32LE(fd));
        }
      }
      at += (length + 7) & ~7;
    }
  }
}
