/** Events: none is cut or lost. */
import { describe, expect, it } from 'vitest';
import { RingReader } from '../../src/channel/index.js';
import { ControlClient } from '../../src/control/index.js';
import { EVENTS_CHANNEL, parseEvent } from '../../src/supervisor/index.js';
import { encodeEvent } from '../../src/supervisor/storage/ring-event-log.js';
import { shell, supervise } from './supervised.js';

const event = (reason: string) => ({ id: 'p', type: 'process.crashed', time: 1n, reason });

describe('the record of an event', () => {
  it.each([4_096, 5_000, 60_000])('holds a reason of %i characters whole', (length) => {
    const reason = 'é'.repeat(length / 2);
    expect(parseEvent(encodeEvent(event(reason)))).toEqual(event(reason));
  });

  it.each(['x', '"', '\u0001', '€', '😀'])(
    'says that a reason of 1,000,000 times %j is shortened',
    (character) => {
      const reason = character.repeat(1_000_000);
      const record = encodeEvent(event(reason));
      expect(record.length).toBeLessThanOrEqual(64 * 1024);
      const kept = parseEvent(record);
      expect(kept).toMatchObject({ id: 'p', type: 'process.crashed' });
      expect(kept?.reason).toMatch(/… \(shortened from \d+ characters\)$/);
      expect(kept?.reason?.startsWith(character.repeat(1_000))).toBe(true);
      expect(kept?.reason).not.toMatch(/[\ud800-\udbff]…/);
    },
  );
});

describe('a start that fails for a reason of 20,000 characters', () => {
  it('is reported without loss to listeners, over the socket and in the ring', async () => {
    const { manager, folder, until } = await supervise();
    const workdir = `/missing/${'long/'.repeat(600)}`;
    await manager.register({ id: 'p', ...shell('true'), workdir });
    using client = await ControlClient.dial(manager.socketPath);
    const stream = client.events({ types: ['process.crashed'] });
    const first = stream.next();
    while (manager.load.streams === 0) await new Promise(setImmediate);
    await manager.start('p').catch(() => {});
    const { reason } = await until('p', 'crashed');
    expect(reason).toMatch(/^workdir \/missing\/long\/.* does not exist$/);
    expect((await first).value?.reason).toBe(reason);
    using reader = RingReader.open(`${folder}/channels`, EVENTS_CHANNEL, { timeout: 'never' });
    const kept = [];
    for (let record = reader.tryRead(); record !== null; record = reader.tryRead())
      kept.push(parseEvent(record));
    expect(kept.map((one) => one?.type)).toEqual([
      'process.registered',
      'process.starting',
      'process.crashed',
    ]);
    expect(kept.at(-1)?.reason).toBe(reason);
  });
});
