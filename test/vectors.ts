/**
 * Where the published test vectors are: below the folder that RINGWIRE_SHARED names, or `../shared` beside the
 * repository. They are not part of it; where they are missing the tests that need them say so and are skipped.
 */
import fs from 'node:fs';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');

/** The folder of the vectors of one kind (`kekbit`, `vlp`, ...), or null, with the reason printed. */
export function vectorsFolder(kind: string): string | null {
  const { RINGWIRE_SHARED } = process.env;
  const places = [RINGWIRE_SHARED, path.join(REPOSITORY, '../shared')];
  for (const place of places) {
    if (place === undefined || place === '') continue;
    const folder = path.join(place, 'vectors', kind);
    if (fs.existsSync(folder)) return folder;
  }
  process.stderr.write(
    `skipped: no ${kind} vectors in ${places.filter(Boolean).join(' or ')} (set RINGWIRE_SHARED to the folder that has vectors/${kind})\n`,
  );
  return null;
}

export function readJson<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}
