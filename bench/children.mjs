// @ts-check
/** Starting the processes of a measurement and collecting what they print. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const DEADLINE_MILLIS = 120_000;

/** A spinning process must not outlive the run that started it. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => endAll([...running]));

/** @typedef {{ command: string, args: string[] }} Program */

/** @param {string} name of a file in processes/ @param {object} parameters @param {string[]} [flags] for node @returns {Program} */
export function nodeProcess(name, parameters, flags = []) {
  const file = fileURLToPath(new URL(`processes/${name}.mjs`, import.meta.url));
  return { command: process.execPath, args: [...flags, file, JSON.stringify(parameters)] };
}

/**
 * Runs processes side by side until all have ended; when one fails the others are ended.
 * @param {Program[]} programs
 * @returns {Promise<any[]>} the JSON object each printed last
 */
export async function runTogether(programs) {
  const children = programs.map(({ command, args }) =>
    spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  for (const child of children) {
    running.add(child);
    child.once('close', () => running.delete(child));
  }
  const deadline = setTimeout(() => endAll(children), DEADLINE_MILLIS);
  try {
    return await Promise.all(children.map(lastLine));
  } finally {
    clearTimeout(deadline);
    endAll(children);
  }
}

/** @param {import('node:child_process').ChildProcess[]} children */
function endAll(children) {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<any>} */
function lastLine(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (data) => {
      text += data;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const line = text.trim().split('\n').at(-1) ?? '';
      if (code === 0 && line !== '') resolve(JSON.parse(line));
      else
        reject(new Error(`${child.spawnargs.slice(0, 6).join(' ')} ended with ${signal ?? `exit ${code}`}`));
    });
  });
}
