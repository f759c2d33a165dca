/** The recorded test vectors, which are part of the repository: `test/vectors/<kind>`, each kind with a README. */
import fs from 'node:fs';
import path from 'node:path';

/** The folder of the vectors of one kind: `aeron`, `control`, `kekbit` or `vlp`. */
export function vectorsFolder(kind: string): string {
  return path.join(import.meta.dirname, 'vectors', kind);
}

export function readJson<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}
