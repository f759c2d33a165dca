import path from 'node:path';
import { expect, test } from 'vitest';
import {
  crc32c,
  DecodeError,
  decodeVlpFrame,
  encodeVlpFrame,
  NONCE_TERMINAL,
  Status,
  statusFromLabel,
  type VlpFrame,
  type WireVersion,
} from '../../../src/health/index.js';
import { readJson, vectorsFolder } from '../../vectors.js';

interface Vector {
  readonly id: string;
  readonly hex: string;
  readonly ok: boolean;
  readonly fields: {
    readonly version: WireVersion;
    readonly status: string;
    readonly status_byte: number;
    readonly pid: number;
    readonly timestamp: string;
    readonly nonce: string;
    readonly payload: string;
    readonly crc32c?: number;
    readonly terminal: boolean;
  } | null;
  readonly error: string | null;
  readonly error_detail: Record<string, number | string> | null;
  readonly error_debug?: string;
  readonly error_display?: string;
}

const folder = vectorsFolder('vlp');
const cases = (file: string) => readJson<{ cases: Vector[] }>(path.join(folder, file)).cases;

function errorOf(hex: string, accept: readonly WireVersion[]): DecodeError {
  try {
    decodeVlpFrame(Buffer.from(hex, 'hex'), 0, accept);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error(`${hex} decodes`);
}

for (const [file, version, count] of [
  ['frames-v1.json', 1, 35],
  ['frames-v2.json', 2, 37],
] as const) {
  test(`all ${count} frames of ${file} decode and encode like varta`, () => {
    const vectors = cases(file);
    expect(vectors).toHaveLength(count);
    for (const { id, hex, ok, fields, error, error_detail, error_debug, error_display } of vectors) {
      if (!ok || fields === null) {
        const found = errorOf(hex, [version]);
        expect(found.kind, id).toBe(error);
        if (error_debug !== undefined) expect(found.exportName, id).toBe(error_debug);
        if (error_display !== undefined) expect(found.message, id).toBe(error_display);
        for (const [name, value] of Object.entries(error_detail ?? {})) {
          const actual = found.details[name as keyof typeof found.details];
          const expected = name === 'status' ? String(statusFromLabel(String(value))) : String(value);
          expect(String(actual), `${id}: ${name}`).toBe(expected);
        }
        continue;
      }
      const frame: VlpFrame = {
        version: fields.version,
        status: fields.status_byte as Status,
        pid: fields.pid,
        timestamp: BigInt(fields.timestamp),
        nonce: BigInt(fields.nonce),
        payload: BigInt(fields.payload),
      };
      expect(decodeVlpFrame(Buffer.from(hex, 'hex'), 0, [version]), id).toEqual(frame);
      expect(encodeVlpFrame(frame).toString('hex'), id).toBe(hex);
      expect(statusFromLabel(fields.status), id).toBe(frame.status);
      expect(frame.nonce === NONCE_TERMINAL, id).toBe(fields.terminal);
      if (fields.crc32c !== undefined) expect(crc32c(encodeVlpFrame(frame), 0, 28), id).toBe(fields.crc32c);
    }
  });
}

test('the conformance set of varta has the same checksums and frames', () => {
  const set = readJson<{
    crc32c_vectors: { id: string; input_hex: string; expected_crc_hex: string }[];
    frame_vectors: {
      id: string;
      kind: string;
      inputs?: { status: string; pid: number; timestamp: string; nonce: string; payload: number };
      wire_hex?: string;
      expected_wire_hex?: string;
      expected_decode_error: string | null;
    }[];
  }>(path.join(folder, 'conformance-v0.2.json'));
  for (const { id, input_hex, expected_crc_hex } of set.crc32c_vectors) {
    const crc = crc32c(Buffer.from(input_hex, 'hex'));
    expect(crc.toString(16).padStart(8, '0'), id).toBe(expected_crc_hex);
  }
  for (const { id, inputs, wire_hex, expected_wire_hex, expected_decode_error } of set.frame_vectors) {
    if (inputs === undefined) {
      expect(errorOf(wire_hex as string, [2]).kind, id).toBe(expected_decode_error);
      continue;
    }
    const frame: VlpFrame = {
      version: 2,
      status: statusFromLabel(inputs.status) as Status,
      pid: inputs.pid,
      timestamp: BigInt(inputs.timestamp),
      nonce: BigInt(inputs.nonce),
      payload: BigInt(inputs.payload),
    };
    expect(encodeVlpFrame(frame).toString('hex'), id).toBe(expected_wire_hex);
    expect(decodeVlpFrame(Buffer.from(expected_wire_hex as string, 'hex')), id).toEqual(frame);
  }
  expect(set.crc32c_vectors).toHaveLength(5);
  expect(set.frame_vectors).toHaveLength(15);
});

test('byte 2 distinguishes the versions, and each version can be refused', () => {
  const base = { status: Status.Ok, pid: 7, timestamp: 1n, nonce: 1n, payload: 5n };
  const first = encodeVlpFrame({ version: 1, ...base });
  const second = encodeVlpFrame({ version: 2, ...base });
  expect(decodeVlpFrame(first).version).toBe(1);
  expect(decodeVlpFrame(second).version).toBe(2);
  expect(errorOf(first.toString('hex'), [2]).kind).toBe('BadVersion');
  expect(errorOf(second.toString('hex'), [1]).kind).toBe('BadVersion');
});
