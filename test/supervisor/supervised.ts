/** Managers for tests: in a folder of their own, shut down and looked after when the test is over. */
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { ControlEvent } from '../../src/control/index.js';
import { Manager, type ManagerOptions, RingStorage } from '../../src/supervisor/index.js';
import { readEnvironment } from '../../src/supervisor/process/proc-files.js';
import { killIfThere } from '../child.js';
import { temporaryFolder } from '../temporary.js';

export interface Supervised {
  readonly manager: Manager;
  readonly folder: string;
  readonly events: ControlEvent[];
  /** Types of the events of one process, without the first `process.`. */
  steps(id: string): string[];
  /** Resolves when the process has had an event of this type (`count` times). */
  until(id: string, type: string, count?: number): Promise<ControlEvent>;
}

/** An empty folder for managers; what they leave running is killed when the test is over. */
export function managedFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(() => processesOf(folder).forEach(killIfThere));
  return folder;
}

export async function supervise(options: Partial<ManagerOptions> = {}): Promise<Supervised> {
  const folder = options.runtimeDir ?? managedFolder();
  const manager = await Manager.open({
    storage: new RingStorage(path.join(folder, 'channels'), { outputCapacity: 1 << 20 }),
    ...options,
    runtimeDir: folder,
  });
  onTestFinished(() => manager.shutdown());
  const events: ControlEvent[] = [];
  const waiting = new Set<() => void>();
  manager.on('event', (event) => {
    events.push(event);
    for (const look of waiting) look();
  });
  return {
    manager,
    folder,
    events,
    steps: (id) => events.filter((event) => event.id === id).map(({ type }) => type.replace('process.', '')),
    until: (id, type, count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          const found = events.filter((event) => event.id === id && event.type === `process.${type}`)[
            count - 1
          ];
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Living processes whose environment carries the mark of this folder. */
export function processesOf(folder: string): number[] {
  // The file is read byte by byte, so the mark is looked for in its bytes.
  const mark = Buffer.from(`RINGWIRE_SUPERVISOR=${fs.realpathSync(folder)}`).toString('latin1');
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
        if (/\) [ZX] /.test(stat)) return false;
        return environmentOf(pid).includes(mark);
      } catch {
        return false;
      }
    });
}

export const shell = (script: string) => ({ command: 'sh', args: ['-c', script] });

/** A command of sh that is true while this test runs, for loops that must not outlive it. */
export const WHILE_TESTED = `kill -0 ${process.pid} 2>/dev/null`;

/** The environment of a process, one character for each byte. Patient, since this machine may be busy. */
export function environmentOf(pid: number): readonly string[] {
  const environment = readEnvironment(pid, 200);
  if (environment === null) throw new Error(`process ${pid} has ended`);
  return environment;
}
