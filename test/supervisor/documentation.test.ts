/** The examples of docs/guides/supervisor.md, run as they stand. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/supervisor/index.js';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { shell, supervise } from './supervised.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const text = fs.readFileSync(path.join(REPOSITORY, 'docs/guides/supervisor.md'), 'utf8');
const examples = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, code]) => code as string);
const scripts: string[] = [];

afterAll(() => {
  for (const script of scripts) fs.rmSync(script, { force: true });
});

/** Inside the repository, so that the package finds itself by its name. */
async function runExample(code: string, argument: string): Promise<string> {
  const script = path.join(REPOSITORY, 'test/supervisor', `example-${process.pid}-${scripts.length}.mjs`);
  scripts.push(script);
  fs.writeFileSync(script, code);
  const { stdout, stderr, code: ended } = await run(process.execPath, [script, argument]);
  expect(ended, stderr).toBe(0);
  return stdout;
}

it('the configuration of the guide is valid', () => {
  const [yaml = ''] = examples('yaml');
  const { processes, runtimeDir } = parseConfiguration(yaml, 'cliwrap.yaml', {});
  expect(runtimeDir).toBe('/tmp/my-app');
  expect(processes.map(({ id }) => id)).toEqual(['db', 'app']);
});

it('the manager runs and prints the output of its process', async () => {
  const output = await runExample(examples('js')[0] ?? '', temporaryFolder());
  expect(output).toContain('process.stopped hello\nhello\n');
});

it('the client lists the processes of a manager', async () => {
  const { manager } = await supervise();
  await manager.register({ id: 'p', ...shell('sleep 60') });
  await manager.start('p');
  const output = await runExample(examples('js')[1] ?? '', manager.socketPath);
  expect(output).toBe(`p running ${manager.statusOf('p').pid}\n`);
});
