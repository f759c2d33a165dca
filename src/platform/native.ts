/**
 * Loads the native module: the one file with compiled code, a build of the package koffi for Node-API.
 *
 * The npm package of ringwire carries these builds in `dist/native/` (.ci/native.mjs copies them), so that an
 * installation runs no script and needs no compiler. It is loaded at the first call that needs it, not at import.
 * In a clone, sources that run without a build fall back to the development dependency koffi.
 */
import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type koffi from 'koffi';
import { RingwireError, reasonOf } from './ringwire-error.js';

/** @internal: users of the package do not have the types of koffi. */
export type Native = typeof koffi;

/** A folder that holds the native module, for programs that keep it elsewhere. */
export const NATIVE_VARIABLE = 'RINGWIRE_NATIVE';

/** The path of this file, or of the bundle that contains it. Bundles in CommonJS have no `import.meta.url`. */
function ownFile(): string {
  const url: string | undefined = import.meta.url;
  return url === undefined ? __filename : fileURLToPath(url);
}

/** A `require` that resolves packages as this file, or the bundle that contains it, does. */
export function requireFromHere(): NodeJS.Require {
  // As a property: webpack replaces a named import of createRequire.
  return module.createRequire(ownFile());
}

/** Folders that may hold the native module: named by the user, of the package, beside a bundle. */
function nativeFolders(): string[] {
  const named = process.env[NATIVE_VARIABLE];
  if (named !== undefined && named !== '') return [path.resolve(named)];
  const own = path.dirname(ownFile());
  return [path.join(own, '../native'), path.join(own, 'native')];
}

/**
 * Loads the native module for this processor and C library.
 * @internal
 * @throws RingwireError `NATIVE_MODULE_MISSING` when no build of it exists or loads
 */
export function loadNative(): Native {
  const folders = nativeFolders();
  const failures: string[] = [];
  const load = requireFromHere();
  for (const folder of folders) {
    // A build for the other C library fails to load and does no harm.
    for (const libc of ['glibc', 'musl']) {
      const file = path.join(folder, `${process.platform}-${process.arch}-${libc}.node`);
      if (!fs.existsSync(file)) continue;
      try {
        return load(file) as Native;
      } catch (error) {
        failures.push(`${file}: ${reasonOf(error)}`);
      }
    }
  }
  try {
    return load('koffi') as Native;
  } catch (cause) {
    const found = failures.length > 0 ? failures.join('; ') : `no build of it in ${folders.join(' or ')}`;
    throw new RingwireError('NATIVE_MODULE_MISSING', `the native module does not load: ${found}. ${ADVICE}`, {
      reason: found,
      cause,
    });
  }
}

const ADVICE =
  'Install ringwire again on this machine; for a bundle, copy node_modules/ringwire/dist/native beside it ' +
  `or set ${NATIVE_VARIABLE} to that folder (docs/guides/bundling.md)`;
