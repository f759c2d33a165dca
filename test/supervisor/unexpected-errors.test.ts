/** Errors that no one expects, at every place that can throw: no process stays between two states. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RingStorage, type Storage } from '../../src/supervisor/index.js';
import { managedFolder, processesOf, shell, supervise } from './supervised.js';

afterEach(() => void vi.restoreAllMocks());

const errorOf = (code: string) => Object.assign(new Error(`${code}: injected`), { code });

describe('a process whose start meets an error', () => {
  it('becomes ready in time with a timeout of 2030.5 ms, and is late with one of 0.5 ms', async () => {
    const { manager } = await supervise();
    const up = { ...shell('echo up; exec sleep 60'), ready: { log: 'up' } };
    await manager.register({ id: 'fraction', ...up, readyTimeoutMs: 30_000.5 });
    await manager.register({
      id: 'late',
      ...shell('sleep 60'),
      ready: { log: 'never' },
      readyTimeoutMs: 0.5,
    });
    await manager.start('fraction');
    expect(manager.statusOf('fraction').state).toBe('running');
    await expect(manager.start('late')).rejects.toThrow('was not ready in time');
    expect(manager.statusOf('late').state).toBe('stopping');
  });

  it.each(['EMFILE', 'ENOSPC', 'EIO'])(
    'is crashed when its log fails with %s, and starts later',
    async (code) => {
      const folder = managedFolder();
      const rings = new RingStorage(path.join(folder, 'channels'), { outputCapacity: 1 << 20 });
      let failing = true;
      const storage: Storage = {
        folder: rings.folder,
        eventLog: () => rings.eventLog(),
        outputLog(channel) {
          if (failing) throw errorOf(code);
          return rings.outputLog(channel);
        },
      };
      const { manager, steps } = await supervise({ runtimeDir: folder, storage });
      await manager.register({ id: 'p', ...shell('exec sleep 60') });
      await expect(manager.start('p')).rejects.toThrow(code);
      expect(steps('p')).toEqual(['registered', 'starting', 'crashed']);
      failing = false;
      await manager.start('p');
      expect(manager.statusOf('p').state).toBe('running');
    },
  );

  it('is ended when its readiness throws', async () => {
    const folder = managedFolder();
    const { manager, until } = await supervise({
      runtimeDir: folder,
      beats: () => ({ on: () => {}, close: () => {} }),
    });
    await manager.register({ id: 'p', ...shell('exec sleep 60'), ready: { beat: true } });
    vi.spyOn(AbortSignal, 'any').mockImplementationOnce(() => {
      throw errorOf('EINJECTED');
    });
    await expect(manager.start('p')).rejects.toThrow('EINJECTED');
    expect(await until('p', 'crashed')).toMatchObject({ reason: 'EINJECTED: injected' });
    expect(processesOf(folder)).toEqual([]);
    await manager.stop('p');
  });

  it('changes its state although a listener of events throws', async () => {
    const { manager, until, steps } = await supervise();
    const thrown: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    try {
      manager.on('event', () => {
        throw new Error('a listener failed');
      });
      await manager.register({ id: 'p', ...shell('exit 0') });
      await manager.start('p');
      await until('p', 'stopped');
      await new Promise(setImmediate);
      manager.removeAllListeners('event');
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    }
    expect(steps('p')).toEqual(['registered', 'starting', 'started', 'stopped']);
    expect(thrown).toHaveLength(4);
  });
});

describe('a manager without free descriptors for /proc', () => {
  it('does not take a running group for one that has ended', async () => {
    const { manager, folder } = await supervise();
    await manager.register({ id: 'p', ...shell('exec sleep 60'), stopTimeoutMs: 5_000 });
    await manager.start('p');
    const read = fs.readFileSync;
    let refusals = 0;
    vi.spyOn(fs, 'readFileSync').mockImplementation(((file: string, ...rest: never[]) => {
      if (String(file).endsWith('/stat') && refusals++ < 6) throw errorOf('EMFILE');
      return read(file, ...rest);
    }) as typeof fs.readFileSync);
    await manager.stop('p');
    expect(refusals).toBeGreaterThan(6);
    expect(processesOf(folder)).toEqual([]);
    expect(manager.statusOf('p').state).toBe('stopped');
  });
});

describe('output files on a failing disk', () => {
  it.each(['renameSync', 'openSync', 'writeSync'] as const)(
    'stop nothing when %s fails, and continue when it works again',
    async (call) => {
      const folder = managedFolder();
      const files = path.join(folder, 'files');
      const { manager, until } = await supervise({
        runtimeDir: folder,
        logFiles: { folder: files, maxSize: 1_000, maxFiles: 3 },
      });
      const line = 'x'.repeat(99);
      const script = `while read x; do i=0; while [ $i -lt 20 ]; do echo ${line}; i=$((i+1)); done; done`;
      await manager.register({ id: 'p', ...shell(script), stdin: 'pipe' });
      await manager.start('p');
      const seen = () => manager.logsSnapshot('p', 0)?.length ?? 0;
      const round = async (bytes: number) => {
        manager.write('p', 'more\n');
        while (seen() < bytes) await new Promise(setImmediate);
      };
      await round(2_000);
      const warnings = vi.spyOn(process, 'emitWarning');
      const real = fs[call] as (...args: unknown[]) => unknown;
      const spy = vi.spyOn(fs, call).mockImplementation(((...args: unknown[]) => {
        if (call !== 'writeSync' && !String(args[0]).startsWith(files)) return real(...args);
        throw errorOf('EIO');
      }) as never);
      await round(4_000);
      spy.mockRestore();
      await round(6_000);
      await manager.stop('p');
      await until('p', 'stopped');
      expect(seen()).toBe(6_000);
      expect(warnings).not.toHaveBeenCalled();
      expect(fs.readFileSync(path.join(files, 'p.stdout.log'), 'utf8')).toMatch(new RegExp(`^(${line}\n)+$`));
      expect(fs.readdirSync(files).sort()).toEqual(
        expect.arrayContaining(['p.stdout.log', 'p.stdout.log.1']),
      );
    },
  );
});
