/** Makes the n-th call on files fail, for every n until an operation gets through without meeting a failing one. */
import fs from 'node:fs';

const CALLS = [
  'openSync',
  'writeSync',
  'readSync',
  'fsyncSync',
  'ftruncateSync',
  'mkdirSync',
  'linkSync',
  'rmSync',
  'unlinkSync',
  'readdirSync',
  'lstatSync',
  'fstatSync',
] as const;

/** One operation whose calls fail one after the other; `prepare` and `check` run without failures. */
export interface Operation<T> {
  prepare(): T;
  /** Runs with the n-th call failing. */
  attempt(prepared: T): void;
  /** `error`: what the attempt threw, or null. */
  check(prepared: T, error: unknown): void;
}

/** Runs an operation with each of its calls failing once. @returns how many calls were made to fail */
export function failEachCall<T>(code: string, { prepare, attempt, check }: Operation<T>): number {
  for (let nth = 1; ; nth++) {
    const prepared = prepare();
    const failed = { value: false };
    const restore = failNth(code, nth, failed);
    let error: unknown = null;
    try {
      attempt(prepared);
    } catch (thrown) {
      error = thrown;
    } finally {
      restore();
    }
    check(prepared, error);
    if (!failed.value) return nth - 1;
  }
}

function failNth(code: string, nth: number, failed: { value: boolean }): () => void {
  let count = 0;
  const originals = CALLS.map((name) => [name, fs[name]] as const);
  for (const [name, original] of originals) {
    const call = original as (...args: unknown[]) => unknown;
    Object.assign(fs, {
      [name]: (...args: unknown[]) => {
        if (++count !== nth) return call(...args);
        failed.value = true;
        throw Object.assign(new Error(`${code}: injected into ${name}`), { code });
      },
    });
  }
  return () => {
    for (const [name, original] of originals) Object.assign(fs, { [name]: original });
  };
}

/** Descriptors that this process has open. */
export function openDescriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}
