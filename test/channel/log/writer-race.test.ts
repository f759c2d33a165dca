/** Two processes try to become the writer of the same channel at the same time. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channelPaths, ShmReader, ShmWriter, TickUnit } from '../../../src/channel/index.js';
import { ManualClock } from '../../../src/platform/index.js';
import { child, messageFrom } from '../../child.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';

const RACES = sized({ test: 60, all: 200, long: 2000 }, 'RINGWIRE_RACES');
const SCRIPT = new URL('./processes/racing-creator.mjs', import.meta.url);

interface Answer {
  name: string;
  result: string;
}

/** Lets two processes race for channels 1 to {@link RACES}; `prepare` and `check` run around each race. */
async function race(
  mode: 'create' | 'resume',
  root: string,
  prepare: (channelId: number) => void,
  check: (channelId: number, winner: string, loser: Answer) => void,
): Promise<void> {
  const racers = ['1', '2'].map((name) => child(SCRIPT, mode, root, name));
  for (const racer of racers) expect((await messageFrom<Answer>(racer)).result).toBe('ready');
  for (let channelId = 1; channelId <= RACES; channelId++) {
    prepare(channelId);
    const answers = racers.map((racer) => messageFrom<Answer>(racer));
    for (const racer of racers) racer.send({ channelId, at: Date.now() + 3 });
    const [first, second] = (await Promise.all(answers)) as [Answer, Answer];
    const [winner, loser] = first.result === 'won' ? [first, second] : [second, first];
    expect(winner.result, `${first.result} / ${second.result}`).toBe('won');
    check(channelId, winner.name, loser);
  }
}

/** What the file must be: made by a writer of the same options that wrote the same and closed. */
function expectedFile(root: string, channelId: number, winner: string, creationTime: bigint): Buffer {
  const writer = ShmWriter.create(`${root}/expected`, {
    writerId: Number(winner),
    channelId,
    capacity: 16_384,
    maxMessageLength: 100,
    timeout: 30,
    tickUnit: TickUnit.Secs,
    doorbell: false,
    clock: new ManualClock(creationTime * 1_000_000_000n),
  });
  writer.write(Buffer.from(`writer ${winner}`));
  writer.close();
  return fs.readFileSync(writer.path);
}

describe('two writers race', () => {
  it(`to create a channel, ${RACES} times: one wins, the other changes nothing`, {
    timeout: 1_000_000,
  }, async () => {
    const root = memoryFolder();
    const losses = new Map<string, number>();
    await race(
      'create',
      root,
      () => {},
      (channelId, winner, loser) => {
        expect(['STORAGE_ALREADY_EXISTS', 'STORAGE_NOT_READY', 'WRITER_EXISTS']).toContain(loser.result);
        losses.set(loser.result, (losses.get(loser.result) ?? 0) + 1);
        const { file } = channelPaths(root, channelId);
        using reader = ShmReader.open(root, channelId);
        expect(
          fs.readFileSync(file).equals(expectedFile(root, channelId, winner, reader.header.creationTime)),
        ).toBe(true);
      },
    );
    const left = fs
      .readdirSync(`${root}/0000_0000`)
      .filter((name) => !/^0000_[0-9a-f]{4}\.(kekbit|bell)$/.test(name));
    expect(left).toEqual([]);
    expect([...losses.values()].reduce((a, b) => a + b)).toBe(RACES);
  });

  it(`to resume a channel, ${RACES} times: one wins, the other changes nothing`, {
    timeout: 1_000_000,
  }, async () => {
    const root = memoryFolder();
    await race(
      'resume',
      root,
      (channelId) => {
        const writer = ShmWriter.create(root, {
          writerId: 0,
          channelId,
          capacity: 16_384,
          maxMessageLength: 100,
          timeout: 30,
          tickUnit: TickUnit.Secs,
        });
        writer.write(Buffer.from('before'));
        // The writer dies: the file as it would be, under no lock.
        const image = fs.readFileSync(writer.path);
        writer.close();
        fs.writeFileSync(writer.path, image);
      },
      (channelId, winner, loser) => {
        // CLOSED: it came when the winner had already ended the channel.
        expect(['WRITER_EXISTS', 'CLOSED']).toContain(loser.result);
        using reader = ShmReader.open(root, channelId);
        expect(reader.tryRead()?.toString()).toBe('before');
        expect(reader.tryRead()?.toString()).toBe(`writer ${winner}`);
        expect(reader.tryRead()).toBeNull();
        expect(reader.endReason?.code).toBe('CLOSED');
      },
    );
  });
});
