/** Running what the documents show. */
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../child.js';
import type { Block } from './documents.js';

/** Runs a block to its end and returns what it printed. @throws Error when it fails or complains */
export async function execute(block: Block, folder: string): Promise<string> {
  let args: [string, string[]];
  if (block.language === 'js') {
    const file = path.join(folder, `line-${block.line}.mjs`);
    fs.writeFileSync(file, block.code);
    args = [process.execPath, [file]];
  } else {
    args = ['bash', ['-euo', 'pipefail', '-c', block.code]];
  }
  const { PATH } = process.env;
  const { code, stdout, stderr } = await run(...args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', PATH: `${folder}/node_modules/.bin:${PATH}` },
  });
  if (code !== 0) throw new Error(`ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}
