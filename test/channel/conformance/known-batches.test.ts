/** Batches whose buffers come again and again, and batches in which only the first buffers are known ones. */
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind, type Pair } from './kinds.js';

const LENGTH = 40;
/** After so many batches their buffers are known. */
const USES = 20;

function opened(kind: Kind) {
  const pair = kind.open({ capacity: 65_536 });
  const received: string[] = [];
  const take = () => {
    while (
      pair.reader.poll((buffer, offset, length) =>
        received.push(buffer.toString('latin1', offset, offset + length)),
      ) > 0
    );
    return received.splice(0);
  };
  return { pair, take };
}

/** Buffers that the writer knows, filled with the text of each. */
function known({ writer }: Pair, take: () => string[], texts: string[]): Buffer[] {
  const batch = texts.map((text) => Buffer.alloc(LENGTH, text));
  for (let use = 0; use < USES; use++) writer.writeBatch(batch);
  take();
  return batch;
}

describe.each(KINDS)('a batch of a $name', (kind) => {
  it('has the present bytes of buffers that come again', () => {
    const { pair, take } = opened(kind);
    const batch = known(pair, take, ['a', 'b', 'c']);
    for (const round of ['d', 'e']) {
      for (const buffer of batch) buffer.fill(round);
      pair.writer.writeBatch(batch);
      expect(take()).toEqual([0, 1, 2].map(() => round.repeat(LENGTH)));
    }
  });

  it('is published whole when only its first buffers are known', () => {
    const { pair, take } = opened(kind);
    const batch = known(pair, take, ['a', 'b', 'c']);
    const other = Buffer.alloc(17, 'x');
    pair.writer.writeBatch([batch[0] as Buffer, batch[1] as Buffer, other, batch[2] as Buffer]);
    expect(take()).toEqual(['a'.repeat(LENGTH), 'b'.repeat(LENGTH), 'x'.repeat(17), 'c'.repeat(LENGTH)]);
  });

  it('that is refused after its first buffers leaves nothing, and the next record follows', () => {
    const { pair, take } = opened(kind);
    const batch = known(pair, take, ['a', 'b', 'c']);
    const position = pair.writer.writeOffset;
    const wrong = [batch[0], batch[1], 'text'] as Buffer[];
    expect(() => pair.writer.writeBatch(wrong)).toThrow('record 2 of the batch');
    expect(pair.writer.writeOffset).toBe(position);
    expect(take()).toEqual([]);
    pair.writer.write(Buffer.from('next'));
    expect(take()).toEqual(['next']);
    // Nothing of the refused batch lies after it: a claim that is shortened leaves zeros, and so does this.
    if (kind.name === 'log') {
      const { buffer } = pair.writer;
      expect(buffer.subarray(pair.writer.writeOffset + 8).every((byte) => byte === 0)).toBe(true);
    }
  });
});
