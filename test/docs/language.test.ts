/** Words that this project does not use, because a standard term exists. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { documents, REPOSITORY, read } from './documents.js';

/** Pattern of a retired word: what to write instead. */
const RETIRED: readonly (readonly [RegExp, string])[] = [
  [/\btime-outs?\b/i, 'timeout'],
  [/\b(goes|go) round\b/i, 'wraps'],
  [/\blets? go of\b/i, 'closes, releases'],
  [/\bholds nobody\b/i, 'does not block; an observer'],
  [/\btimes nobody out\b/i, 'causes no spurious timeout'],
  [/\b(goes|go|gone) on\b/i, 'continues, resumes, appends'],
  [/\btells how\b/i, 'reports'],
  [/\b(is|are) told\b/i, 'receives, learns, is reported'],
  [/\b(for )?whoever\b/i, 'name the subject'],
  [/\bin vain\b/i, 'without effect'],
  [/\bno second thought\b/i, 'name the fact'],
  [/\bof the day\b/i, 'current, while running'],
  [/\bbehind it\b/i, 'after it'],
  [/\bin front of\b/i, 'before'],
  [/\btoo, /i, 'also'],
  [/\bdoors?\b/i, 'entry point'],
  [/\brooms\b/i, 'modules'],
];

const texts = [
  ...documents(),
  ...['src', 'docs/examples'].flatMap((folder) =>
    fs
      .readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs)$/.test(name))
      .map((name) => `${folder}/${name}`),
  ),
];

it('src, docs and README use no retired word', () => {
  expect(texts.length).toBeGreaterThan(300);
  const found = texts.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        RETIRED.filter(([word]) => word.test(line)).map(
          ([word, instead]) => `${file}:${index + 1}: ${word.exec(line)?.[0]}: write ${instead}`,
        ),
      ),
  );
  expect(found).toEqual([]);
});
