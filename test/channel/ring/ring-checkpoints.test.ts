/** Checkpoints of a ring: a stored entry is listed, an incomplete one is not, and a successor continues. */
import { describe, expect, it } from 'vitest';
import { RingCheckpoints } from '../../../src/channel/ring/ring-checkpoints.js';
import {
  CHECKPOINT_COUNT,
  CHECKPOINT_LENGTH,
  CHECKPOINT_OFFSET,
  RING_DATA_OFFSET,
} from '../../../src/channel/ring/ring-header-layout.js';

function newCheckpoints() {
  const words = new Int32Array(new SharedArrayBuffer(RING_DATA_OFFSET));
  return { words, checkpoints: new RingCheckpoints(words) };
}

const entryAt = (index: number) => (CHECKPOINT_OFFSET + index * CHECKPOINT_LENGTH) >> 2;

describe('the checkpoints of a ring', () => {
  it('are listed oldest first, and only the newest 32', () => {
    const { checkpoints } = newCheckpoints();
    expect(checkpoints.list()).toEqual([]);
    for (let i = 1; i <= 40; i++) checkpoints.enter(i * 10, i, 3);
    const listed = checkpoints.list();
    expect(listed.length).toBe(CHECKPOINT_COUNT);
    expect(listed[0]).toEqual({ position: 9 * 80, sequence: 9, epoch: 3 });
    expect(listed.at(-1)).toEqual({ position: 40 * 80, sequence: 40, epoch: 3 });
  });

  it('contain positions and sequence numbers beyond 2^32', () => {
    const { checkpoints } = newCheckpoints();
    checkpoints.enter(2 ** 40 + 5, 2 ** 35 + 7, 1);
    expect(checkpoints.list()).toEqual([{ position: (2 ** 40 + 5) * 8, sequence: 2 ** 35 + 7, epoch: 1 }]);
  });

  it('exclude an entry whose writer died during its store, and overwrite it completely later', () => {
    const { words, checkpoints } = newCheckpoints();
    checkpoints.enter(10, 1, 0);
    checkpoints.enter(20, 2, 0);
    words[entryAt(1)] = (words[entryAt(1)] as number) | 1;
    expect(checkpoints.list().map(({ sequence }) => sequence)).toEqual([1]);
    const successor = new RingCheckpoints(words);
    successor.resumeWriting();
    successor.enter(30, 3, 1);
    expect((words[entryAt(1)] as number) % 2).toBe(0);
    expect(successor.list().map(({ sequence }) => sequence)).toEqual([1, 3]);
  });

  it('are continued after the newest by a successor, so that it overwrites the oldest', () => {
    const { words, checkpoints } = newCheckpoints();
    for (let i = 1; i <= 35; i++) checkpoints.enter(i, i, 0);
    const successor = new RingCheckpoints(words);
    successor.resumeWriting();
    successor.enter(36, 36, 1);
    const sequences = successor.list().map(({ sequence }) => sequence);
    expect([sequences[0], sequences.at(-1), sequences.length]).toEqual([5, 36, CHECKPOINT_COUNT]);
  });

  it('ignore an entry with an invalid position', () => {
    const { words, checkpoints } = newCheckpoints();
    checkpoints.enter(10, 1, 0);
    words[entryAt(0) + 2] = -1;
    expect(checkpoints.list()).toEqual([]);
  });
});
