/**
 * The messages between the two ends of a relay, beside the records.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| version, 1                                                    |
 *   +---------------------------------------------------------------+
 *  4| kind                                                          |
 *   +---------------------------------------------------------------+
 *  8| receiver, u64: the one that says it, or the one it is said to |
 *   +---------------------------------------------------------------+
 * 16| sequence number of a record in the source, u64                |
 *   +---------------------------------------------------------------+
 * 24| identity of the source, u64; 0: none yet                      |
 *   +---------------------------------------------------------------+
 *
 * On the stream of the records every message carries a reserved value: of a record its sequence number in the source,
 * of a control message {@link CONTROL_MARK}. On the stream of the answers there are control messages only. All numbers are little endian.
 */
export const ControlMessageKind = {
  /** Sender: the records that follow in this stream begin with `sequence`, and none is left out. */
  Start: 1,
  /** Sender: the source is closed; `sequence` is the number after its last record. */
  End: 2,
  /** Receiver: every record before `sequence` is in the destination, and on disk if the receiver is durable. */
  Reading: 3,
  /** The same, and the destination has no space now. */
  Waiting: 4,
  /** The same, and the destination is closed. */
  Closed: 5,
} as const;
export type ControlMessageKind = (typeof ControlMessageKind)[keyof typeof ControlMessageKind];

export interface ControlMessage {
  readonly kind: ControlMessageKind;
  readonly receiver: number;
  readonly sequence: number;
  readonly source: number;
}

/** The reserved value of a message; sequence numbers are not negative. */
export const CONTROL_MARK = -1n;
export const CONTROL_MESSAGE_LENGTH = 32;
const VERSION = 1;

export function encodeControlMessage({ kind, receiver, sequence, source }: ControlMessage): Buffer {
  const bytes = Buffer.alloc(CONTROL_MESSAGE_LENGTH);
  bytes.writeInt32LE(VERSION, 0);
  bytes.writeInt32LE(kind, 4);
  bytes.writeBigUInt64LE(BigInt(receiver), 8);
  bytes.writeBigUInt64LE(BigInt(sequence), 16);
  bytes.writeBigUInt64LE(BigInt(source), 24);
  return bytes;
}

/** Null for anything that is no message of this version. */
export function decodeControlMessage(buffer: Buffer, offset: number, length: number): ControlMessage | null {
  if (length !== CONTROL_MESSAGE_LENGTH || buffer.readInt32LE(offset) !== VERSION) return null;
  const kind = buffer.readInt32LE(offset + 4);
  if (!(Object.values(ControlMessageKind) as number[]).includes(kind)) return null;
  const number = (at: number) => Number(buffer.readBigUInt64LE(offset + at));
  const message = {
    kind: kind as ControlMessageKind,
    receiver: number(8),
    sequence: number(16),
    source: number(24),
  };
  return [message.receiver, message.sequence, message.source].every(Number.isSafeInteger) ? message : null;
}
