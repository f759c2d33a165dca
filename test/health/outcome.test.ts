import path from 'node:path';
import { expect, test } from 'vitest';
import {
  DecodeError,
  type DecodeErrorKind,
  type DropReason,
  dropReason,
  outcomeLabel,
  Status,
} from '../../src/health/index.js';
import { readJson, vectorsFolder } from '../vectors.js';

const folder = vectorsFolder('vlp');

test('all 133 error numbers are classified like in both versions of varta-client', () => {
  const { cases } = readJson<{ cases: { errno: number; v1: string; v2: string; name: string | null }[] }>(
    path.join(folder, 'errno-classify.json'),
  );
  expect(cases).toHaveLength(133);
  for (const { errno, v1, v2, name } of cases) {
    const first: DropReason | null = dropReason(errno, 1);
    const second = dropReason(errno, 2);
    expect(first === null ? 'failed' : 'dropped', `${name} in version 1`).toBe(v1);
    expect(second === null ? 'failed' : `dropped:${second}`, `${name} in version 2`).toBe(v2);
  }
});

test('outcomes have the names of varta-client', () => {
  expect([outcomeLabel(0), outcomeLabel(1), outcomeLabel(2)]).toEqual(['sent', 'dropped', 'failed']);
});

test('decode errors have the names and values that varta-watch prints', () => {
  const name = (kind: DecodeErrorKind, details = {}) => new DecodeError(kind, details).exportName;
  expect(name('BadMagic')).toBe('BadMagic');
  expect(name('BadStatus', { byte: 4 })).toBe('BadStatus(4)');
  expect(name('BadPid', { pid: 0 })).toBe('BadPid(0)');
  expect(name('BadCrc', { expected: 906160522, actual: 0 })).toBe(
    'BadCrc { expected: 906160522, actual: 0 }',
  );
  expect(name('BadTimestamp', { timestamp: 2n ** 64n - 1n })).toBe('BadTimestamp(18446744073709551615)');
  expect(name('BadNonce', { nonce: 2n ** 64n - 1n, status: Status.Ok })).toBe(
    'BadNonce { nonce: 18446744073709551615, status: Ok }',
  );
});
