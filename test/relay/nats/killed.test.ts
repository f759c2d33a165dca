/**
 * Either end of a relay over JetStream, and the server between them, killed at random and started again: every record is
 * in the destination exactly once, in order, intact. INV-RELAY-04..06.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { JournalReader } from '../../../src/index.js';
import { randomFrom } from '../../seed.js';
import { DEADLINE, Ends, KILLS, RECORDS, SERVER_KILLS, survivesKills } from '../relay-kills.js';
import { DESTINATION, ExpectedRecords, fill, ringSource } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const PROGRAMS = new URL('processes/', import.meta.url);
const random = randomFrom();

itWithNats.for(['ring', 'journal'] as const)(
  `${RECORDS} records of a %s into a journal: ${KILLS} kills of either end and ${SERVER_KILLS} of the server`,
  { timeout: DEADLINE },
  async (kind) => {
    const server = await NatsServer.start();
    await server.addStream();
    await survivesKills(kind, server, PROGRAMS);
    const { state } = await (await server.manager()).streams.info('RECORDS');
    expect([state.messages, state.last_seq]).toEqual([RECORDS, RECORDS]);
  },
);

itWithNats(
  'a ring that waits for its readers loses nothing over kills of the server',
  async () => {
    const server = await NatsServer.start();
    await server.addStream();
    const ends = new Ends(server.url, PROGRAMS);
    const source = ringSource(ends.source);
    onTestFinished(() => source.close());
    ends.start('send');
    ends.start('receive');
    const destination = await JournalReader.waitFor(ends.target, DESTINATION, { timeoutMs: 60_000 });
    onTestFinished(() => destination.close());
    const expected = new ExpectedRecords();
    // Small records until the outgoing relay has registered as a reader of the ring.
    let written = fill(source, 0, 50);
    const carry = async (count: number) => {
      while (expected.count < count) {
        written = fill(source, written, written + 50);
        if (destination.poll(expected.take, 1000) === 0) await sleep(1);
      }
    };
    while (expected.count < 50) if (destination.poll(expected.take, 1000) === 0) await sleep(1);
    for (let n = 1; n <= SERVER_KILLS; n++) {
      await carry(n * 2000 + random() * 500);
      await server.kill();
      // The ring is full before the server is back.
      for (let before = -1; before < written; ) {
        before = written;
        written = fill(source, written, written + 1000);
      }
      await server.start();
    }
    await carry(expected.count + 2000);
    const sent = ends.sent();
    source.close();
    while (expected.count < written) if (destination.poll(expected.take, 1000) === 0) await sleep(1);
    expect(await sent).toMatchObject({ acknowledged: written, lost: 0 });
  },
  DEADLINE,
);
