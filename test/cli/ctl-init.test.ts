/** `ringwire ctl init`. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/supervisor/index.js';
import { temporaryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';
import { superviseByCommand } from './supervised-run.js';

describe('ringwire ctl init', { timeout: 120_000 }, () => {
  it('writes a file that is valid, names its schema in the first line and can be run', async () => {
    const file = path.join(temporaryFolder(), 'cliwrap.yaml');
    expect(await ringwire(['ctl', 'init', '-f', file])).toEqual({
      code: 0,
      stdout: `wrote ${file}\n`,
      stderr: '',
    });
    const text = fs.readFileSync(file, 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=\/.*\/docs\/cliwrap\.schema\.json\n/);
    expect(await ringwire(['ctl', 'validate', '-f', file])).toEqual({
      code: 0,
      stdout: 'OK: 1 groups, 1 processes\n',
      stderr: '',
    });
    const { runtimeDir, processes } = readConfiguration(file, {});
    expect(runtimeDir).toContain(path.basename(path.dirname(file)));
    expect(processes).toMatchObject([{ id: 'hello', restart: 'on-failure' }]);
    const run = superviseByCommand(text);
    await run.until(/1 of 1 processes are up/);
    expect(await run.end()).toBe(0);
  });

  it('names the schema of the package that the project has installed', async () => {
    const folder = temporaryFolder();
    const docs = path.join(folder, 'node_modules/ringwire/docs');
    fs.mkdirSync(docs, { recursive: true });
    fs.writeFileSync(path.join(docs, 'cliwrap.schema.json'), '{}');
    await ringwire(['ctl', 'init', '-f', path.join(folder, 'cliwrap.yaml')]);
    expect(fs.readFileSync(path.join(folder, 'cliwrap.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/ringwire\/docs\/cliwrap\.schema\.json\n/,
    );
  });

  it('has examples in its comments that are valid also', async () => {
    const file = path.join(temporaryFolder(), 'cliwrap.yaml');
    await ringwire(['ctl', 'init', '-f', file]);
    const text = fs.readFileSync(file, 'utf8');
    // A commented key or item: `# key: value`, `# - id: x` and the lines below that.
    const examples = text.replace(/^( *)# (?=(- | {2})?[a-z_]+:)/gm, '$1');
    expect(examples).not.toBe(text);
    fs.writeFileSync(file, examples);
    expect(await ringwire(['ctl', 'validate', '-f', file])).toEqual({
      code: 0,
      stdout: 'OK: 1 groups, 2 processes\n',
      stderr: '',
    });
  });

  it('refuses to overwrite a file, and reports a folder that does not exist', async () => {
    const file = path.join(temporaryFolder(), 'c.yaml');
    fs.writeFileSync(file, 'mine');
    expect(await ringwire(['ctl', 'init', '-f', file])).toEqual({
      code: 5,
      stdout: '',
      stderr: `ringwire ctl: ${file} exists: remove it, or name another file with -f\n`,
    });
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
    expect(await ringwire(['ctl', 'init', '-f', '/not/there/c.yaml'])).toMatchObject({ code: 1, stdout: '' });
  });
});
