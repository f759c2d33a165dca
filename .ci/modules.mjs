/**
 * Joins the files of each module of dist, except the commands, into its index.js: an import then opens a dozen
 * files instead of 140. Modules import each other through index.js, so each class exists once.
 */
import fs from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { MODULES } from '../.dependency-cruiser.mjs';

const DIST = path.resolve(import.meta.dirname, '../dist');

/** Programs of threads, by the name of their file beside index.js: each stays a file of its own. */
const PROGRAMS = { aeron: { 'driver-thread': 'driver/driver-thread' } };

/** Development dependencies whose used parts become part of a module, by its name: an installation has no copy of them. */
const CARRIED = { supervisor: ['zod/mini'] };

/** @returns the JavaScript files below a folder */
function scripts(folder) {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => path.join(folder, name));
}

async function join(module) {
  const folder = path.join(DIST, module);
  const outside = (id, importer) => {
    if (importer === undefined) return false;
    if (importer.includes('node_modules') || CARRIED[module]?.includes(id)) return false;
    if (!id.startsWith('.')) return !path.isAbsolute(id);
    return !path.resolve(path.dirname(importer), id).startsWith(folder + path.sep);
  };
  const inputs = Object.entries({ index: 'index', ...PROGRAMS[module] });
  const bundle = await rolldown({
    input: Object.fromEntries(inputs.map(([name, file]) => [name, path.join(folder, `${file}.js`)])),
    external: outside,
    platform: 'node',
    treeshake: module in CARRIED,
    // A constant that another file exports is loaded and checked at each use.
    optimization: { inlineConst: true },
    logLevel: 'warn',
  });
  const { output } = await bundle.generate({ format: 'esm', chunkFileNames: 'shared.js', comments: true });
  await bundle.close();
  for (const file of scripts(folder)) fs.rmSync(file);
  for (const chunk of output) {
    const file = path.join(folder, chunk.fileName);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, chunk.code);
  }
  for (const id of CARRIED[module] ?? []) {
    const name = id.split('/')[0];
    const license = path.join(DIST, '../node_modules', name, 'LICENSE');
    fs.copyFileSync(license, path.join(folder, `LICENSE.${name}`));
  }
}

/** Joins every module of dist that the compiler has written. */
export async function joinModules() {
  const modules = Object.keys(MODULES).filter(
    (name) => name !== 'cli' && fs.existsSync(path.join(DIST, name)),
  );
  await Promise.all(modules.map(join));
}
