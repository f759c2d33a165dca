/** Processes create channels by name at once and are killed at random: INV-NAME-01, -02 and -03. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  channelIdOf,
  JournalWriter,
  listChannelNames,
  openReader,
  openWriter,
  RingWriter,
  ShmWriter,
} from '../../../src/channel/index.js';
import { child, messageFrom } from '../../child.js';
import { codeOf } from '../../error-code.js';
import { wholeNumbersFrom } from '../../seed.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';

const SCRIPT = new URL('./processes/naming-creator.mjs', import.meta.url);
const KILLS = sized({ test: 6, all: 200, long: 1000 }, 'RINGWIRE_NAME_KILLS');
/** Processes that create at once; a killed one has a successor. */
const PROCESSES = sized({ test: 6, all: 100, long: 100 }, 'RINGWIRE_NAME_PROCESSES');
/** Processes that compete for one name. */
const PER_NAME = 3;
const KINDS = { log: ShmWriter, ring: RingWriter, journal: JournalWriter };
const KIND_NAMES = Object.keys(KINDS) as (keyof typeof KINDS)[];

interface Answer {
  readonly result: string;
  readonly id?: string;
  /** The stack of an error. */
  readonly why?: string;
}

const below = wholeNumbersFrom();
/** The processes that live, and the end of each. */
const processes = new Map<ChildProcess, Promise<unknown>>();

async function start(root: string): Promise<void> {
  const process = child(SCRIPT, root);
  const gone = once(process, 'exit');
  expect((await messageFrom<Answer>(process)).result).toBe('ready');
  processes.set(process, gone);
}

/** Lets every process create one of `names`, and kills up to `kills` of those that have not answered. @returns the number of kills */
async function round(
  names: readonly { name: string; kind: string }[],
  kills: number,
  onAnswer: (name: string, answer: Answer) => void,
): Promise<number> {
  const pending = new Map<ChildProcess, Promise<unknown>>();
  let killed = 0;
  const killOne = () => {
    const victim = [...pending.keys()][below(pending.size)];
    if (killed >= kills || victim === undefined) return;
    killed++;
    pending.delete(victim);
    processes.delete(victim);
    victim.kill('SIGKILL');
  };
  const ends: Promise<unknown>[] = [];
  for (const [index, [process, gone]] of [...processes].entries()) {
    const named = names[index % names.length] as { name: string; kind: string };
    const answered = once(process, 'message').then(([answer]) => {
      if (!pending.delete(process)) return;
      onAnswer(named.name, answer as Answer);
      if (below(2) === 0) killOne();
    });
    ends.push(Promise.race([answered, gone]).then(() => (processes.has(process) ? undefined : gone)));
    pending.set(process, answered);
    process.send(named);
  }
  if (below(2) === 0) killOne();
  await Promise.all(ends);
  return killed;
}

/** What a program does that needs the channel, whether it exists or not. */
function ensure(root: string, name: string, kind: keyof typeof KINDS): bigint {
  const options = { name, capacity: 16_384, maxMessageLength: 100 };
  const code = codeOf(() => KINDS[kind].create(root, options).close());
  if (code !== 'none') {
    expect(code, name).toBe('STORAGE_ALREADY_EXISTS');
    expect(['none', 'CLOSED'], name).toContain(codeOf(() => openWriter(root, name).close()));
  }
  openReader(root, name).close();
  return channelIdOf(root, name);
}

/** Locks that name the dead process that left them. One without a text may be that of kekbit. */
function staleLocks(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.lock') && fs.statSync(path.join(root, file)).size > 0);
}

it(`${PROCESSES} processes create channels by name at once, ${KILLS} of them are killed: each name has one id and none is lost`, {
  timeout: 3_600_000,
}, async () => {
  const root = memoryFolder();
  const ids = new Map<string, bigint>();
  await Promise.all(Array.from({ length: PROCESSES }, () => start(root)));
  let killed = 0;
  for (let number = 0; killed < KILLS; number++) {
    const names = Array.from({ length: Math.ceil(PROCESSES / PER_NAME) }, (_, at) => ({
      name: `name-${number}-${at}`,
      kind: KIND_NAMES[at % KIND_NAMES.length] as keyof typeof KINDS,
    }));
    const created = new Map<string, bigint>();
    const died = await round(names, Math.min(KILLS - killed, Math.ceil(PROCESSES / 5)), (name, answer) => {
      expect(['created', 'STORAGE_ALREADY_EXISTS', 'STORAGE_NOT_READY'], answer.why).toContain(answer.result);
      if (answer.id === undefined) return;
      expect(created.has(name), `${name} was created twice`).toBe(false);
      created.set(name, BigInt(answer.id));
    });
    killed += died;
    for (const [name, id] of created) expect(channelIdOf(root, name), `${name} lost its id`).toBe(id);
    for (const { name, kind } of names) ids.set(name, ensure(root, name, kind));
    await Promise.all(Array.from({ length: PROCESSES - processes.size }, () => start(root)));
  }
  const listed = listChannelNames(root);
  expect(new Map(listed.map(({ name, id }) => [name, id]))).toEqual(ids);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(ids.size);
  expect(staleLocks(root)).toEqual([]);
});
