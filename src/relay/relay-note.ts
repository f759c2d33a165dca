/**
 * What the two ends of a relay say to each other, beside the records.
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
 * of a note {@link NOTE_MARK}. On the stream of the answers there are notes only. All numbers are little endian.
 */

export const NoteKind = {
  /** Sender: the records that follow in this stream begin with `sequence`, and none is left out. */
  Start: 1,
  /** Sender: the source is closed; `sequence` is the number behind its last record. */
  End: 2,
  /** Receiver: everything in front of `sequence` is in the destination. */
  Reading: 3,
  /** The same, and the destination has no room just now. */
  Waiting: 4,
  /** The same, and the destination is closed. */
  Closed: 5,
} as const;
export type NoteKind = (typeof NoteKind)[keyof typeof NoteKind];

export interface RelayNote {
  readonly kind: NoteKind;
  readonly receiver: number;
  readonly sequence: number;
  readonly source: number;
}

/** The reserved value of a note; sequence numbers are not negative. */
export const NOTE_MARK = -1n;
export const NOTE_LENGTH = 32;
const VERSION = 1;

export function encodeNote({ kind, receiver, sequence, source }: RelayNote): Buffer {
  const bytes = Buffer.alloc(NOTE_LENGTH);
  bytes.writeInt32LE(VERSION, 0);
  bytes.writeInt32LE(kind, 4);
  bytes.writeBigUInt64LE(BigInt(receiver), 8);
  bytes.writeBigUInt64LE(BigInt(sequence), 16);
  bytes.writeBigUInt64LE(BigInt(source), 24);
  return bytes;
}

/** Null for anything that is no note of this version. */
export function decodeNote(buffer: Buffer, offset: number, length: number): RelayNote | null {
  if (length !== NOTE_LENGTH || buffer.readInt32LE(offset) !== VERSION) return null;
  const kind = buffer.readInt32LE(offset + 4);
  if (!(Object.values(NoteKind) as number[]).includes(kind)) return null;
  const number = (at: number) => Number(buffer.readBigUInt64LE(offset + at));
  const note = { kind: kind as NoteKind, receiver: number(8), sequence: number(16), source: number(24) };
  return [note.receiver, note.sequence, note.source].every(Number.isSafeInteger) ? note : null;
}
