// @ts-check
/** What all suites share: sizes, the C program, a folder in shared memory, progress. */
import { existsSync, rmSync } from 'node:fs';
import os from 'node:os';
import tmp from 'tmp';
import { availableBackends } from '../dist/platform/index.js';
import { compileNative } from './native/compile.mjs';
import { settingsFor } from './settings.mjs';
import { findPlaces, pinned } from './topology.mjs';

const SHARED_MEMORY = '/dev/shm';
const PROGRAMS = /** @type {const} */ (['channel', 'ring', 'ping', 'operations']);

/** @typedef {ReturnType<typeof createContext>} Context */

/** @param {{ quick: boolean, pause?: number | undefined, rounds?: number | undefined }} options */
export function createContext({ quick, pause, rounds }) {
  const settings = settingsFor(quick, rounds);
  const { name: programs, removeCallback } = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-bench-' });
  const natives = Object.fromEntries(PROGRAMS.map((name) => [name, compileNative(programs, name)]));
  const native = (/** @type {typeof PROGRAMS[number]} */ name) => {
    const compiled = natives[name];
    return compiled !== undefined && 'program' in compiled ? compiled.program : null;
  };
  const reasons = Object.values(natives).flatMap((compiled) =>
    'reason' in compiled ? [compiled.reason] : [],
  );
  const found = findPlaces(native('ping'), settings.pings);
  // A quick run shows that everything works, also on a busy machine: there, two spinning sides need any core they get.
  const places = quick ? { ...found, pinned: null } : found;
  const memory = existsSync(SHARED_MEMORY) ? SHARED_MEMORY : os.tmpdir();
  /** @type {Set<string>} */
  const folders = new Set();
  return {
    settings,
    backends: availableBackends(),
    /** How readers wait, when a run does not use the default. */
    tuning: pause === undefined ? {} : { pause },
    /** The path of a compiled C program, or null. */
    native,
    /** Why a C program is missing, or null. */
    nativeMissing: reasons[0] ?? null,
    /** The cores on which both sides run, and how far they are apart. */
    places,
    /**
     * The programs of a measurement, each pinned to its core if `taskset` exists: the reader first, then the writer.
     * @param {import('./children.mjs').Program} reader @param {import('./children.mjs').Program[]} writer
     */
    pair: (reader, ...writer) => [
      pinned(reader, places.pinned?.[1]),
      ...writer.map((program) => pinned(program, places.pinned?.[0])),
    ],
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
