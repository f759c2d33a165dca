/** `ringwire peers`: copies the sources by which other languages read and write channels. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { couldNotAccess } from '../../platform/index.js';
import { printJson, printText } from '../print.js';

/** The one file of each language; the package ships them as they stand in the source. */
const FILES = { c: 'ringwire.h', python: 'ringwire.py', rust: 'ringwire.rs' } as const;
type Language = keyof typeof FILES;
const SOURCES = fileURLToPath(new URL('../../../src/peers/', import.meta.url));

interface PeersOptions {
  readonly language?: Language;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerPeers(program: Command): void {
  program
    .command('peers')
    .description('copy the sources for C, C++, Python and Rust into a folder')
    .argument('[folder]', 'folder to copy into; created if it does not exist', '.')
    .addOption(
      new Option('--language <language>', 'copy only the file of this language').choices(Object.keys(FILES)),
    )
    .option('--json', 'print the paths as JSON')
    .addHelpText('after', '\nEach is a single file without a dependency: docs/guides/other-languages.md.')
    .action(copyPeers);
}

function copyPeers(folder: string, options: PeersOptions): void {
  const names = options.language === undefined ? Object.values(FILES) : [FILES[options.language]];
  const target = path.resolve(folder);
  try {
    fs.mkdirSync(target, { recursive: true });
    for (const name of names) fs.copyFileSync(path.join(SOURCES, name), path.join(target, name));
  } catch (error) {
    throw couldNotAccess(target, error);
  }
  const files = names.map((name) => path.join(folder, name));
  if (options.json) printJson({ files });
  else printText(files.map((file) => `${file}\n`).join(''));
}
