/** The JSON Schema of configurations: made from the code that checks them, and true for every example. */
import fs from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { configurationSchema } from '../../src/supervisor/configuration/config-schema.js';
import { parseConfiguration } from '../../src/supervisor/index.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const FILE = path.join(REPOSITORY, 'docs/cliwrap.schema.json');

/** The JSON Schema that the code makes. Keys that begin with `x-` are the user's own. */
function schemaOfCode(): unknown {
  const schema = z.toJSONSchema(configurationSchema({}), {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} };
    },
  });
  return { ...schema, title: 'Configuration of ringwire ctl run' };
}

const shipped = () => new Ajv({ strict: false }).compile(JSON.parse(fs.readFileSync(FILE, 'utf8')));

/** The YAML configurations in the documents and tests of the repository. */
function examples(): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  for (const folder of ['docs', 'test']) {
    for (const name of fs.readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(md|ya?ml)$/.test(name)) continue;
      const text = fs.readFileSync(path.join(REPOSITORY, folder, name), 'utf8');
      const blocks = name.endsWith('.md') ? [...text.matchAll(/^```yaml\n(.*?)^```/gms)] : [['', text]];
      for (const [, block = ''] of blocks) {
        if (/^groups:/m.test(block) && /processes:/.test(block))
          found.push({ name: `${folder}/${name}`, text: block });
      }
    }
  }
  return found;
}

describe('docs/cliwrap.schema.json', () => {
  // `npx vitest run json-schema -u` writes the file again.
  it('is what the code makes', async () => {
    await expect(`${JSON.stringify(schemaOfCode(), null, 2)}\n`).toMatchFileSnapshot(FILE);
  });

  it('accepts every configuration of the documents and tests, as the code does', () => {
    const valid = shipped();
    const all = examples();
    expect(all.map(({ name }) => name)).toContain('docs/guides/supervisor.md');
    for (const { name, text } of all) {
      expect(valid(parse(text, { merge: true })), `${name}: ${JSON.stringify(valid.errors)}`).toBe(true);
      expect(parseConfiguration(text, name, {}).ignored, name).toEqual([]);
    }
  });

  it.each([
    'restart: often',
    'instances: 0',
    'umask: "99"',
    'args: one',
    'env: [A]',
    'no_such_key: 1',
    'ready: { port: 70000 }',
    'stop_signal: "9"',
  ])('refuses %s', (line) => {
    const text = `groups:\n  - processes:\n      - id: a\n        command: x\n        ${line}`;
    expect(shipped()(parse(text))).toBe(false);
  });

  it.each([
    'restart: $' + '{POLICY}',
    'restart: ""',
    'instances: 4',
    'instances: "4"',
    'umask: 027',
    'listen: 8080',
    'listen: 0.0.0.0:8080',
    'stop_signal: int',
    'env: { PORT: 8080, DEBUG: true }',
    'env_file: [a.env, b.env]',
    'x-note: anything',
    'args:',
  ])('accepts %s', (line) => {
    const text = `groups:\n  - processes:\n      - id: a\n        command: x\n        ${line}`;
    const valid = shipped();
    expect(valid(parse(text)), JSON.stringify(valid.errors)).toBe(true);
  });
});
