/**
 * `npm run docs`: writes docs/api and the drawings of docs/architecture.md.
 * `npm run docs:missing`: lists exported symbols and members without a doc comment; `--write` also replaces the
 * list of known ones, test/docs/undocumented.txt.
 */
import fs from 'node:fs';
import path from 'node:path';
import { writeHouse } from './house.mjs';
import { missingComments, REPOSITORY, readProject, writeReference } from './reference.mjs';

const KNOWN = path.join(REPOSITORY, 'test/docs/undocumented.txt');
const { application, project, warnings } = await readProject();
if (process.argv.includes('--missing')) {
  const { missing, all } = missingComments(project);
  process.stdout.write(missing.map((name) => `${name}\n`).join(''));
  process.stdout.write(`${missing.length} of ${all} without a doc comment\n`);
  if (process.argv.includes('--write')) {
    if (missing.length > 0) fs.writeFileSync(KNOWN, missing.map((name) => `${name}\n`).join(''));
    else fs.rmSync(KNOWN, { force: true });
  }
} else {
  await writeReference(application, project, path.join(REPOSITORY, 'docs/api'));
  writeHouse();
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.exitCode = warnings.length > 0 ? 1 : 0;
}
