/**
 * `npm run docs`: writes docs/api and the drawings of docs/architecture.md.
 * `npm run docs:missing`: lists exported symbols and members without a doc comment.
 */
import path from 'node:path';
import { writeHouse } from './house.mjs';
import { missingComments, REPOSITORY, readProject, writeReference } from './reference.mjs';

const { application, project, warnings } = await readProject();
if (process.argv.includes('--missing')) {
  const { missing, all } = missingComments(project);
  process.stdout.write(missing.map((name) => `${name}\n`).join(''));
  process.stdout.write(`${missing.length} of ${all} without a doc comment\n`);
} else {
  await writeReference(application, project, path.join(REPOSITORY, 'docs/api'));
  writeHouse();
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.exitCode = warnings.length > 0 ? 1 : 0;
}
