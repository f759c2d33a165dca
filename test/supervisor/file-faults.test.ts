/**
 * Each call of a manager that changes a file, one after the other: it fails with ENOSPC, EIO or EMFILE, or is the last
 * before SIGKILL. Afterwards the folder serves the next manager, and no process is left.
 */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { child, messageFrom } from '../child.js';
import { sized } from '../size.js';
import { managedFolder, processesOf, shell, supervise } from './supervised.js';

const MANAGER = new URL('./processes/faulty-manager.mjs', import.meta.url);
/** The step between the calls that are tried; each kind of fault starts at a different call. */
const STEP = sized({ test: 20, all: 10, long: 1 });
const SPECS = [{ id: 'p', ...shell('echo up; exec sleep 60'), ready: { log: 'up' }, stopTimeoutMs: 2_000 }];

interface Report {
  readonly calls: number;
  readonly failures: readonly string[];
  readonly states: readonly string[];
}

const start = (folder: string, nth: number, how: string) =>
  child(MANAGER, folder, JSON.stringify(SPECS), nth, how);

/** What a faulty manager reported, once its process has ended. */
async function reportOf(folder: string, nth: number, how: string): Promise<Report> {
  const manager = start(folder, nth, how);
  const ended = once(manager, 'exit');
  const report = await messageFrom<Report>(manager);
  await ended;
  return report;
}

/** The folder of a manager that met a fault serves another one, without a remainder of the first. */
async function expectUsable(folder: string, what: string): Promise<void> {
  const { manager } = await supervise({ runtimeDir: folder });
  await manager.register({ ...SPECS[0], id: 'p', command: 'sh' });
  await manager.stopUnregistered();
  if (manager.statusOf('p').state !== 'running') await manager.start('p');
  expect(manager.statusOf('p').state, what).toBe('running');
  expect(processesOf(folder), what).toEqual([manager.statusOf('p').pid]);
  const logged = () => manager.logsSnapshot('p', 0)?.toString() ?? '';
  // A child that was adopted right after its start prints later.
  while (logged() === '') await new Promise(setImmediate);
  const text = logged();
  expect(text, what).toMatch(/^(up\n)+$/);
  await manager.shutdown();
  expect(processesOf(folder), what).toEqual([]);
}

describe('a manager at whose call', { timeout: 300_000 }, () => {
  it.each(['ENOSPC', 'EIO', 'EMFILE'])(
    '%s happens refuses or continues, and leaves nothing',
    async (code) => {
      const { calls } = await reportOf(managedFolder(), 0, code);
      expect(calls).toBeGreaterThan(15);
      for (let nth = 1 + (code.length % STEP); nth <= calls; nth += STEP) {
        const folder = managedFolder();
        const report = await reportOf(folder, nth, code);
        const what = `${code} at call ${nth} of ${calls}: ${JSON.stringify(report)}`;
        expect(
          report.states.filter((state) => !['pending', 'stopped', 'crashed'].includes(state)),
          what,
        ).toEqual([]);
        expect(processesOf(folder), what).toEqual([]);
        await expectUsable(folder, what);
      }
    },
  );

  it('SIGKILL happens leaves children that the next one finds', async () => {
    const { calls } = await reportOf(managedFolder(), 0, 'kill');
    for (let nth = 1; nth <= calls; nth += STEP) {
      const folder = managedFolder();
      const faulty = start(folder, nth, 'kill');
      await once(faulty, 'exit');
      await expectUsable(folder, `SIGKILL after call ${nth} of ${calls}`);
    }
  });
});
