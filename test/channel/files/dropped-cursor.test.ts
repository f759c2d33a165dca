/** A cursor that was dropped without close() is closed when it is collected. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from '../../child.js';
import { memoryFolder } from '../../temporary.js';

const SCRIPT = fileURLToPath(new URL('./processes/dropped-cursor.mjs', import.meta.url));

it('a cursor that is collected without close() keeps its position and no longer its lock, and warns', async () => {
  const file = path.join(memoryFolder(), 'cursor');
  const { code, stdout, stderr } = await run(process.execPath, [
    '--expose-gc',
    '--no-warnings',
    SCRIPT,
    file,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    held: 'CURSOR_IN_USE',
    free: expect.objectContaining({ position: 8, sequence: 1 }),
    warnings: [
      { code: 'RINGWIRE_NOT_CLOSED', message: expect.stringMatching(/^the cursor .* without close\(\)/) },
    ],
  });
});
