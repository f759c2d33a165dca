import path from 'node:path';
import { expect, test } from 'vitest';
import { type DropReason, dropReason, outcomeLabel } from '../../src/health/index.js';
import { readJson, vectorsFolder } from '../vectors.js';

const folder = vectorsFolder('vlp');

test.skipIf(folder === null)('all 133 error numbers are classified as both clients do', () => {
  const { cases } = readJson<{ cases: { errno: number; v1: string; v2: string; name: string | null }[] }>(
    path.join(folder as string, 'errno-classify.json'),
  );
  expect(cases).toHaveLength(133);
  for (const { errno, v1, v2, name } of cases) {
    const first: DropReason | null = dropReason(errno, 1);
    const second = dropReason(errno, 2);
    expect(first === null ? 'failed' : 'dropped', `${name} in version 1`).toBe(v1);
    expect(second === null ? 'failed' : `dropped:${second}`, `${name} in version 2`).toBe(v2);
  }
});

test('outcomes have the names of the original', () => {
  expect([outcomeLabel(0), outcomeLabel(1), outcomeLabel(2)]).toEqual(['sent', 'dropped', 'failed']);
});
