/**
 * The to-driver ring: clients write commands and the driver reads them. Source: Aeron 1.53
 * `ManyToOneRingBuffer`, C `aeron_mpsc_rb`.
 *
 * record    0 length i32, 8 + payload, not aligned | 4 message type id i32 | 8 payload; the next starts at a multiple
 *           of 8. Type -1 is padding. Length 0: no record; negative: claimed, not committed.
 * trailer   after the ring, each i64 alone in 128 bytes: 128 tail | 256 head cache | 384 head |
 *           512 correlation counter | 640 consumer heartbeat in ms
 *
 * INV-AERON-RING-01: no code between claim and commit can throw: an open claim would block all clients.
 * INV-AERON-RING-02: the negative length is visible before anything else of a record, the positive one after everything.
 */
import { orderStores, RingwireError } from '../../../platform/index.js';
import type { Section } from '../section.js';

/** Bytes after the ring. */
export const RING_TRAILER_LENGTH = 768;
const TAIL_OFFSET = 128;
const HEAD_CACHE_OFFSET = 256;
const HEAD_OFFSET = 384;
const CORRELATION_OFFSET = 512;
const HEARTBEAT_OFFSET = 640;

const HEADER_LENGTH = 8;
const PADDING_TYPE = -1;
/** Attempts of a writer to claim space in a full ring. */
const ATTEMPTS = 10;

/** The value of the heartbeat when the driver has shut down. */
export const DRIVER_CLOSED = -1n;

/** Called with a copy of each command. */
export type CommandHandler = (typeId: number, payload: Buffer) => void;

/** Both sides of the command ring. */
export class CommandRing {
  /** Bytes of the ring without its trailer, a power of two. */
  readonly capacity: number;
  readonly #section: Section;
  readonly #mask: number;

  /** @throws RingwireError `CORRUPT_CHANNEL` unless the ring has a power of two of bytes, at least 64 */
  constructor(section: Section) {
    const capacity = section.length - RING_TRAILER_LENGTH;
    if (capacity < 64 || (capacity & (capacity - 1)) !== 0) {
      throw new RingwireError(
        'CORRUPT_CHANNEL',
        `the length of a command ring must be a power of two, not ${capacity}`,
      );
    }
    this.capacity = capacity;
    this.#section = section;
    this.#mask = capacity - 1;
  }

  /** Heartbeat of the driver, Unix time in milliseconds; 0 before its start, -1 after its shutdown. */
  get consumerHeartbeat(): bigint {
    return this.#trailer(HEARTBEAT_OFFSET);
  }

  set consumerHeartbeat(millis: bigint) {
    this.#section.store64(this.capacity + HEARTBEAT_OFFSET, millis);
  }

  get tail(): bigint {
    return this.#trailer(TAIL_OFFSET);
  }

  get head(): bigint {
    return this.#trailer(HEAD_OFFSET);
  }

  /** A new id, unique at this driver. */
  nextCorrelationId(): bigint {
    return Atomics.add(this.#section.i64, (this.capacity + CORRELATION_OFFSET) / 8, 1n);
  }

  /**
   * Writes a command.
   * @returns false when the ring stays full
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above an eighth of the capacity
   */
  write(typeId: number, payload: Buffer): boolean {
    if (payload.length > this.capacity / 8) {
      throw new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `a command of ${payload.length} bytes exceeds the limit of ${this.capacity / 8} bytes of the command ring`,
        { recordLength: payload.length, maxAllowed: this.capacity / 8 },
      );
    }
    const required = align8(HEADER_LENGTH + payload.length);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const index = this.#claim(required);
      if (index < 0) continue;
      this.#section.store32(index, -(HEADER_LENGTH + payload.length));
      // INV-AERON-RING-02
      orderStores();
      payload.copy(this.#section.bytes, index + HEADER_LENGTH);
      this.#section.i32[index / 4 + 1] = typeId;
      this.#section.store32(index, HEADER_LENGTH + payload.length);
      return true;
    }
    return false;
  }

  /** Driver: passes at most `limit` commands to the handler, zeroes them and moves the head. @returns commands read */
  read(handler: CommandHandler, limit = Number.POSITIVE_INFINITY): number {
    const { bytes, i32 } = this.#section;
    const head = this.#trailer(HEAD_OFFSET);
    const start = Number(head & BigInt(this.#mask));
    let at = start;
    let count = 0;
    try {
      while (count < limit && at < this.capacity) {
        const length = this.#section.load32(at);
        if (length < HEADER_LENGTH || at + length > this.capacity) break;
        const typeId = i32[at / 4 + 1] as number;
        const payload = bytes.subarray(at + HEADER_LENGTH, at + length);
        at += align8(length);
        if (typeId === PADDING_TYPE) continue;
        count++;
        handler(typeId, Buffer.from(payload));
      }
    } finally {
      if (at > start) {
        bytes.fill(0, start, at);
        this.#section.store64(this.capacity + HEAD_OFFSET, head + BigInt(at - start));
      }
    }
    return count;
  }

  /**
   * Driver: turns the claim of a dead writer at the head into padding. Call it when the head has not moved for longer
   * than the client liveness timeout.
   * @returns whether the head was unblocked
   */
  unblock(): boolean {
    const { i32 } = this.#section;
    const head = Number(this.#trailer(HEAD_OFFSET) & BigInt(this.#mask));
    const tail = Number(this.#trailer(TAIL_OFFSET) & BigInt(this.#mask));
    if (this.#trailer(HEAD_OFFSET) === this.#trailer(TAIL_OFFSET)) return false;
    const length = this.#section.load32(head);
    if (length !== 0) return length < 0 && this.#pad(head, -length);
    const end = tail > head ? tail : this.capacity;
    for (let at = head + 8; at < end; at += 8) {
      if (this.#section.load32(at) === 0) continue;
      for (let back = at - 8; back >= head; back -= 8) if ((i32[back / 4] as number) !== 0) return false;
      return this.#pad(head, at - head);
    }
    return false;
  }

  #pad(index: number, length: number): boolean {
    this.#section.i32[index / 4 + 1] = PADDING_TYPE;
    this.#section.store32(index, length);
    return true;
  }

  /** Claims `required` bytes. @returns their index, or -1 when the ring is full */
  #claim(required: number): number {
    const section = this.#section;
    const mask = BigInt(this.#mask);
    for (;;) {
      let head = this.#trailer(HEAD_CACHE_OFFSET);
      const tail = this.#trailer(TAIL_OFFSET);
      if (BigInt(required) > BigInt(this.capacity) - (tail - head)) {
        head = this.#trailer(HEAD_OFFSET);
        if (BigInt(required) > BigInt(this.capacity) - (tail - head)) return -1;
        section.store64(this.capacity + HEAD_CACHE_OFFSET, head);
      }
      let index = Number(tail & mask);
      const toEnd = this.capacity - index;
      let padding = 0;
      if (required > toEnd) {
        if (required > Number(head & mask)) {
          head = this.#trailer(HEAD_OFFSET);
          if (required > Number(head & mask)) return -1;
          section.store64(this.capacity + HEAD_CACHE_OFFSET, head);
        }
        padding = toEnd;
      }
      const next = tail + BigInt(required + padding);
      if (Atomics.compareExchange(section.i64, (this.capacity + TAIL_OFFSET) / 8, tail, next) !== tail)
        continue;
      if (padding > 0) {
        section.store32(index, -padding);
        this.#pad(index, padding);
        index = 0;
      }
      return index;
    }
  }

  #trailer(offset: number): bigint {
    return this.#section.load64(this.capacity + offset);
  }
}

function align8(length: number): number {
  return (length + 7) & ~7;
}
