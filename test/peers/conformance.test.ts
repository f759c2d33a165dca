/** One suite in data form, run by every pair of peers: see protocol.md. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { kill } from '../child.js';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { allPeers, Driver, type Peer, removeDrivers } from './peers.js';

interface Scenario {
  readonly name: string;
  readonly steps: readonly [role: string, operation: string, answer: string][];
}

/** Records of a stream. */
const COUNT = sized({ test: 2_000, all: 5_000, long: 10_000_000 });
/** Records through a ring so small that each side sleeps after every few of them. */
const FEW = Math.min(COUNT, 100_000);
const text = fs
  .readFileSync(path.join(import.meta.dirname, 'scenarios.json'), 'utf8')
  .replaceAll('COUNT', String(COUNT))
  .replaceAll('FEW', String(FEW))
  .replaceAll(/ZEROS:(\d+)/g, (_, length) => '00'.repeat(Number(length)));
const scenarios = JSON.parse(text) as Scenario[];
const peers = allPeers();

afterAll(removeDrivers);

for (const { language, missing } of peers.filter(({ command }) => command === null)) {
  it(`${language} takes part`, (test) => test.skip(missing));
}

const present = peers.filter(({ command }) => command !== null);
const pairs = present.flatMap((writer) => present.map((reader) => ({ writer, reader })));

describe.each(pairs)('$writer.language writes, $reader.language reads:', ({ writer, reader }) => {
  it.each(scenarios)('$name', { timeout: COUNT > 10_000 ? 3_600_000 : 180_000 }, async ({ steps }) => {
    await play(steps, { writer, successor: reader, reader, observer: reader });
  });
});

async function play(steps: Scenario['steps'], cast: Record<string, Peer>): Promise<void> {
  const root = memoryFolder();
  const drivers = new Map<string, Driver>();
  const driver = (role: string) => {
    const made = drivers.get(role) ?? new Driver(cast[role] as Peer, root);
    drivers.set(role, made);
    return made;
  };
  for (const [role, operation, answer] of steps) {
    if (operation === 'kill') {
      await kill(driver(role).process);
      drivers.delete(role);
      continue;
    }
    const roles = role.split('+');
    const operations = operation.split(' || ');
    const answers = await Promise.all(roles.map((one, i) => driver(one).run(operations[i] as string)));
    answer.split(' || ').forEach((expected, i) => {
      const what = `${roles[i]}: ${operations[i]?.slice(0, 80)}`;
      if (expected.startsWith('/')) expect(answers[i], what).toMatch(new RegExp(expected.slice(1, -1)));
      else expect(answers[i], what).toBe(expected);
    });
  }
}
