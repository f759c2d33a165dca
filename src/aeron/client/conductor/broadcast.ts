/**
 * The to-clients buffer. The driver transmits responses and every client receives all of them. A slow client is lapped
 * and loses responses. Source: Aeron 1.53 `BroadcastTransmitter`, `BroadcastReceiver`.
 *
 * record    as in the command ring; type -1 is padding up to the end
 * trailer   after the buffer: 0 tail intent i64 | 8 tail i64 | 16 latest i64, start of the newest record
 *
 * INV-AERON-BCAST-01: a record is delivered only if `cursor + capacity > tail intent` holds after it was copied; the
 * intent is loaded after every load of the copy.
 * INV-AERON-BCAST-02: the intent is visible before any store into the range that it names; the tail after all of them.
 */
import { orderLoads, orderStores, RingwireError } from '../../../platform/index.js';
import type { Section } from '../section.js';

/** Bytes after the buffer. */
export const BROADCAST_TRAILER_LENGTH = 128;
const INTENT_OFFSET = 0;
const TAIL_OFFSET = 8;
const LATEST_OFFSET = 16;
const HEADER_LENGTH = 8;
const PADDING_TYPE = -1;

class BroadcastBuffer {
  readonly capacity: number;
  protected readonly section: Section;

  constructor(section: Section) {
    const capacity = section.length - BROADCAST_TRAILER_LENGTH;
    if (capacity < 64 || (capacity & (capacity - 1)) !== 0) {
      throw new RingwireError(
        'CORRUPT_CHANNEL',
        `the length of a broadcast buffer must be a power of two, not ${capacity}`,
      );
    }
    this.capacity = capacity;
    this.section = section;
  }

  protected load(offset: number): bigint {
    return this.section.load64(this.capacity + offset);
  }

  protected store(offset: number, value: bigint): void {
    this.section.store64(this.capacity + offset, value);
  }

  protected indexOf(cursor: bigint): number {
    // The mask keeps the index at a multiple of 8 even if the trailer is damaged.
    return Number(cursor & BigInt(this.capacity - 8));
  }
}

/** The sending side: the driver. */
export class BroadcastTransmitter extends BroadcastBuffer {
  /** @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED` above an eighth of the capacity */
  transmit(typeId: number, payload: Buffer): void {
    if (payload.length > this.capacity / 8) {
      throw new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `a response of ${payload.length} bytes exceeds the limit of ${this.capacity / 8} bytes of the response buffer`,
        { recordLength: payload.length, maxAllowed: this.capacity / 8 },
      );
    }
    const { bytes, i32 } = this.section;
    const required = (HEADER_LENGTH + payload.length + 7) & ~7;
    let tail = this.load(TAIL_OFFSET);
    let index = this.indexOf(tail);
    const toEnd = this.capacity - index;
    if (toEnd < required) {
      this.#announce(tail + BigInt(toEnd + required));
      i32[index / 4] = toEnd;
      i32[index / 4 + 1] = PADDING_TYPE;
      tail += BigInt(toEnd);
      index = 0;
    } else {
      this.#announce(tail + BigInt(required));
    }
    i32[index / 4] = HEADER_LENGTH + payload.length;
    i32[index / 4 + 1] = typeId;
    payload.copy(bytes, index + HEADER_LENGTH);
    this.store(LATEST_OFFSET, tail);
    this.store(TAIL_OFFSET, tail + BigInt(required));
  }

  #announce(intent: bigint): void {
    this.store(INTENT_OFFSET, intent);
    // INV-AERON-BCAST-02
    orderStores();
  }
}

/** The receiving side: a client. */
export class BroadcastReceiver extends BroadcastBuffer {
  #next: bigint;
  #laps = 0;
  #damages = 0;

  /** Starts at the newest record, or at the position `from`. */
  constructor(section: Section, from?: bigint) {
    super(section);
    this.#next = from ?? this.load(LATEST_OFFSET);
  }

  /** Number of times this receiver was lapped and lost records. */
  get laps(): number {
    return this.#laps;
  }

  /** Number of damaged records. After each the receiver continues at the tail. */
  get damages(): number {
    return this.#damages;
  }

  /** Passes a copy of the next record to the handler. @returns false when none is available or a lap overwrote it */
  receive(handler: (typeId: number, payload: Buffer) => void): boolean {
    const { bytes, i32 } = this.section;
    if (this.load(TAIL_OFFSET) <= this.#next) return false;
    let cursor = this.#next;
    if (!this.#isSafe(cursor)) return this.#lapped();
    let index = this.indexOf(cursor);
    if (i32[index / 4 + 1] === PADDING_TYPE) {
      cursor += BigInt(this.capacity - index);
      index = 0;
    }
    const length = i32[index / 4] as number;
    const typeId = i32[index / 4 + 1] as number;
    const sound = length >= HEADER_LENGTH && index + length <= this.capacity;
    const payload = sound ? Buffer.from(bytes.subarray(index + HEADER_LENGTH, index + length)) : null;
    // INV-AERON-BCAST-01
    orderLoads();
    if (!this.#isSafe(cursor)) return this.#lapped();
    if (payload === null) return this.#damaged();
    this.#next = cursor + BigInt((length + 7) & ~7);
    handler(typeId, payload);
    return true;
  }

  #isSafe(cursor: bigint): boolean {
    return cursor + BigInt(this.capacity) > this.load(INTENT_OFFSET);
  }

  #damaged(): false {
    this.#damages++;
    this.#next = this.load(TAIL_OFFSET);
    return false;
  }

  #lapped(): false {
    this.#laps++;
    this.#next = this.load(LATEST_OFFSET);
    return false;
  }
}
