// @ts-check
/** What all suites share: sizes, the C program, a folder in shared memory, progress. */
import { existsSync, rmSync } from 'node:fs';
import os from 'node:os';
import tmp from 'tmp';
import { availableBackends } from '../dist/platform/index.js';
import { compileNativeChannel } from './native/compile.mjs';
import { settingsFor } from './settings.mjs';

const SHARED_MEMORY = '/dev/shm';

/** @typedef {ReturnType<typeof createContext>} Context */

/** @param {{ quick: boolean, pause?: number | undefined, rounds?: number | undefined }} options */
export function createContext({ quick, pause, rounds }) {
  const chosen = rounds === undefined ? {} : { rounds, rivalRounds: rounds, ringRounds: rounds };
  const settings = { ...settingsFor(quick), ...chosen };
  const { name: programs, removeCallback } = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-bench-' });
  const compiled = compileNativeChannel(programs);
  const memory = existsSync(SHARED_MEMORY) ? SHARED_MEMORY : os.tmpdir();
  /** @type {Set<string>} */
  const folders = new Set();
  return {
    settings,
    backends: availableBackends(),
    /** How readers wait, when a run does not use the default. */
    tuning: pause === undefined ? {} : { pause },
    native: 'program' in compiled ? compiled.program : null,
    nativeMissing: 'reason' in compiled ? compiled.reason : null,
    memory,
    /**
     * Runs an action with a new folder in shared memory and removes the folder.
     * @template T
     * @param {(folder: string) => Promise<T>} action
     * @returns {Promise<T>}
     */
    async withFolder(action) {
      const { name } = tmp.dirSync({ tmpdir: memory, prefix: 'ringwire-bench-' });
      folders.add(name);
      try {
        return await action(name);
      } finally {
        rmSync(name, { recursive: true, force: true });
        folders.delete(name);
      }
    },
    /** @param {string} text */
    progress(text) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
    },
    close() {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      removeCallback();
    },
  };
}
