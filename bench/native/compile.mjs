// @ts-check
/** Compiles the C program, where there is a compiler. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('channel.c', import.meta.url));

/**
 * @param {string} folder where to put the program
 * @returns {{ program: string } | { reason: string }}
 */
export function compileNativeChannel(folder) {
  const program = path.join(folder, 'channel');
  let reason = '';
  for (const compiler of ['cc', 'gcc', 'clang']) {
    const { error, status, stderr } = spawnSync(compiler, ['-O3', '-march=native', '-o', program, SOURCE], {
      encoding: 'utf8',
    });
    if (error === undefined && status === 0) return { program };
    reason ||= error === undefined ? stderr.trim() : 'no C compiler (cc, gcc or clang)';
  }
  return { reason };
}
