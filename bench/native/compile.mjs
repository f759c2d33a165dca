// @ts-check
/** Compiles the C programs, where there is a compiler. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} folder where to put the program
 * @param {'channel' | 'ring' | 'ping' | 'operations'} name of the C file
 * @returns {{ program: string } | { reason: string }}
 */
export function compileNative(folder, name) {
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const program = path.join(folder, name);
  let reason = '';
  for (const compiler of ['cc', 'gcc', 'clang']) {
    const { error, status, stderr } = spawnSync(
      compiler,
      ['-O3', '-march=native', '-pthread', '-o', program, source],
      {
        encoding: 'utf8',
      },
    );
    if (error === undefined && status === 0) return { program };
    reason ||= error === undefined ? stderr.trim() : 'no C compiler (cc, gcc or clang)';
  }
  return { reason };
}
