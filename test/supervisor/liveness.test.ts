/** Health beats of real processes: readiness, stalls and restarts. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VlpBeats } from '../../src/supervisor/index.js';
import { child, kill, messageFrom } from '../child.js';
import { managedFolder, supervise } from './supervised.js';

const CHILD = path.join(import.meta.dirname, 'processes', 'beating-child.mjs');

async function withBeats() {
  const folder = managedFolder();
  const socket = path.join(folder, 'health.sock');
  const supervised = await supervise({
    runtimeDir: folder,
    beats: () => new VlpBeats(socket),
    sampleIntervalMs: 50,
  });
  const beating = (...args: string[]) => ({
    command: process.execPath,
    args: [CHILD, socket, ...args],
    stdin: 'pipe' as const,
    stopTimeoutMs: 2_000,
  });
  return { ...supervised, beating };
}

/** The least age of a child when its manager ends. */
const AGE_MILLIS = 200;

describe('health beats', () => {
  it('make a process ready with the first beat that is not critical', async () => {
    const { manager, beating, until } = await withBeats();
    await manager.register({ id: 'p', ...beating(), ready: { beat: true } });
    await manager.register({ id: 'other', ...beating('on') });
    await manager.start('other');
    const started = manager.start('p');
    await until('p', 'starting');
    while (!manager.logsSnapshot('p', 0)?.toString().includes('up')) await new Promise(setImmediate);
    manager.write('p', 'bad\n');
    // The other one beats all the time; a readiness that took anybody's beat would be there by now.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(manager.statusOf('p').state).toBe('starting');
    manager.write('p', 'on\n');
    await started;
    expect(manager.statusOf('p').state).toBe('running');
  });

  it('are received from the first process that needs them on, also when a reload adds it', async () => {
    const { manager, folder, beating } = await withBeats();
    const socket = path.join(folder, 'health.sock');
    await manager.register({ id: 'plain', command: 'sleep', args: ['60'] });
    expect(fs.existsSync(socket)).toBe(false);
    const { failures } = await manager.reload([{ id: 'p', ...beating('on'), ready: { beat: true } }]);
    expect(failures).toEqual([]);
    expect(manager.statusOf('p').state).toBe('running');
  });

  it('that are missing for the timeout end the process, and its policy decides', async () => {
    const { manager, beating, until, steps } = await withBeats();
    await manager.register({
      id: 'p',
      ...beating('on'),
      ready: { beat: true },
      liveness: { timeoutMs: 1_000 },
      restart: 'on-failure',
      restartBackoffMs: 20,
    });
    await manager.register({
      id: 'warned',
      ...beating('on'),
      ready: { beat: true },
      liveness: { timeoutMs: 1_000, onStall: 'warn' },
    });
    await manager.register({
      id: 'well',
      ...beating('on'),
      ready: { beat: true },
      liveness: { timeoutMs: 20_000 },
    });
    expect(await manager.startAll()).toEqual([]);
    const { pid } = manager.statusOf('p');
    manager.write('p', 'off\n');
    manager.write('warned', 'off\n');
    expect((await until('p', 'stalled')).reason).toMatch(/^no beat for \d+ ms$/);
    await until('p', 'started', 2);
    expect(manager.statusOf('p').pid).not.toBe(pid);
    expect(manager.statusOf('p').restarts).toBeGreaterThan(0);
    const from = steps('p').indexOf('stalled');
    expect(steps('p').slice(from, from + 6)).toEqual([
      'stalled',
      'stopping',
      'crashed',
      'restarting',
      'starting',
      'started',
    ]);
    await until('warned', 'stalled');
    expect(manager.statusOf('warned').state).toBe('running');
    expect(steps('well')).toEqual(['registered', 'starting', 'started']);
  });

  it('may take the whole timeout after an adoption', async () => {
    const folder = managedFolder();
    const spec = {
      id: 'p',
      command: 'sleep',
      args: ['60'],
      liveness: { timeoutMs: 30_000, onStall: 'warn' as const },
      stopTimeoutMs: 2_000,
    };
    const first = child(new URL('./processes/manager.mjs', import.meta.url), folder, JSON.stringify([spec]));
    expect(await messageFrom(first)).toBe('registered');
    expect(await messageFrom(first)).toBe('up');
    await new Promise((resolve) => setTimeout(resolve, AGE_MILLIS));
    await kill(first);
    const opened = performance.now();
    const { manager, steps } = await supervise({ runtimeDir: folder, sampleIntervalMs: 20 });
    await manager.register(spec);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const elapsed = performance.now() - opened;
    // The child started before this manager, by the clock of the boot, which has steps of 10 ms.
    expect(manager.statusOf('p').uptime).toBeGreaterThan(elapsed + AGE_MILLIS / 2);
    expect(steps('p')).not.toContain('stalled');
  });
});
