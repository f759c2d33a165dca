/** Copying sources: by words for buffers that come again, by bytes for all others, and always exactly the source. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { SourceViews } from '../../src/platform/index.js';
import { wholeNumbersFrom } from '../seed.js';

const TARGET = 512;
/** After so many uses a buffer is known. */
const USES = 20;

function target(longest = 100) {
  const memory = new ArrayBuffer(TARGET);
  const bytes = new Uint8Array(memory).fill(0xee);
  return { bytes, sources: new SourceViews(bytes, new BigInt64Array(memory), longest) };
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff);
}

/** A Uint8Array of `real` bytes whose property `length` has another value. */
function lying(real: number, length: number): Uint8Array {
  const source = pattern(real);
  Object.defineProperty(source, 'length', { value: length });
  return source;
}

function anySource(below: (limit: number) => number): Uint8Array {
  const length = below(100);
  switch (below(6)) {
    case 0:
      return Buffer.from(pattern(length));
    case 1:
      return pattern(length + 3).subarray(3);
    case 2:
      return new Uint8Array(new SharedArrayBuffer(length)).fill(5);
    case 3:
      // Tracks the length of its memory.
      return new Uint8Array(new ArrayBuffer(length, { maxByteLength: 128 }));
    case 4:
      return lying(length, below(100));
    default:
      return pattern(length);
  }
}

/** Changes the bytes of a source, and sometimes the size of its memory. */
function change(source: Uint8Array, below: (limit: number) => number): void {
  const { buffer } = source;
  if (buffer instanceof ArrayBuffer && buffer.resizable) buffer.resize(below(128));
  for (let i = 0; source[i] !== undefined; i++) source[i] = below(256);
}

describe('source views', () => {
  it('copy every length from 0 to 100, the first time and each time after it', () => {
    for (let length = 0; length <= 100; length++) {
      const { bytes, sources } = target();
      const source = pattern(length);
      for (let time = 0; time < 4; time++) {
        bytes.fill(0xee);
        sources.copy(source, 2);
        expect([...bytes.subarray(16, 16 + length)]).toEqual([...source]);
        expect([...bytes.subarray(0, 16), ...bytes.subarray(16 + length)].every((b) => b === 0xee)).toBe(
          true,
        );
      }
    }
  });

  it('know a buffer that comes again and again, and nothing else', () => {
    for (const source of [pattern(24), Buffer.alloc(3), pattern(64)]) {
      const { sources } = target();
      const { length } = source;
      expect(sources.copyKnown(source, length, 0)).toBe(false);
      for (let time = 0; time < USES; time++) sources.copy(source, 0);
      expect(sources.copyKnown(source, length, 0)).toBe(true);
      for (const other of [length - 1, length + 1, -1, 0, Number.NaN]) {
        expect(sources.copyKnown(source, other, 0)).toBe(false);
      }
      const foreign: unknown = runInNewContext(`new Uint8Array(${length})`);
      const others: unknown[] = [undefined, null, 'text', [1, 2], new Uint16Array(4), pattern(24), foreign];
      for (const other of others) expect(sources.copyKnown(other as Uint8Array, length, 0)).toBe(false);
      sources.clear();
      expect(sources.copyKnown(source, length, 0)).toBe(false);
    }
  });

  it.each([
    ['65 bytes', 65, 100],
    ['more bytes than they may know', 25, 24],
  ])('do not know a buffer of %s', (_, length, longest) => {
    const { sources } = target(longest);
    const source = pattern(length);
    for (let time = 0; time < USES; time++) sources.copy(source, 0);
    expect(sources.copyKnown(source, length, 0)).toBe(false);
  });

  it('copy the present bytes of a buffer that is written again and again', () => {
    const { bytes, sources } = target();
    const source = pattern(64);
    for (let time = 0; time < 40; time++) {
      source.fill(time);
      if (!sources.copyKnown(source, 64, 1)) sources.copy(source, 1);
      expect([...bytes.subarray(8, 72)]).toEqual([...source]);
    }
  });

  it('copy nothing of a buffer whose memory was transferred', () => {
    const { bytes, sources } = target();
    const moved = pattern(16);
    for (let time = 0; time < USES; time++) sources.copy(moved, 0);
    expect(sources.copyKnown(moved, 16, 0)).toBe(true);
    structuredClone(moved.buffer, { transfer: [moved.buffer as ArrayBuffer] });
    bytes.fill(0xee);
    for (const length of [0, 16]) expect(sources.copyKnown(moved, length, 0)).toBe(false);
    sources.copy(moved, 0);
    expect(bytes.every((byte) => byte === 0xee)).toBe(true);
  });

  it('never write outside of the stated bytes, whatever the source is', () => {
    const below = wholeNumbersFrom();
    const { bytes, sources } = target();
    const kept: Uint8Array[] = [];
    for (let round = 0; round < 3000; round++) {
      const chosen = below(6);
      const source = (below(3) > 0 && kept[chosen]) || anySource(below);
      kept[chosen] = source;
      if (below(4) === 0) change(source, below);
      const { length } = source;
      const at = 1 + below(20);
      bytes.fill(0xee);
      const index = below(3);
      if (below(2) === 0) {
        if (!sources.copyKnown(source, length, at)) sources.copy(source, at);
      } else sources.copyOf(index, source, at);
      const [start, end] = [at * 8, at * 8 + length];
      const outside = [...bytes.subarray(0, start), ...bytes.subarray(end)];
      expect(outside.every((byte) => byte === 0xee)).toBe(true);
      for (let i = 0; i < length; i++) if (source[i] !== undefined) expect(bytes[start + i]).toBe(source[i]);
    }
  });

  it('copy the known buffers of a batch, and refuse any other', () => {
    const { bytes, sources } = target();
    const batch = [pattern(8), pattern(9), pattern(64)];
    const end = TARGET / 8;
    for (const [index, record] of batch.entries())
      expect(sources.copyKnownOf(index, record, 1, end)).toBe(-1);
    for (let time = 0; time < USES; time++) {
      for (const [index, record] of batch.entries()) sources.copyOf(index, record, 0);
    }
    for (const [index, record] of batch.entries()) {
      bytes.fill(0xee);
      expect(sources.copyKnownOf(index, record, 1, end)).toBe(record.length);
      expect([...bytes.subarray(8, 8 + record.length)]).toEqual([...record]);
      expect(bytes[8 + record.length]).toBe(0xee);
      const words = Math.ceil(record.length / 8);
      expect(sources.copyKnownOf(index, record, 1, 1 + words)).toBe(record.length);
      bytes.fill(0xee);
      const others = ['text', batch[(index + 1) % 3], pattern(record.length)] as Uint8Array[];
      for (const other of others) expect(sources.copyKnownOf(index, other, 1, end)).toBe(-1);
      expect(sources.copyKnownOf(index, record, 1, words)).toBe(-1);
      expect(sources.copyKnownOf(3, record, 1, end)).toBe(-1);
      expect(bytes.every((byte) => byte === 0xee)).toBe(true);
    }
  });

  it('know the first 256 buffers of a batch', () => {
    const { sources } = target();
    const record = pattern(8);
    for (let time = 0; time < USES; time++) {
      for (let index = 0; index < 300; index++) sources.copyOf(index, record, 0);
    }
    expect(sources.copyKnownOf(255, record, 0, 1)).toBe(8);
    expect(sources.copyKnownOf(256, record, 0, 1)).toBe(-1);
  });
});
