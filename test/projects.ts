/** Which test files run beside each other. See docs/testing.md. */
import fs from 'node:fs';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');

/** Files that need the machine for themselves: they use all cores, or gigabytes of memory. */
const ALONE = ['test/bench/', 'test/channel/log/largest-capacity.test.ts', 'test/aeron/largest-log.test.ts'];

export interface Projects {
  /** Files that start no process. */
  readonly pure: string[];
  /** Files that start processes, themselves or through a helper. */
  readonly processes: string[];
  /** Files that run one at a time. */
  readonly alone: string[];
}

/** Every test file of the suite, as a path from the repository, in the one project where it belongs. */
export function projects(): Projects {
  const all = fs
    .readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => path.posix.join('test', name.split(path.sep).join('/')))
    .sort();
  const isAlone = (file: string) => ALONE.some((place) => file.startsWith(place));
  const others = all.filter((file) => !isAlone(file));
  const known = new Map<string, boolean>();
  const starts = (file: string) => startsProcesses(path.join(REPOSITORY, file), known);
  return {
    pure: others.filter((file) => !starts(file)),
    processes: others.filter(starts),
    alone: all.filter(isAlone),
  };
}

/** Whether a file below test/, or one that it imports from there, imports node:child_process. */
function startsProcesses(file: string, known: Map<string, boolean>): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  // Ends a circle of imports.
  known.set(file, false);
  const text = fs.readFileSync(file, 'utf8');
  const imports = [...text.matchAll(/from '(\.[^']+)\.js'/g)]
    .map(([, name]) => `${path.resolve(path.dirname(file), name as string)}.ts`)
    .filter(
      (imported) => imported.startsWith(`${import.meta.dirname}${path.sep}`) && fs.existsSync(imported),
    );
  const starts =
    text.includes("from 'node:child_process'") ||
    imports.some((imported) => startsProcesses(imported, known));
  known.set(file, starts);
  return starts;
}
