import fs from 'node:fs';
import path from 'node:path';
import { decode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import {
  ControlError,
  decodeBody,
  encodeBody,
  encodeMessage,
  FrameDecoder,
  type MessageType,
  type WireBodies,
} from '../../src/control/index.js';
import { readJson, vectorsFolder } from '../vectors.js';
import { fromVector, normal } from './wire-values.js';

interface FrameVector {
  name: string;
  type: string;
  frame: string;
  payload_hex: string;
  payload: unknown;
  header: { flags: number; length: number; seq: string; msgType: number };
}
interface FramingVector {
  name: string;
  bytes: string;
  error: string | null;
  header?: { flags: number; length: number; seq: string; type: number };
}
interface ToleranceVector {
  name: string;
  type: string;
  body: string;
  decodeError: string | null;
  payload: unknown;
}

const folder = vectorsFolder('control');
const frames: FrameVector[] = [];
for (const file of fs.readdirSync(folder)) {
  if (/^a\d_/.test(file)) {
    frames.push(...readJson<{ vectors: FrameVector[] }>(path.join(folder, file)).vectors);
  }
}
const list = <T>(file: string): T[] => readJson<{ vectors: T[] }>(path.join(folder, file)).vectors;

/** Where the original guesses and we refuse (deviation 5), by name of the case. */
const WRAPPED = ['uint8 overflow 257 wraps to 1', 'uint8 -1 wraps to 255', 'rss -1 wraps to 2^64-1'];

describe('vectors recorded from the original encoder', () => {
  it('has all 34 frames, 12 framing cases and 42 odd encodings', () => {
    expect(frames).toHaveLength(34);
    expect(list('framing.json')).toHaveLength(12);
    expect(list('decode_tolerance.json')).toHaveLength(42);
  });

  it.each(frames)('encodes $name byte by byte', ({ type, frame, payload, header }) => {
    const body = (fromVector(payload) ?? {}) as WireBodies[MessageType];
    const bytes = encodeMessage(Number(type) as MessageType, BigInt(header.seq), body);
    expect(bytes.toString('hex')).toBe(frame);
  });

  it.each(frames)('decodes $name to its values', ({ type, frame, payload, header }) => {
    const decoder = new FrameDecoder();
    decoder.push(Buffer.from(frame, 'hex'));
    const got = decoder.next();
    expect(got).toMatchObject({ type: header.msgType, flags: header.flags, seq: BigInt(header.seq) });
    expect(got?.body).toHaveLength(header.length);
    const body = decodeBody(Number(type) as MessageType, got?.body ?? Buffer.alloc(0));
    expect(normal(body)).toEqual(normal(fromVector(payload) ?? {}));
    expect(decoder.next()).toBeNull();
    decoder.end();
  });

  it.each(frames.filter((vector) => vector.payload_hex !== ''))(
    'writes $name so that a general msgpack decoder reads the same values',
    ({ type, payload }) => {
      const body = fromVector(payload) as WireBodies[MessageType];
      const oracle = decode(encodeBody(Number(type) as MessageType, body), { useBigInt64: true });
      expect(normal(oracle)).toEqual(normal(fromVector(payload)));
    },
  );

  it.each(list<FramingVector>('framing.json'))('answers the frame "$name" as the original', (vector) => {
    const bytes = Buffer.from(vector.bytes, 'hex');
    const whole = readFrame([bytes]);
    const split = readFrame([...bytes].map((byte) => Buffer.from([byte])));
    expect(split).toEqual(whole);
    if (vector.error === null) {
      expect(whole.header).toEqual({ ...vector.header, seq: BigInt(vector.header?.seq ?? 0) });
    } else expect(whole.error).toBe(vector.error);
  });

  it.each(list<ToleranceVector>('decode_tolerance.json'))('takes the body "$name" as specified', (vector) => {
    const type = Number(vector.type) as MessageType;
    const body = Buffer.from(vector.body, 'hex');
    if (vector.decodeError !== null || WRAPPED.includes(vector.name)) {
      expect(() => decodeBody(type, body)).toThrow(ControlError);
    } else {
      expect(normal(decodeBody(type, body))).toEqual(normal(fromVector(vector.payload)));
    }
  });
});

function readFrame(chunks: readonly Buffer[]): { error?: string; header?: unknown } {
  const decoder = new FrameDecoder();
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      const frame = decoder.next();
      if (frame === null) continue;
      const { type, flags, seq, body } = frame;
      return { header: { type, flags, seq, length: body.length } };
    }
    decoder.end();
    return { error: 'EOF' };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
