/** Signals to `ringwire ctl run`, and a second manager of one folder. */
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { killIfThere } from '../child.js';
import { processesOf } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { printed, ringwire, start } from './ringwire-command.js';

const NOT_READY = `
groups:
  - processes:
      - { id: mute, command: sleep, args: ["1000"], ready: { log: never, timeout: 1h } }
      - id: stubborn
        command: sh
        args: [-c, 'trap "" TERM; echo up; while :; do sleep 0.1; done']
        ready: { log: up }
        stop_timeout: STOP
`;

async function running(stopTimeout: string) {
  const folder = temporaryFolder();
  const file = path.join(folder, 'c.yaml');
  const runtimeDir = path.join(folder, 'run');
  fs.writeFileSync(file, NOT_READY.replace('STOP', stopTimeout));
  const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
  const args = ['ctl', 'run', '-f', file, '--runtime-dir', runtimeDir];
  const manager = start(args, { env });
  onTestFinished(() => processesOf(runtimeDir).forEach(killIfThere));
  await printed(manager.stdout, 'running 2 processes');
  using client = await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
  const isUp = ({ id, pid, state }: { id: string; pid: number; state: string }) =>
    pid !== 0 && (id === 'mute' || state === 'running');
  while (!(await client.list()).every(isUp)) await pause(20);
  return { manager, runtimeDir, args, env };
}

describe('ringwire ctl run', { timeout: 120_000 }, () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends its children in order at %s, while one of them is not ready',
    async (signal) => {
      const { manager, runtimeDir } = await running('200ms');
      manager.kill(signal);
      // The wait for readiness would take an hour.
      expect(await once(manager, 'exit')).toEqual([0, null]);
      expect(processesOf(runtimeDir)).toEqual([]);
    },
  );

  it('kills its children at a second signal, and ends', async () => {
    const { manager, runtimeDir } = await running('1h');
    manager.kill('SIGINT');
    const ended = once(manager, 'exit');
    // The same Ctrl-C may arrive twice; a later one counts.
    while (manager.exitCode === null && manager.signalCode === null) {
      await pause(100);
      manager.kill('SIGTERM');
    }
    expect(await ended).toEqual([143, null]);
    // It sends SIGKILL and does not wait: the kernel ends them later.
    await vi.waitUntil(() => processesOf(runtimeDir).length === 0, { timeout: 60_000 });
  });

  it('continues after the reader of its output has ended', async () => {
    const { manager, runtimeDir } = await running('200ms');
    manager.stdout.destroy();
    manager.stderr.destroy();
    manager.kill('SIGTERM');
    expect(await once(manager, 'exit')).toEqual([0, null]);
    expect(processesOf(runtimeDir)).toEqual([]);
  });

  it('names pid and folder of the running manager, with exit code 5', async () => {
    const { manager, runtimeDir, args, env } = await running('200ms');
    expect(await ringwire(args, { env })).toEqual({
      code: 5,
      stdout: '',
      stderr: `ringwire ctl: a manager (pid ${manager.pid}) already runs in ${runtimeDir}: stop it, or choose another runtime folder\n`,
    });
    manager.kill('SIGTERM');
    await once(manager, 'exit');
  });
});
