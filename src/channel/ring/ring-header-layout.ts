/**
 * The header of a ring channel; docs/format-ring.md. Bytes 0 to 63 are those of kekbit with a higher version, so a
 * kekbit reader reports "incompatible version".
 *
 *        +--------------------------------------------------------+
 *      0 | kekbit header: signature, version 2.0.0, ids, capacity,|  never changes after creation
 *        | largest record, timeout, creation time, tick unit      |
 *        +--------------------------------------------------------+
 *     64 | policy u32 | data offset u32 | slots u32 | marks u32   |  never changes
 *        +--------------------------------------------------------+
 *     80 | stuck reader u32 | stuck after, milliseconds, u32      |  never changes
 *        +--------------------------------------------------------+
 *    128 | intent, counter, in 8-byte words                       |  alone on its cache lines
 *        +--------------------------------------------------------+
 *    256 | epoch u32                                              |  alone
 *        +--------------------------------------------------------+
 *    384 | readers asleep u32                                     |  alone
 *        +--------------------------------------------------------+
 *    512 | readers' bell u32 (futex)                              |  alone
 *        +--------------------------------------------------------+
 *    640 | writer asleep u32                                      |  alone
 *        +--------------------------------------------------------+
 *    768 | writer's bell u32 (futex)                              |  alone
 *        +--------------------------------------------------------+
 *    896 | length u32, and JSON: pid, start time, boot id         |  the writer that created or resumed the ring
 *        +--------------------------------------------------------+
 *   2048 | 32 checkpoints of 64 bytes (ring-checkpoints.ts)       |
 *        +--------------------------------------------------------+
 *   4096 | 32 reader slots of 256 bytes                        |
 *        +--------------------------------------------------------+
 *  12288 | data area, `capacity` bytes                            |
 *        +--------------------------------------------------------+
 *
 * All integers are little endian. A counter is three 32-bit words (platform/split-counter.ts).
 * The kernel lock of the writer covers byte 0, that of a reader the first byte of its slot.
 */
import type { LockRange } from '../../platform/index.js';
import { RingwireError } from '../../platform/index.js';
import {
  type ChannelHeader,
  encodeHeader,
  HEADER_LENGTH,
  readHeaderFields,
  SIGNATURE,
  versionText,
} from '../core/header-layout.js';
import { RING_WORD } from './ring-record-layout.js';

/** Version word of a ring: 2.0.0. */
export const RING_VERSION = 0x0002_0000_0000_0000n;

const POLICY_OFFSET = 64;
const DATA_OFFSET_OFFSET = POLICY_OFFSET + 4;
const SLOTS_OFFSET = DATA_OFFSET_OFFSET + 4;
const CHECKPOINTS_OFFSET = SLOTS_OFFSET + 4;
const STUCK_POLICY_OFFSET = CHECKPOINTS_OFFSET + 4;
const STUCK_AFTER_OFFSET = STUCK_POLICY_OFFSET + 4;

/** File offset of the intent, in bytes. */
export const INTENT_OFFSET = 128;
/** File offset of the epoch, in bytes. */
export const EPOCH_OFFSET = 256;
/** File offset of the number of sleeping readers, in bytes. */
export const READERS_ASLEEP_OFFSET = 384;
/** File offset of the doorbell of the readers, in bytes. */
export const READERS_BELL_OFFSET = 512;
/** File offset of the flag of a sleeping writer, in bytes. */
export const WRITER_ASLEEP_OFFSET = 640;
/** File offset of the doorbell of the writer, in bytes. */
export const WRITER_BELL_OFFSET = 768;
/** File offset of the owner record, in bytes. */
export const OWNER_OFFSET = 896;
/** Length of the owner record in bytes. */
export const OWNER_LENGTH = 1024;
/** File offset of the first checkpoint, in bytes. */
export const CHECKPOINT_OFFSET = 2048;
/** Length of a checkpoint in bytes. */
export const CHECKPOINT_LENGTH = 64;
/** Number of checkpoints. */
export const CHECKPOINT_COUNT = 32;
/** File offset of the first reader slot, in bytes. */
export const SLOT_OFFSET = 4096;
/** Length of a reader slot in bytes. */
export const SLOT_LENGTH = 256;
/** Number of reader slots. */
export const SLOT_COUNT = 32;
/** File offset of the data area. The header before it is whole pages. */
export const RING_DATA_OFFSET = 12_288;

/** Byte range of the writer's lock. */
export const WRITER_LOCK: LockRange = { start: 0, length: 1 };

/** Minimum capacity in bytes. */
export const MIN_RING_CAPACITY = 1024;
/** Maximum capacity in bytes. */
export const MAX_RING_CAPACITY = 2 ** 30;
/** A capacity is a multiple of this, in bytes. */
export const CAPACITY_UNIT = 128;

/**
 * Policy of a ring. `back-pressure`: the writer never overtakes a registered reader. `overwrite`: the writer never
 * waits for a reader.
 */
export type RingPolicy = 'overwrite' | 'back-pressure';
/** Action of a back-pressured writer for a live reader that does not move; see `RingOptions.stuckReader`. */
export type StuckReaderPolicy = 'wait' | 'evict' | 'fail';

const POLICIES: readonly RingPolicy[] = ['overwrite', 'back-pressure'];
const STUCK_POLICIES: readonly StuckReaderPolicy[] = ['wait', 'evict', 'fail'];

