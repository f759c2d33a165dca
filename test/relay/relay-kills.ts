/**
 * Either end of a relay over a server, and the server between them, killed at random and started again: every record is in the
 * destination exactly once, in order, intact. 100 kills of ends and 20 of the server in the long size.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { JournalReader, JournalWriter, TickUnit } from '../../src/index.js';
import { child, kill, messageFrom } from '../child.js';
import { randomFrom } from '../seed.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { DESTINATION, ExpectedRecords, fill, ringSource, SOURCE } from './relay-under-test.js';

const random = randomFrom();
export const KILLS = sized({ test: 3, all: 20, long: 100 }, 'RINGWIRE_KILLS');
export const SERVER_KILLS = sized({ test: 1, all: 4, long: 20 });
export const RECORDS = sized({ test: 20_000, all: 60_000, long: 1_000_000 });
/** Records that are written and not at the destination: less than the ring holds, so a dead relay loses nothing. */
const AHEAD = 20_000;
const RING_CAPACITY = 2 ** 24;
export const DEADLINE = sized({ test: 300_000, all: 600_000, long: 3_600_000 });

/** Both ends of a relay, each a process with a root folder of its own: two machines. */
export class Ends {
  readonly source = memoryFolder();
  readonly target = memoryFolder();
  readonly #server: string;
  readonly #programs: URL;
  readonly #running = new Map<'send' | 'receive', ChildProcess>();

  /** `programs`: the folder of send.mjs and receive.mjs. */
  constructor(server: string, programs: URL) {
    this.#server = server;
    this.#programs = programs;
  }

  start(end: 'send' | 'receive'): ChildProcess {
    const [root, channel] = end === 'send' ? [this.source, SOURCE] : [this.target, DESTINATION];
    const started = child(new URL(`${end}.mjs`, this.#programs), root, channel, this.#server);
    this.#running.set(end, started);
    return started;
  }

  async replace(end: 'send' | 'receive'): Promise<void> {
    await kill(this.#running.get(end) as ChildProcess);
    this.start(end);
  }

  /** Resolves when the outgoing end says that all is acknowledged. */
  sent(): Promise<{ acknowledged: number; lost: number }> {
    return messageFrom(this.#running.get('send') as ChildProcess);
  }
}

/** Which process is killed after which part of the records, in a random order. */
function victims(): ('send' | 'receive' | 'server')[] {
  const all = [
    ...Array.from({ length: KILLS }, (_, n) => (n % 2 === 0 ? 'send' : 'receive')),
    ...Array.from({ length: SERVER_KILLS }, () => 'server'),
  ] as ('send' | 'receive' | 'server')[];
  return all
    .map((victim) => ({ victim, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ victim }) => victim);
}

function journalSource(root: string): JournalWriter {
  const timing = { timeout: 60, tickUnit: TickUnit.Secs };
  const options = { channelId: SOURCE, writerId: 1, maxMessageLength: 4096, ...timing };
  return JournalWriter.create(root, { ...options, capacity: 2 ** 21 });
}

/** A server that can be killed and started again with its store. */
export interface Killable {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

/** Carries all records from a channel into a journal while both ends and the server are killed. */
export async function survivesKills(
  kind: 'ring' | 'journal',
  server: Killable,
  programs: URL,
): Promise<void> {
  const ends = new Ends(server.url, programs);
  const source = kind === 'ring' ? ringSource(ends.source, RING_CAPACITY) : journalSource(ends.source);
  onTestFinished(() => source.close());
  ends.start('send');
  ends.start('receive');
  const destination = await JournalReader.waitFor(ends.target, DESTINATION, { timeoutMs: 60_000 });
  onTestFinished(() => destination.close());
  const expected = new ExpectedRecords();
  let written = 0;
  const arrived = async (count: number) => {
    while (expected.count < count) {
      written = fill(source, written, Math.min(RECORDS, expected.count + AHEAD));
      if (destination.poll(expected.take, 1000) === 0) await sleep(1);
    }
  };
  const plan = victims();
  const killed = { send: 0, receive: 0, server: 0 };
  const before = performance.now();
  for (const [n, victim] of plan.entries()) {
    await arrived(Math.round((n * RECORDS) / (plan.length + 1)) + random() * 200);
    killed[victim]++;
    if (victim === 'server') {
      await server.kill();
      await server.start();
    } else {
      await ends.replace(victim);
    }
  }
  await arrived(RECORDS);
  const sent = ends.sent();
  source.close();
  expect(await sent).toMatchObject({ acknowledged: RECORDS, lost: 0 });
  // Nothing comes twice after the end.
  expect(destination.poll(expected.take)).toBe(0);
  const seconds = Math.round((performance.now() - before) / 1000);
  process.stdout.write(
    `${kind}: ${expected.count} records exactly once in ${seconds} s, killed: sender ${killed.send}, receiver ${killed.receive}, server ${killed.server} times\n`,
  );
}
