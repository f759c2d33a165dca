import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { finished, ringwire, start } from './ringwire-command.js';
import { appeared, leftBehind } from './temporary-root.js';

describe('the demo', () => {
  test('carries a million records between two processes and verifies every one', async () => {
    const child = start(['demo', '--json']);
    const { code, stdout, stderr } = await finished(child);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ ok: true, records: 1_000_000, faults: [], heartbeats: 100 });
    expect(result.reader).toMatchObject({ verified: 1_000_000, heartbeats: 100, fault: null });
    expect(result.reader.bytes).toBe(result.payload);
    expect(result.writerPid).not.toBe(result.readerPid);
    expect(result.writer.flushMillis).toBeGreaterThan(0);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(leftBehind('ringwire-demo', child.pid)).toEqual([]);
  });

  test('prints a summary without colors in a pipe', async () => {
    const { code, stdout } = await ringwire(['demo', '-n', '2000']);
    expect(stdout).toMatch(/records +2,000 of 2,000 verified/);
    expect(stdout).toMatch(/rate +[\d.]+ .*records\/s/);
    expect(stdout).toMatch(/heartbeats +100 of 100 seen/);
    expect(stdout).toMatch(/result +all records verified/);
    expect(stdout).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  test('has colors with FORCE_COLOR, and none with NO_COLOR', async () => {
    const coloured = await ringwire(['demo', '-n', '100'], { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[32mall records verified');
    const plain = await ringwire(['demo', '-n', '100'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b');
  });

  test.each([
    ['flip', /the record at position \d+ is not record 5000/],
    ['drop', /the record at position \d+ is not record 5000/],
    ['swap', /the record at position \d+ is not record 5000/],
    ['kill', /writer: ended early \(SIGKILL\)[\s\S]*reader: TIMEOUT: .* its writer is dead/],
  ])('fails when a fault is made: %s', async (fault, message) => {
    const { code, stdout } = await ringwire(['demo', '-n', '10000', '--inject', fault]);
    expect(stdout).toMatch(/result +FAILED/);
    expect(stdout).toMatch(message);
    expect(code).toBe(1);
  });

  test('keeps the channel with --keep', async () => {
    const { stdout } = await ringwire(['demo', '-n', '100', '--keep', '--json']);
    const { channel } = JSON.parse(stdout) as { channel: string };
    expect(existsSync(channel)).toBe(true);
    rmSync(path.dirname(path.dirname(channel)), { recursive: true });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at %s without leaving processes or files', async (signal, expected) => {
    const child = start(['demo', '-n', '20000000']);
    await appeared(() => leftBehind('ringwire-demo', child.pid).length > 0);
    child.kill(signal);
    const { code } = await finished(child);
    expect(code).toBe(expected);
    expect(leftBehind('ringwire-demo', child.pid)).toEqual([]);
  });
});
