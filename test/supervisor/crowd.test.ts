/**
 * Thirty children of every kind under one manager, and ten clients that start, stop, ask and follow at the same time.
 * The long size takes two minutes, with floods of 100 MB; only it compares memory with a bound.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { ControlClient, ControlError } from '../../src/control/index.js';
import { endsWithTest } from '../child.js';
import { SEED, wholeNumbersFrom } from '../seed.js';
import { MEASURES, sized } from '../size.js';
import { managedFolder, processesOf, shell, WHILE_TESTED } from './supervised.js';

interface Report {
  events: string[];
  streams: number;
  descriptors: number;
  /** What JavaScript holds after a collection, and what the operating system gave. */
  used: number;
  rss: number;
}

const MILLIS = sized({ test: 4_000, all: 8_000, long: 120_000 });
/** `seq` to this number writes about 100 MB, or 7 MB. */
const FLOOD = sized({ test: 1_000_000, all: 1_000_000, long: 12_000_000 });
const CLIENTS = 10;
/** Things that every client does at least. */
const FEWEST = 2;
const MIB = 1024 * 1024;
const MOST_GROWTH = 32 * MIB;

const KINDS = [
  { ...shell(`while ${WHILE_TESTED}; do echo tick; sleep 0.05; done`) },
  { ...shell('sleep 0.2; exit 1'), restart: 'on-failure', restartBackoffMs: 50, maxRestarts: 5 },
  { ...shell(`trap "" TERM; while ${WHILE_TESTED}; do sleep 0.05; done`), stopTimeoutMs: 150 },
  { ...shell('(sleep 60 & sleep 60) & sleep 60 & sleep 60') },
  { ...shell(`seq 1 ${FLOOD} & seq 1 ${FLOOD} >&2; wait`) },
  { ...shell('exit 0'), restart: 'always', restartBackoffMs: 100 },
] as const;

it(
  `30 children and ${CLIENTS} clients for ${MILLIS / 1000} s: right replies, whole logs, every event once, nothing left`,
  async () => {
    const folder = managedFolder();
    const specs = Array.from({ length: 30 }, (_, i) => ({
      id: `p${i}`,
      stopTimeoutMs: 1_000,
      ...KINDS[i % KINDS.length],
    }));
    const script = path.join(import.meta.dirname, 'processes', 'manager.mjs');
    const manager = endsWithTest(
      fork(script, [folder, JSON.stringify(specs)], {
        env: { ...process.env, RINGWIRE_TEST_WAIT: '1' },
        execArgv: ['--expose-gc'],
      }),
    );
    const report = async (what: string): Promise<Report> => {
      const answer = once(manager, 'message');
      manager.send(what);
      return (await answer)[0] as Report;
    };
    await once(manager, 'message');
    const socketPath = path.join(folder, 'manager.sock');
    const seen: string[] = [];
    const subscriber = await ControlClient.dial(socketPath);
    const subscribed = subscriber.events();
    const first = subscribed.next();
    while ((await report('report')).streams === 0) await pause(5);
    // The registrations came before the subscription.
    const before = (await report('report')).events.length;
    const collecting = (async () => {
      for (let event = await first; event.done !== true; event = await subscribed.next()) {
        const { time, type, id } = event.value;
        seen.push(`${time} ${type} ${id}`);
      }
    })();
    await report('start');
    // Once round, so that every pipe and ring is there before descriptors and memory are counted.
    await pause(1_000);
    const early = await report('report');
    const until = performance.now() + MILLIS;
    const counts = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => exercise(socketPath, i + 1, until)),
    );
    const late = await report('report');
    expect(Math.min(...counts)).toBeGreaterThan(FEWEST);
    process.stdout.write(
      `${counts.reduce((sum, count) => sum + count)} things done, ${late.events.length} events, growth ${((late.used - early.used) / MIB).toFixed(1)} MiB (resident ${((late.rss - early.rss) / MIB).toFixed(1)}), descriptors ${early.descriptors} to ${late.descriptors}\n`,
    );
    if (MEASURES) expect(late.used - early.used).toBeLessThan(MOST_GROWTH);
    expect(Math.abs(late.descriptors - early.descriptors)).toBeLessThanOrEqual(specs.length);
    // A child that died just now is waited for in a moment; none stays.
    const dead = zombiesOf(manager.pid as number);
    await vi.waitUntil(() => !zombiesOf(manager.pid as number).some((pid) => dead.includes(pid)), {
      timeout: 120_000,
    });
    await checkFlood(socketPath);
    const { events } = await report('shutdown');
    await once(manager, 'exit');
    await collecting;
    subscriber.close();
    expect(seen.length).toBeGreaterThan(100);
    expect(seen).toEqual(events.slice(before));
    expect(processesOf(folder)).toEqual([]);
  },
  MILLIS + 180_000,
);

/** Does things at random until the time is over; every reply has to be one that fits. @returns how many things */
async function exercise(socketPath: string, seed: number, until: number): Promise<number> {
  using client = await ControlClient.dial(socketPath);
  const random = wholeNumbersFrom(SEED + seed);
  let done = 0;
  // A busy machine may need longer for the few things that every client has to do.
  for (; done <= FEWEST || performance.now() < until; done++) {
    const id = `p${random(30)}`;
    const what = random(10);
    if (what < 2) await client.stop(id).catch(only('NOT_RUNNING'));
    else if (what < 5) await client.start(id).catch(only('ALREADY_RUNNING', 'REFUSED'));
    else if (what < 6) expect(await client.list()).toHaveLength(30);
    else if (what < 7) expect((await client.status(id)).id).toBe(id);
    else if (what < 8) await expect(client.status('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    else if (what < 9) for await (const chunk of client.logs(id)) expect(chunk.length).toBeGreaterThan(0);
    else await followAWhile(client, id);
    await pause(random(20));
  }
  return done;
}

async function followAWhile(client: ControlClient, id: string): Promise<void> {
  const signal = AbortSignal.timeout(200);
  const stop = only('ABORTED');
  try {
    for await (const chunk of client.logs(id, { follow: true, signal }))
      expect(chunk.length).toBeGreaterThan(0);
  } catch (error) {
    stop(error);
  }
}

function only(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ControlError) || !codes.includes(error.code)) throw error;
  };
}

/** Lets a flood run to its end and compares what is kept with what was written. */
async function checkFlood(socketPath: string): Promise<void> {
  using client = await ControlClient.dial(socketPath, { timeoutMs: 60_000 });
  await client.stop('p4').catch(only('NOT_RUNNING'));
  await client.start('p4');
  while ((await client.status('p4')).state !== 'stopped') await pause(20);
  for (const stream of [0, 1] as const) {
    for await (const chunk of client.logs('p4', { stream })) {
      const lines = chunk.toString().split('\n');
      expect(lines.pop()).toBe('');
      lines.shift();
      expect(lines.length).toBeGreaterThan(90_000);
      expect(lines).toEqual(
        Array.from({ length: lines.length }, (_, i) => String(FLOOD - lines.length + 1 + i)),
      );
    }
  }
}

function zombiesOf(parent: number): string[] {
  return fs.readdirSync('/proc').filter((name) => {
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
      const [state, of] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' && Number(of) === parent;
    } catch {
      return false;
    }
  });
}
