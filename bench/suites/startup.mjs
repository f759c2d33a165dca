// @ts-check
/** How long a process takes from its start to its end, beside a bare Node, in turns within one run. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ShmWriter } from '../../dist/index.js';
import { median } from '../statistics.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const COMMAND = path.join(ROOT, 'dist/cli/main.js');

/** @param {import('../context.mjs').Context} context */
export async function measureStartup(context) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-startup-'));
  try {
    ShmWriter.create(folder, { channelId: 7, capacity: 65_536 }).close();
    const bare = ['-e', '0'];
    /** @type {Record<string, string[]>} */
    const programs = {
      '`ringwire --version`': [COMMAND, '--version'],
      '`ringwire --help`': [COMMAND, '--help'],
      '`ringwire stat`': [COMMAND, 'stat', '7', '--root', folder],
      "`import 'ringwire'`": ['--input-type=module', '-e', "import 'ringwire'"],
    };
    /** @type {Record<string, number[]>} */
    const differences = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
    const bareMillis = [];
    for (let round = 0; round < context.settings.startupRounds; round++) {
      context.progress(`start-up, round ${round + 1}`);
      const base = millisOf(bare);
      bareMillis.push(base);
      for (const [name, args] of Object.entries(programs)) differences[name]?.push(millisOf(args) - base);
    }
    const rows = Object.entries(differences).map(([name, all]) => ({ name, millis: median(all) }));
    return { rounds: bareMillis.length, bareMillis: median(bareMillis), rows };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** @param {string[]} args */
function millisOf(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const millis = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(' ')} failed:\n${stderr}`);
  return millis;
}
