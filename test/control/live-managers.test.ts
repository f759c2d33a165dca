/** The list of the managers of a user that run, and the default manager of commands. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { liveManagers, ManagerEntry, runtimeDirectory, writeHint } from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';

function environment(): NodeJS.ProcessEnv & { XDG_CACHE_HOME: string } {
  return { XDG_CACHE_HOME: path.join(temporaryFolder(), 'cache'), TMPDIR: temporaryFolder() };
}

function register(runtimeDir: string, env: NodeJS.ProcessEnv): ManagerEntry {
  const entry = ManagerEntry.register({ runtimeDir, configuration: `${runtimeDir}.yaml` }, env);
  onTestFinished(() => entry.close());
  return entry;
}

function filesOf(env: { XDG_CACHE_HOME: string }): string[] {
  return fs.readdirSync(path.join(env.XDG_CACHE_HOME, 'ringwire', 'managers'));
}

describe('the list of managers that run', () => {
  it('has absolute paths, pid and start of each, until its entry is closed', () => {
    const env = environment();
    expect(liveManagers(env)).toEqual([]);
    register('b', env);
    // It sorts before the absolute path of any other folder.
    const a = register('/!/a', env);
    expect(liveManagers(env)).toEqual([
      { runtimeDir: '/!/a', configuration: '/!/a.yaml', pid: process.pid, startedAt: expect.any(Number) },
      expect.objectContaining({ runtimeDir: path.resolve('b'), configuration: path.resolve('b.yaml') }),
    ]);
    a.close();
    a.close();
    expect(liveManagers(env).map(({ runtimeDir }) => runtimeDir)).toEqual([path.resolve('b')]);
    expect(filesOf(env)).toHaveLength(1);
  });

  it('removes a file without a lock, and keeps files that are not entries', () => {
    const env = environment();
    register('/run/a', env);
    const folder = path.join(env.XDG_CACHE_HOME, 'ringwire', 'managers');
    const entry = { runtimeDir: '/run/dead', pid: 1, startedAt: 1, configuration: '/x' };
    fs.writeFileSync(path.join(folder, '1-dead.json'), JSON.stringify(entry), { mode: 0o600 });
    fs.writeFileSync(path.join(folder, 'note.txt'), 'not an entry');
    expect(liveManagers(env).map(({ runtimeDir }) => runtimeDir)).toEqual(['/run/a']);
    expect(filesOf(env).sort()).toEqual([expect.stringMatching(/^\d+-\w+\.json$/), 'note.txt']);
  });

  it('is empty when other users could have written it', () => {
    const env = environment();
    register('/run/a', env);
    fs.chmodSync(path.join(env.XDG_CACHE_HOME, 'ringwire', 'managers'), 0o777);
    expect(liveManagers(env)).toEqual([]);
  });
});

describe('the default runtime directory', () => {
  it('is that of the only manager that runs, before that of the hint', () => {
    const env = environment();
    writeHint('/run/started-last', env);
    expect(runtimeDirectory(undefined, env)).toBe('/run/started-last');
    register('/run/a', env);
    expect(runtimeDirectory(undefined, env)).toBe('/run/a');
    expect(runtimeDirectory('/run/named', env)).toBe('/run/named');
    expect(runtimeDirectory('', { ...env, CLIWRAP_RUNTIME_DIR: '/run/set' })).toBe('/run/set');
  });

  it('has to be named when several managers run', () => {
    const env = environment();
    register('/run/a', env);
    register('/run/b', env);
    expect(() => runtimeDirectory(undefined, env)).toThrow(
      expect.objectContaining({
        code: 'SEVERAL_MANAGERS',
        message: `2 managers run; name the runtime directory of one (--runtime-dir): /run/a (pid ${process.pid}), /run/b (pid ${process.pid})`,
      }),
    );
    expect(runtimeDirectory('/run/b', env)).toBe('/run/b');
  });
});
