/**
 * Receives many datagrams with one call of `recvmmsg`, on a thread of the libuv pool. The kernel's queue of 11 datagrams
 * is emptied as they come, also while the event loop is busy. There is no space for attached descriptors: a batch of them
 * would use up those of the process. Source: recvmmsg(2).
 *
 *      +---------------------------------------------------------------+
 *    0 | time limit, `struct timespec`                                 |
 *      +---------------------------------------------------------------+
 *   64 | first parts of all messages (message-header-layout.ts)        |
 *      +---------------------------------------------------------------+
 *      | second parts of all messages                                  |
 *      +---------------------------------------------------------------+
 */
import { storeTimespec } from '../kernel-time.js';
import { libc, MSG_CMSG_CLOEXEC } from '../libc.js';
import { bodySize, CREDENTIALS_SIZE, HEADER_SIZE, MessageHeader } from './message-header-layout.js';

const HEADERS = 64;

/** Memory for the datagrams of one call, reused for the next. */
export class DatagramBatch {
  /** The messages; the first ones are filled. */
  readonly messages: readonly MessageHeader[];
  readonly #time: Buffer;
  readonly #headers: Buffer;
  /** Messages whose control length the kernel has overwritten. */
  #used: number;

  /** @param count most datagrams of one call @param size bytes for the data of each; a longer one is truncated */
  constructor(count: number, size: number) {
    const bodies = HEADERS + count * HEADER_SIZE;
    const body = bodySize(CREDENTIALS_SIZE, size);
    const memory = new ArrayBuffer(bodies + count * body);
    this.#time = Buffer.from(memory, 0, 16);
    this.#headers = Buffer.from(memory, HEADERS, count * HEADER_SIZE);
    this.#used = count;
    this.messages = Array.from(
      { length: count },
      (_, i) =>
        new MessageHeader(size, {
          memory,
          headerAt: HEADERS + i * HEADER_SIZE,
          bodyAt: bodies + i * body,
          control: CREDENTIALS_SIZE,
        }),
    );
  }

  /**
   * Receives from a socket that blocks (`DatagramSocket.blockFor`), until the batch is full, no datagram came for the time of
   * the socket, or one came after `millis` milliseconds. Calls `done` with their number.
   */
  receive(fd: number, millis: number, done: (count: number) => void): void {
    for (let i = 0; i < this.#used; i++) this.messages[i]?.prepare();
    storeTimespec(this.#time, millis);
    const { length } = this.messages;
    libc().recvmmsgAsync(fd, this.#headers, length, MSG_CMSG_CLOEXEC, this.#time, (_, count) => {
      this.#used = Math.max(count, 0);
      done(this.#used);
    });
  }
}
