/**
 * The control messages between the two ends of a relay.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| version, 1                                                    |
 *   +---------------------------------------------------------------+
 *  4| kind                                                          |
 *   +---------------------------------------------------------------+
 *  8| receiver, u64: the sender or the addressee of the message    |
 *   +---------------------------------------------------------------+
 * 16| sequence number of a record in the source, u64                |
 *   +---------------------------------------------------------------+
 * 24| identity of the source, u64; 0: none yet                      |
 *   +---------------------------------------------------------------+
 *
 * On the stream of the records every message has a reserved value: for a record its sequence number in the source,
 * for a control message {@link CONTROL_MARK}. The stream of answers has control messages only. All numbers are little endian.
 */
/** Kinds of control messages. */
export const ControlMessageKind = {
  /** Sender: the following records in this stream start with `sequence`, without a gap. */
  Start: 1,
  /** Sender: the source is closed; `sequence` is the number after its last record. */
  End: 2,
  /** Receiver: every record before `sequence` is in the destination, and on disk if the receiver is durable. */
  Reading: 3,
  /** Receiver: like {@link Reading}, and the destination has no space now. */
  Waiting: 4,
  /** Receiver: like {@link Reading}, and the destination is closed. */
  Closed: 5,
} as const;
/** One of the kinds of control messages. */
export type ControlMessageKind = (typeof ControlMessageKind)[keyof typeof ControlMessageKind];

/** A control message. */
export interface ControlMessage {
  /** Kind of the message. */
  readonly kind: ControlMessageKind;
  /** Id of the receiver that sends the message, or that it is addressed to. */
  readonly receiver: number;
  /** Sequence number of a record in the source. */
  readonly sequence: number;
  /** Identity of the source; 0 if unknown. */
  readonly source: number;
}

/** Reserved value of a control message. Sequence numbers are not negative. */
export const CONTROL_MARK = -1n;
/** Length of a control message in bytes. */
export const CONTROL_MESSAGE_LENGTH = 32;
const VERSION = 1;

/** Encodes a control message into {@link CONTROL_MESSAGE_LENGTH} bytes. */
export function encodeControlMessage({ kind, receiver, sequence, source }: ControlMessage): Buffer {
  const bytes = Buffer.alloc(CONTROL_MESSAGE_LENGTH);
  bytes.writeInt32LE(VERSION, 0);
  bytes.writeInt32LE(kind, 4);
  bytes.writeBigUInt64LE(BigInt(receiver), 8);
  bytes.writeBigUInt64LE(BigInt(sequence), 16);
  bytes.writeBigUInt64LE(BigInt(source), 24);
  return bytes;
}

/** Decodes a control message. Returns null for any other message. */
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