/** The header of a ring. It adds fields to the header of every channel. */
export interface RingHeader extends ChannelHeader {
  /** Whether the writer overwrites or waits for registered readers. */
  readonly policy: RingPolicy;
  /** Action of a back-pressured writer for a live reader that does not move. */
  readonly stuckReader: StuckReaderPolicy;
  /** Milliseconds without a move after which a reader counts as stuck. */
  readonly stuckAfterMs: number;
}

/** Maximum length of a record in bytes for this capacity: with its header an eighth of the capacity. */
export function ringMaxMessageLengthLimit(capacity: number): number {
  return capacity / 8 - RING_WORD;
}

/**
 * Maximum length of a batch in bytes, headers and padding included, that is published as one unit: a quarter of the
 * capacity.
 */
export function ringBatchLimit(capacity: number): number {
  return capacity / 4;
}

/** Bytes by which the writer advances the intent counter at a time: capacity / 16. */
export function intentStep(capacity: number): number {
  return capacity / 16;
}

/** Length of a ring file in bytes. */
export function ringFileLength(capacity: number): number {
  return RING_DATA_OFFSET + capacity;
}

/** Encodes a header into {@link HEADER_LENGTH} bytes. */
export function encodeRingHeader(header: RingHeader): Buffer {
  const bytes = encodeHeader(header);
  bytes.writeUInt32LE(POLICIES.indexOf(header.policy), POLICY_OFFSET);
  bytes.writeUInt32LE(RING_DATA_OFFSET, DATA_OFFSET_OFFSET);
  bytes.writeUInt32LE(SLOT_COUNT, SLOTS_OFFSET);
  bytes.writeUInt32LE(CHECKPOINT_COUNT, CHECKPOINTS_OFFSET);
  bytes.writeUInt32LE(STUCK_POLICIES.indexOf(header.stuckReader), STUCK_POLICY_OFFSET);
  bytes.writeUInt32LE(header.stuckAfterMs, STUCK_AFTER_OFFSET);
  return bytes;
}

/** Whether a version word is that of a ring, of any minor version. */
export function isRingVersion(version: bigint): boolean {
  return version >> 48n === RING_VERSION >> 48n;
}

/**
 * Decodes and checks the header of a ring. `bytes`: at least {@link HEADER_LENGTH} bytes.
 * @throws RingwireError `INVALID_SIGNATURE`, `INCOMPATIBLE_VERSION`, `INVALID_CAPACITY`,
 * `INVALID_MAX_MESSAGE_LENGTH`, `INVALID_TICK_UNIT` or `CORRUPT_CHANNEL`
 */
export function decodeRingHeader(bytes: Buffer, path: string): RingHeader {
  const signature = bytes.readBigUInt64LE(0);
  if (signature !== SIGNATURE) {
    throw new RingwireError('INVALID_SIGNATURE', `${path} is not a channel: wrong signature`, {
      path,
      expected: SIGNATURE,
      actual: signature,
    });
  }
  const fields = readHeaderFields(bytes);
  if (!isRingVersion(fields.version)) {
    throw new RingwireError(
      'INCOMPATIBLE_VERSION',
      `${path} has version ${versionText(fields.version)}, a ring has ${versionText(RING_VERSION)}: open a log channel with ShmReader`,
      { path, expected: RING_VERSION, actual: fields.version },
    );
  }
  const { capacity, maxMessageLength } = fields;
  if (capacity < MIN_RING_CAPACITY || capacity > MAX_RING_CAPACITY || capacity % CAPACITY_UNIT !== 0) {
    throw new RingwireError(
      'INVALID_CAPACITY',
      `${path}: a ring has ${MIN_RING_CAPACITY} to ${MAX_RING_CAPACITY} bytes in steps of ${CAPACITY_UNIT}, not ${capacity}`,
      { path, capacity },
    );
  }
  if (
    maxMessageLength > ringMaxMessageLengthLimit(capacity) ||
    maxMessageLength % 8 !== 0 ||
    maxMessageLength === 0
  ) {
    throw new RingwireError(
      'INVALID_MAX_MESSAGE_LENGTH',
      `${path}: the largest record of a ring of ${capacity} bytes has at most ${ringMaxMessageLengthLimit(capacity)} bytes, not ${maxMessageLength}`,
      { path, messageLength: maxMessageLength },
    );
  }
  const policy = POLICIES[bytes.readUInt32LE(POLICY_OFFSET)];
  const stuckReader = STUCK_POLICIES[bytes.readUInt32LE(STUCK_POLICY_OFFSET)];
  const sound =
    bytes.readUInt32LE(DATA_OFFSET_OFFSET) === RING_DATA_OFFSET &&
    bytes.readUInt32LE(SLOTS_OFFSET) === SLOT_COUNT &&
    bytes.readUInt32LE(CHECKPOINTS_OFFSET) === CHECKPOINT_COUNT;
  if (policy === undefined || stuckReader === undefined || !sound) {
    throw new RingwireError('CORRUPT_CHANNEL', `${path}: the header of the ring is damaged`, { path });
  }
  return { ...fields, policy, stuckReader, stuckAfterMs: bytes.readUInt32LE(STUCK_AFTER_OFFSET) };
}

export { HEADER_LENGTH as RING_HEADER_FIELDS_LENGTH };
