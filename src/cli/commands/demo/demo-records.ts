/**
 * The records of the demo. Length and content are computed from the sequence number alone, so that the reader can
 * verify them.
 *
 *      +--------------------+
 *    0 | sequence, u32      |
 *      +--------------------+
 *    4 | a piece of a block of pseudo-random bytes; where it begins depends on the sequence
 *      +--------------------+
 */
const HEADER = 4;
const BLOCK = 64 * 1024;

/** The longest record in bytes. */
export const LONGEST_DEMO_RECORD = 4096;

const block = pseudoRandomBlock();

/** Length of a record in bytes: most are small, one in a thousand has 4096. */
export function demoLength(sequence: number): number {
  const mixed = mix(sequence);
  const share = mixed & 1023;
  const more = mixed >>> 10;
  if (share === 0) return LONGEST_DEMO_RECORD;
  if (share < 700) return 16 + (more % 49);
  return share < 970 ? 65 + (more % 128) : 193 + (more % 832);
}

/** Puts a record of `length` bytes at `offset`. */
export function fillDemoRecord(target: Buffer, offset: number, sequence: number, length: number): void {
  target.writeUInt32LE(sequence, offset);
  const start = pieceStart(sequence);
  block.copy(target, offset + HEADER, start, start + length - HEADER);
}

/** Whether the bytes are exactly the record with this sequence number. */
export function isDemoRecord(buffer: Buffer, offset: number, length: number, sequence: number): boolean {
  if (length !== demoLength(sequence) || buffer.readUInt32LE(offset) !== sequence) return false;
  const start = pieceStart(sequence);
  const end = start + length - HEADER;
  // Deno refuses a range of the target that lies beyond the length of the source.
  return buffer.length < block.length
    ? block.compare(buffer, offset + HEADER, offset + length, start, end) === 0
    : buffer.compare(block, start, end, offset + HEADER, offset + length) === 0;
}

/** Payload bytes of the first `count` records, and the bytes that they take in a channel. */
export function demoTotals(count: number): { payload: number; taken: number } {
  let payload = 0;
  let taken = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const length = demoLength(sequence);
    payload += length;
    taken += (length + 15) & ~7;
  }
  return { payload, taken };
}

function pieceStart(sequence: number): number {
  return (sequence * 7919) % (BLOCK - LONGEST_DEMO_RECORD);
}

function mix(value: number): number {
  let mixed = Math.imul(value + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function pseudoRandomBlock(): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  for (let i = 0; i < BLOCK; i += 4) bytes.writeUInt32LE(mix(i ^ 0x5bd1e995), i);
  return bytes;
}
