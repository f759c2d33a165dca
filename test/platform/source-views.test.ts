/** Copying sources: by words for buffers that come again, by bytes for all others, and always exactly the source. */
import { describe, expect, it } from 'vitest';
import { SourceViews } from '../../src/platform/index.js';

const TARGET = 512;

function target() {
  const memory = new ArrayBuffer(TARGET);
  const bytes = new Uint8Array(memory).fill(0xee);
  return { bytes, sources: new SourceViews(bytes, new BigInt64Array(memory)) };
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff);
}

describe('source views', () => {
  it('copy every length from 0 to 100, the first time and each time after it', () => {
    for (let length = 0; length <= 100; length++) {
      const { bytes, sources } = target();
      const source = pattern(length);
      for (let time = 0; time < 4; time++) {
        bytes.fill(0xee);
        sources.copy(source, 2, 0);
        expect([...bytes.subarray(16, 16 + length)]).toEqual([...source]);
        expect([...bytes.subarray(0, 16), ...bytes.subarray(16 + length)].every((b) => b === 0xee)).toBe(
          true,
        );
      }
    }
  });

  it('know a short aligned buffer at its third use in a slot, and no other', () => {
    const { sources } = target();
    const source = pattern(24);
    expect(sources.knownLength(source, 3)).toBe(-1);
    sources.copy(source, 0, 3);
    expect(sources.knownLength(source, 3)).toBe(-1);
    sources.copy(source, 0, 3);
    expect([sources.knownLength(source, 3), sources.knownLength(source, 4)]).toEqual([24, -1]);
    expect(sources.knownLength(pattern(24), 3)).toBe(-1);
    sources.copy(pattern(24), 0, 3);
    expect(sources.knownLength(source, 3)).toBe(-1);
  });

  it('never know a long buffer, an unaligned one, or one beyond the slots', () => {
    const { bytes, sources } = target();
    const unaligned = pattern(32).subarray(1, 17);
    for (let time = 0; time < 4; time++) {
      sources.copy(pattern(65), 0, 0);
      sources.copy(unaligned, 0, 1);
      sources.copy(pattern(16), 0, 256);
    }
    expect([sources.knownLength(unaligned, 1), sources.knownLength(pattern(16), 256)]).toEqual([-1, -1]);
    sources.copy(unaligned, 1, 1);
    expect([...bytes.subarray(8, 24)]).toEqual([...unaligned]);
  });

  it('treat a buffer whose memory was transferred as empty, and forget all buffers when cleared', () => {
    const { sources } = target();
    const [moved, kept] = [pattern(16), pattern(16)];
    for (let time = 0; time < 2; time++) {
      sources.copy(moved, 0, 0);
      sources.copy(kept, 0, 1);
    }
    structuredClone(moved.buffer, { transfer: [moved.buffer as ArrayBuffer] });
    expect([sources.knownLength(moved, 0), sources.knownLength(kept, 1)]).toEqual([0, 16]);
    sources.clear();
    expect(sources.knownLength(kept, 1)).toBe(-1);
  });

  it('count the words of a batch of known records, and refuse one with an unknown or too long record', () => {
    const { sources } = target();
    const batch = [pattern(8), pattern(9), pattern(64)];
    expect(sources.knownWords(batch, 1, 64)).toBe(-1);
    for (let time = 0; time < 2; time++) batch.forEach((record, slot) => void sources.copy(record, 0, slot));
    expect(sources.knownWords(batch, 1, 64)).toBe(2 + 3 + 9);
    expect(sources.knownWords(batch, 1, 63)).toBe(-1);
    expect(sources.knownWords(batch, 9, 64)).toBe(-1);
    expect(sources.knownWords([...batch].reverse(), 1, 64)).toBe(-1);
    expect(sources.knownWords([], 1, 64)).toBe(0);
  });
});
