/** Every state that a kill could leave: the folder before and after each call that changes a file. */
import fs from 'node:fs';
import path from 'node:path';
import { memoryFolder } from '../../temporary.js';

const CHANGING = [
  'mkdirSync',
  'openSync',
  'writeSync',
  'fsyncSync',
  'linkSync',
  'renameSync',
  'rmSync',
  'unlinkSync',
  'ftruncateSync',
  'closeSync',
] as const;

export interface Step {
  /** The call that was about to be made, or the end. */
  readonly name: string;
  /** A copy of the root. */
  readonly root: string;
}

/**
 * Runs `act` and copies `root` before each of its calls and at its end. What is in a mapping is in the copy as well: both
 * are the page cache. Nobody holds a lock on a copy, as after a death.
 */
export function everyStep(root: string, act: () => void): Step[] {
  const place = memoryFolder();
  const steps: Step[] = [];
  const copy = (name: string) => {
    const to = path.join(place, String(steps.length));
    restore();
    fs.cpSync(root, to, { recursive: true });
    intercept();
    steps.push({ name, root: to });
  };
  const originals = CHANGING.map((name) => [name, fs[name]] as const);
  const restore = () => {
    for (const [name, original] of originals) Object.assign(fs, { [name]: original });
  };
  const intercept = () => {
    for (const [name, original] of originals) {
      const call = original as (...args: unknown[]) => unknown;
      Object.assign(fs, {
        [name]: (...args: unknown[]) => {
          copy(`${name} ${typeof args[0] === 'string' ? path.basename(args[0]) : ''}`.trim());
          return call(...args);
        },
      });
    }
  };
  intercept();
  try {
    act();
  } finally {
    restore();
  }
  steps.push({ name: 'the end', root: path.join(place, 'end') });
  fs.cpSync(root, path.join(place, 'end'), { recursive: true });
  return steps;
}
