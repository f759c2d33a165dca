/** Every command and every program of the documents is executed, and every link leads somewhere. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, describe, expect, it } from 'vitest';
import { sized } from '../size.js';
import { anchors, blocks, documents, links, placeNpx, REPOSITORY, read } from './documents.js';
import { execute } from './execute.js';

/** A reader of a document runs its programs again, in the same folder. */
const TWICE = ['first run', 'second run'];
const RUNS = sized({ test: TWICE.slice(0, 1), all: TWICE, long: TWICE });

const folders: tmp.DirResult[] = [];
afterAll(() => {
  for (const folder of folders) folder.removeCallback();
});

describe.each(documents())('%s', (document) => {
  const text = read(document);
  const runnable = blocks(text).filter((block) => ['js', 'sh', 'text'].includes(block.language));

  it('has no dead link', () => {
    const dead = links(text).filter((target) => !leadsSomewhere(document, target));
    expect(dead).toEqual([]);
  });

  for (const block of runnable.filter(({ reason }) => reason !== null)) {
    process.stderr.write(`${document}:${block.line}: ${block.language} block not checked: ${block.reason}\n`);
  }

  const folder = userFolder();
  const hasPrograms = runnable.some(({ language, reason }) => language !== 'text' && reason === null);
  describe.each(hasPrograms ? RUNS : [])('the %s', (turn) => {
    let printed = '';
    for (const block of runnable) {
      if (block.reason !== null) continue;
      if (block.language === 'text') {
        // A journal grows with each run.
        if (!block.followsBlock || turn !== TWICE[0]) continue;
        it(`prints what line ${block.line} says`, () => expect(printed).toBe(block.code));
      } else {
        it(`runs the ${block.language} block of line ${block.line}`, async () => {
          printed = await execute(block, folder());
        });
      }
    }
  });
});

it('documents contain programs and commands', () => {
  const languages = documents().flatMap((document) => blocks(read(document)).map((block) => block.language));
  expect(languages.filter((language) => language === 'js').length).toBeGreaterThan(5);
  expect(languages.filter((language) => language === 'sh').length).toBeGreaterThan(3);
});

/** A folder, made when it is first asked for, in which `ringwire` is installed. */
function userFolder(): () => string {
  let made: tmp.DirResult | undefined;
  return () => {
    if (made !== undefined) return made.name;
    made = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-docs-' });
    folders.push(made);
    fs.mkdirSync(path.join(made.name, 'node_modules/.bin'), { recursive: true });
    fs.symlinkSync(REPOSITORY, path.join(made.name, 'node_modules/ringwire'));
    fs.symlinkSync(path.join(REPOSITORY, 'docs'), path.join(made.name, 'docs'));
    fs.symlinkSync(
      path.join(REPOSITORY, 'dist/cli/main.js'),
      path.join(made.name, 'node_modules/.bin/ringwire'),
    );
    placeNpx(path.join(made.name, 'node_modules/.bin'));
    return made.name;
  };
}

function leadsSomewhere(document: string, target: string): boolean {
  if (/^https?:\/\//.test(target)) return true;
  const [name = '', anchor] = target.split('#') as [string, string?];
  const file = name === '' ? document : path.join(path.dirname(document), name);
  if (!fs.existsSync(path.join(REPOSITORY, file))) return false;
  return anchor === undefined || !file.endsWith('.md') || anchors(read(file)).includes(anchor);
}

it('documents show each command of ringwire to users of the package, who start it by npx', () => {
  const shown = documents().flatMap((document) =>
    blocks(read(document))
      .filter(({ language }) => ['sh', 'console', ''].includes(language))
      .flatMap(({ code }) => code.split('\n'))
      .filter((line) => /(?<!npx |[\w/.@`-])ringwire [a-z-]/.test(line))
      .map((line) => `${document}: ${line}`),
  );
  expect(shown).toEqual([]);
});
