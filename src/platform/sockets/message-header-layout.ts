/**
 * One datagram with the credentials of its sender, as `recvmsg` stores them, in two parts of one block of memory, so that
 * the addresses in it remain valid. The first part:
 *
 *      +-------------------------------+-------------------------------+
 *    0 | name, address                 | name length, u32              |  no name is requested
 *      +-------------------------------+-------------------------------+
 *   16 | iovec, address                | number of iovecs              |
 *      +-------------------------------+-------------------------------+
 *   32 | control, address              | control length                |  the length is written by the kernel
 *      +-------------------------------+-------------------------------+
 *   48 | flags, i32                    | 56: length, u32               |  the length: only of `struct mmsghdr`
 *      +-------------------------------+-------------------------------+
 *
 * The second part:
 *
 *      +-------------------------------+-------------------------------+
 *    0 | iovec: base, address          | iovec: length                 |
 *      +-------------------------------+-------------------------------+
 *   64 | control messages: length u64, level i32, type i32, data; each begins at a multiple of 8
 *      +---------------------------------------------------------------+
 *      | data of the datagram                                          |
 *      +---------------------------------------------------------------+
 *
 * Source: `struct msghdr`, `mmsghdr`, `iovec`, `cmsghdr`, `ucred` of Linux on 64-bit machines; recvmsg(2), recvmmsg(2),
 * cmsg(3), unix(7).
 */
import { libc, MSG_CTRUNC, SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from '../libc.js';

const IOVEC_ADDRESS = 16;
const IOVEC_COUNT = 24;
const CONTROL_ADDRESS = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const LENGTH = 56;
/** Bytes of the first part. */
export const HEADER_SIZE = 64;

const IOVEC_BASE = 0;
const IOVEC_LENGTH = 8;
const CONTROL = 64;
/** Bytes for control messages: credentials and descriptors. */
const CONTROL_SIZE = 384;
/** Bytes for credentials alone: the kernel closes descriptors that find no space. */
export const CREDENTIALS_SIZE = 32;

const CMSG_LEVEL = 8;
const CMSG_TYPE = 12;
const CMSG_DATA = 16;
const UCRED_SIZE = 12;

/** Bytes of the second part, with `control` bytes for control messages and `size` bytes for data. */
export function bodySize(control: number, size: number): number {
  return (CONTROL + control + size + 7) & ~7;
}

/** Where a message lies in a block of memory. Offsets are multiples of 8. */
export interface MessagePlace {
  readonly memory: ArrayBuffer;
  /** Offset of the first part. */
  readonly headerAt: number;
  /** Offset of the second part. */
  readonly bodyAt: number;
  /** Bytes for control messages. */
  readonly control: number;
}

/** A block of its own. */
function ownPlace(size: number): MessagePlace {
  const memory = new ArrayBuffer(HEADER_SIZE + bodySize(CONTROL_SIZE, size));
  return { memory, headerAt: 0, bodyAt: HEADER_SIZE, control: CONTROL_SIZE };
}

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
  readonly #body: Buffer;
  readonly #control: number;

  /** @param size bytes for data; a longer datagram is truncated */
  constructor(size: number, { memory, headerAt, bodyAt, control }: MessagePlace = ownPlace(size)) {
    const data = CONTROL + control;
    const body = libc().addressOf(memory) + BigInt(bodyAt);
    this.header = Buffer.from(memory, headerAt, HEADER_SIZE);
    this.#control = control;
    this.#body = Buffer.from(memory, bodyAt, bodySize(control, size));
    this.data = this.#body.subarray(data, data + size);
    this.header.writeBigUInt64LE(body + BigInt(IOVEC_BASE), IOVEC_ADDRESS);
    this.header.writeBigUInt64LE(1n, IOVEC_COUNT);
    this.header.writeBigUInt64LE(body + BigInt(CONTROL), CONTROL_ADDRESS);
    this.#body.writeBigUInt64LE(body + BigInt(data), IOVEC_BASE);
    this.#body.writeBigUInt64LE(BigInt(size), IOVEC_LENGTH);
  }

  /** Bytes of the datagram after `recvmmsg`. */
  get received(): number {
    return this.header.readUInt32LE(LENGTH);
  }

  /** Resets the control length, which the kernel overwrites. Call it before every `recvmsg`. */
  prepare(): void {
    this.header.writeUInt32LE(this.#control, CONTROL_LENGTH);
    this.header.writeUInt32LE(0, CONTROL_LENGTH + 4);
  }

  /** Reads the control messages: keeps the credentials, closes descriptors that the sender attached. */
  readControl(): void {
    const block = this.#body;
    this.senderPid = -1;
    this.senderUid = -1;
    this.controlTruncated = (this.header.readInt32LE(FLAGS) & MSG_CTRUNC) !== 0;
    const end = CONTROL + Math.min(this.header.readUInt32LE(CONTROL_LENGTH), this.#control);
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
