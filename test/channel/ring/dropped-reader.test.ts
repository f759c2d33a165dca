/** A reader that was dropped without close() is closed when it is collected. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../../child.js';
import { memoryFolder } from '../../temporary.js';

const SCRIPT = fileURLToPath(new URL('./processes/dropped-reader.mjs', import.meta.url));

describe('a registered reader that is collected without close()', () => {
  it.each([1, 3])('blocks the writer no longer, and the first of %d warns', async (count) => {
    const { code, stdout, stderr } = await run(process.execPath, [
      '--expose-gc',
      '--no-warnings',
      ...[SCRIPT, memoryFolder(), String(count)],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { held, free, readers, warnings } = JSON.parse(stdout);
    expect({ held, free, readers }).toEqual({ held: true, free: true, readers: ['kept'] });
    expect(warnings).toEqual([
      { code: 'RINGWIRE_NOT_CLOSED', message: expect.stringMatching(/^a reader of .* without close\(\)/) },
    ]);
  });
});
