/** Events on node:diagnostics_channel: what they say, and that nothing happens without a subscriber. */
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  WriteResult,
} from '../../src/channel/index.js';
import { Status, VlpAgent, VlpObserver } from '../../src/health/index.js';
import { openRing, RING } from '../channel/ring/ring-under-test.js';
import { supervise } from '../supervisor/supervised.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';

/** The messages on these channels from now on, each with the name of its channel. */
function messagesOn(...names: string[]): (object & { on: string })[] {
  const messages: (object & { on: string })[] = [];
  for (const name of names) {
    const take = (message: unknown) => void messages.push({ on: name, ...(message as object) });
    diagnostics.subscribe(name, take);
    onTestFinished(() => void diagnostics.unsubscribe(name, take));
  }
  return messages;
}

describe('channels', () => {
  test('announce each reader and writer that is opened and closed, but not the segments of a journal', () => {
    const messages = messagesOn('ringwire:channel.opened', 'ringwire:channel.closed');
    const root = memoryFolder();
    const log = { ...RING, channelId: 1, capacity: 65_536 };
    const open = [
      () => ShmWriter.create(root, log),
      () => ShmReader.open(root, 1),
      () => RingWriter.create(root, RING),
      () => RingReader.open(root, 7),
      () => JournalWriter.open(root, { ...RING, channelId: 3, capacity: 1024 }),
      () => JournalReader.open(root, 3),
    ];
    for (const endpoint of open.map((action) => action()).reverse()) endpoint.close();
    const said = messages.map(({ on, ...message }) => ({
      on: on.replace('ringwire:channel.', ''),
      ...message,
    }));
    const expected = [
      { role: 'writer', kind: 'log', channelId: 1n },
      { role: 'reader', kind: 'log', channelId: 1n },
      { role: 'writer', kind: 'ring', channelId: 7n },
      { role: 'reader', kind: 'ring', channelId: 7n },
      { role: 'writer', kind: 'journal', channelId: 3n },
      { role: 'reader', kind: 'journal', channelId: 3n },
    ];
    expect(said).toMatchObject([
      ...expected.map((message) => ({ on: 'opened', ...message })),
      ...expected.toReversed().map((message) => ({ on: 'closed', ...message })),
    ]);
    for (const message of messages) expect(message).toMatchObject({ path: expect.stringContaining(root) });
  });

  test('announce the losses of a reader, as onLoss reports them', () => {
    const messages = messagesOn('ringwire:reader.lost');
    const losses: object[] = [];
    using pair = openRing({}, { onLoss: (loss) => losses.push(loss) });
    for (let i = 0; i < 500; i++) pair.writer.write(Buffer.alloc(8));
    pair.reader.poll(() => {});
    expect(losses).toHaveLength(1);
    expect(messages).toEqual([
      { on: 'ringwire:reader.lost', kind: 'ring', path: pair.reader.path, ...losses[0] },
    ]);
  });

  test('announce back pressure once for each wait, however often the writer tries', () => {
    const messages = messagesOn('ringwire:writer.backPressured');
    using pair = openRing({ policy: 'back-pressure' });
    const record = Buffer.alloc(56);
    const fill = () => {
      for (let refused = 0; refused < 10; ) {
        if (pair.writer.tryWrite(record) === WriteResult.BackPressured) refused++;
      }
    };
    fill();
    expect(messages).toEqual([
      { on: 'ringwire:writer.backPressured', path: pair.writer.path, allowed: RING.capacity },
    ]);
    while (pair.reader.poll(() => {}) > 0);
    fill();
    expect(messages).toHaveLength(2);
  });

  test('announce nothing after the last subscriber has left', () => {
    const take = () => {
      throw new Error('this subscriber has left');
    };
    const name = 'ringwire:channel.opened';
    diagnostics.subscribe(name, take);
    diagnostics.unsubscribe(name, take);
    expect(diagnostics.channel(name).hasSubscribers).toBe(false);
    using pair = openRing();
    expect(pair.reader.position).toBe(0);
  });
});

test('the observer announces beats and stalls', async () => {
  const messages = messagesOn('ringwire:health.beat', 'ringwire:health.stall');
  const socket = path.join(temporaryFolder(), 's');
  await using observer = VlpObserver.bind({ socket, thresholdMs: 20 });
  using agent = VlpAgent.connect(socket);
  const stall = once(observer, 'stall');
  agent.beat(Status.Ok, 7n);
  await stall;
  expect(messages).toMatchObject([
    { on: 'ringwire:health.beat', kind: 'beat', pid: process.pid, status: Status.Ok, payload: 7n },
    { on: 'ringwire:health.stall', kind: 'stall', pid: process.pid },
  ]);
});

test('the manager announces the events of its processes', async () => {
  const messages = messagesOn('ringwire:process.started', 'ringwire:process.crashed');
  const { manager, until } = await supervise();
  await manager.register({ id: 'one', command: 'sh', args: ['-c', 'exit 3'] });
  await manager.start('one').catch(() => {});
  await until('one', 'crashed');
  expect(messages.at(-1)).toMatchObject({ on: 'ringwire:process.crashed', id: 'one', exit: 3 });
});
