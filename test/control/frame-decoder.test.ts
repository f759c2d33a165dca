/** Frames come out whole however their bytes arrive, and whatever the decoder keeps them in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeControlFrame, FrameDecoder } from '../../src/control/index.js';
import { BufferPool } from '../../src/control/wire/buffer-pool.js';

const LIMIT = 4096;
/** One shared buffer for everything that arrives, as a socket has. */
const arriving = Buffer.alloc(1 << 17);

const frames = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    seq: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    size: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 * LIMIT })),
  }),
  { maxLength: 12 },
);
const cuts = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 40 });

type Summary = [type: number, seq: bigint, body: string, skipped: number];

/** Hands the bytes on in pieces of the given sizes, through `arriving`, which is overwritten each time. */
function inPieces(bytes: Buffer, sizes: readonly number[], take: (piece: Buffer) => void): void {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = Math.min(bytes.length - at, sizes[i % sizes.length] as number);
    arriving.fill(0xee);
    bytes.copy(arriving, 0, at, at + length);
    take(arriving.subarray(0, length));
    at += length;
  }
}

describe('a frame decoder', () => {
  it.each([
    ['of a client, fed', false],
    ['of a server, with a pool and a limit', true],
  ])('%s, gives what was sent', (_, isServer) => {
    const pool = new BufferPool();
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const bodies = sent.map(({ size }, i) => Buffer.alloc(size, i + 1));
        const bytes = Buffer.concat(
          sent.map(({ type, seq }, i) => encodeControlFrame(type, seq, bodies[i] as Buffer)),
        );
        const decoder = isServer ? new FrameDecoder(() => LIMIT, pool) : new FrameDecoder();
        const got: Summary[] = [];
        const collect = () => {
          for (let frame = decoder.next(); frame !== null; frame = decoder.next()) {
            got.push([frame.type, frame.seq, frame.body.toString('latin1'), frame.skipped]);
          }
        };
        inPieces(bytes, sizes, (piece) => {
          if (isServer) {
            const taken = decoder.takeUnkept(piece);
            if (taken < piece.length) decoder.pushCopy(piece.subarray(taken));
            collect();
            return;
          }
          for (let at = 0; at < piece.length; ) {
            at += decoder.feed(piece.subarray(at));
            collect();
          }
        });
        decoder.end();
        expect(decoder.held).toBe(0);
        expect(got).toEqual(
          sent.map(({ type, seq, size }, i): Summary => {
            const isLeftOut = isServer && size > LIMIT;
            const body = isLeftOut ? '' : (bodies[i] as Buffer).toString('latin1');
            return [type, seq, body, isLeftOut ? size : 0];
          }),
        );
      }),
    );
  });
});

describe('a pool of buffers', () => {
  it('returns a buffer of at least the size, at most 1/8 longer, and reuses it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000 }), (size) => {
        const pool = new BufferPool();
        const buffer = pool.take(size);
        expect(buffer.length).toBeGreaterThanOrEqual(size);
        expect(buffer.length).toBeLessThanOrEqual(Math.max(1024, size * 1.125 + 1));
        pool.give(buffer);
        if (size <= 250_000) expect(pool.take(size) === buffer).toBe(true);
      }),
    );
  });

  it('reuses the buffer of a frame around the longest piece of a log', () => {
    const pool = new BufferPool();
    const size = 256 * 1024 + 100;
    const buffer = pool.take(size);
    pool.give(buffer);
    expect(pool.take(size) === buffer).toBe(true);
  });

  it('keeps two MiB at most', () => {
    const pool = new BufferPool();
    const buffers = Array.from({ length: 40 }, () => pool.take(65_536));
    for (const buffer of buffers) pool.give(buffer);
    const again = new Set(Array.from({ length: 40 }, () => pool.take(65_536)));
    expect(buffers.filter((buffer) => again.has(buffer))).toHaveLength(32);
  });
});
