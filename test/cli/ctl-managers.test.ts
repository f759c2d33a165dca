/** Which managers run, and which of them commands use. */
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { killIfThere } from '../child.js';
import { processesOf } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';
import { configurationOf, type SupervisedRun, superviseByCommand } from './supervised-run.js';

const WEB = '{ id: web, command: sleep, args: ["1000"] }';
const ABSENT = '{ id: absent, command: /not/there }';

async function up(run: SupervisedRun): Promise<void> {
  await run.until(/processes are up\nID .*\n(\w.*\n)+/);
}

describe('ringwire ctl managers', { timeout: 120_000 }, () => {
  it('lists each manager with its processes and its configuration, until it ends or is killed', async () => {
    const cache = path.join(temporaryFolder(), 'cache');
    const ctl = (...args: string[]) =>
      ringwire(['ctl', ...args], { env: { XDG_CACHE_HOME: cache, CLIWRAP_RUNTIME_DIR: undefined } });
    expect(await ctl('managers')).toEqual({ code: 0, stdout: 'no managers run\n', stderr: '' });
    const one = superviseByCommand(configurationOf(WEB, ABSENT), { cache });
    const two = superviseByCommand(configurationOf(WEB), { cache });
    await Promise.all([up(one), up(two)]);
    const { stdout } = await ctl('managers');
    expect(stdout).toMatch(/^FOLDER +PID +UPTIME +RUNNING +CONFIGURATION\n/);
    for (const [run, running] of [
      [one, '1 of 2'],
      [two, '1 of 1'],
    ] as const) {
      const row = `^${run.runtimeDir} +${run.manager.pid} +\\w+ +${running} +${run.folder}/cliwrap\\.yaml$`;
      expect(stdout).toMatch(new RegExp(row, 'm'));
    }
    expect(JSON.parse((await ctl('managers', '--json')).stdout)).toContainEqual({
      runtimeDir: one.runtimeDir,
      pid: one.manager.pid,
      startedAt: expect.any(Number),
      uptime: expect.any(Number),
      configuration: `${one.folder}/cliwrap.yaml`,
      processes: 2,
      running: 1,
    });

    // With two managers a command has to name one, or its environment does.
    const refused = await ctl('list');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /^ringwire ctl: 2 managers run; name the runtime directory of one \(--runtime-dir\): /,
    );
    for (const { runtimeDir, manager } of [one, two])
      expect(refused.stderr).toContain(`${runtimeDir} (pid ${manager.pid})`);
    expect((await ctl('list', '--runtime-dir', one.runtimeDir)).stdout).toMatch(/^absent/m);
    const env = { XDG_CACHE_HOME: cache, CLIWRAP_RUNTIME_DIR: one.runtimeDir };
    expect((await ringwire(['ctl', 'list'], { env })).stdout).toMatch(/^absent/m);

    // After the death of one, the other is the only manager, although it started first or last.
    onTestFinished(() => processesOf(two.runtimeDir).forEach(killIfThere));
    const gone = once(two.manager, 'exit');
    two.manager.kill('SIGKILL');
    await gone;
    expect((await ctl('list')).stdout).toMatch(/^absent/m);
    expect((await ctl('managers')).stdout).not.toContain(two.runtimeDir);
    await one.end();
    expect((await ctl('managers')).stdout).toBe('no managers run\n');
  });
});
