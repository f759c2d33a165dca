/** Managers that are killed with SIGKILL at any moment, and those that come after them. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { child, kill, messageFrom } from '../child.js';
import { sized } from '../size.js';
import { managedFolder, processesOf, shell, supervise, WHILE_TESTED } from './supervised.js';

const MANAGER = new URL('./processes/manager.mjs', import.meta.url);
const KILLS = sized({ test: 6, all: 12, long: 50 });

it(`${KILLS} managers killed one after the other: children are adopted or ended, socket and logs continue`, async () => {
  const folder = managedFolder();
  const count = `i=0; while ${WHILE_TESTED}; do echo "line $i"; i=$((i+1)); sleep 0.005; done`;
  const specs = [
    { id: 'kept', ...shell(count), orphan: 'adopt', stopTimeoutMs: 500 },
    { id: 'ended', ...shell('echo begin; sleep 60 & sleep 60'), orphan: 'stop', stopTimeoutMs: 500 },
  ];
  let kept = 0;
  for (let round = 0; round < KILLS; round++) {
    const manager = child(MANAGER, folder, JSON.stringify(specs));
    expect(await messageFrom(manager)).toBe('registered');
    // Every second one dies somewhere in the middle of starting.
    if (round % 2 === 0) {
      await messageFrom(manager);
      using client = await ControlClient.dial(path.join(folder, 'manager.sock'));
      const status = await client.status('kept');
      expect(status.state).toBe('running');
      if (kept !== 0) expect(status.pid).toBe(kept);
      kept = status.pid;
      expect((await client.status('ended')).state).toBe('running');
      for await (const chunk of client.logs('kept')) expect(chunk.toString()).toContain('line ');
    } else await pause(round * 2);
    await kill(manager);
  }
  const { manager } = await supervise({ runtimeDir: folder });
  // The one that is adopted lost no byte although nobody read for a while.
  await manager.register({ id: 'kept', ...shell(count), stopTimeoutMs: 500 });
  expect(manager.statusOf('kept')).toMatchObject({ state: 'running', pid: kept });
  await manager.stopUnregistered();
  await manager.stop('kept');
  const lines = manager.logsSnapshot('kept', 0)?.toString().split('\n').slice(0, -1) ?? [];
  const numbers = lines.map((line) => Number(line.slice(5)));
  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers).toEqual(numbers.map((_, i) => i + (numbers[0] as number)));
  expect(processesOf(folder)).toEqual([]);
}, 600_000);

it('a second manager of the same folder is refused while the first lives', async () => {
  const { folder } = await supervise();
  await expect(supervise({ runtimeDir: folder })).rejects.toMatchObject({
    code: 'MANAGER_RUNNING',
    message: `a manager (pid ${process.pid}) already runs in ${folder}: stop it, or choose another runtime folder`,
  });
});
