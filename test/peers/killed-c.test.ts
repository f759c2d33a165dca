/** Writers and readers in C that end by SIGKILL at each named point of the protocol, under TypeScript. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sized } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { allPeers, Driver, type Peer, removeDrivers } from './peers.js';

const peers = allPeers();
const c = peers.find(({ language }) => language === 'C') as Peer;
const typescript = peers.find(({ language }) => language === 'TypeScript') as Peer;
const header = fs.readFileSync(path.resolve(import.meta.dirname, '../../src/peers/ringwire.h'), 'utf8');
const points = [
  ...new Set([...header.matchAll(/RW_POINT\("([\w-]+)"\)/g)].map(([, name]) => name as string)),
];

const READER = ['slot-locked', 'slot-joining', 'slot-active', 'copied', 'position'];
const CREATION = ['file-built', 'file-named'];
const CLOSING = ['before-close', 'after-close'];
const LOG = points.filter((name) => name.startsWith('log-'));
const BATCH = points.filter((name) => name.startsWith('batch-'));
/** The high half of a counter changes after 2^32 words, which no test writes: the model and unit tests cover it. */
const FAR = ['counter-high', 'counter-low'];
const WRITER = points.filter(
  (name) => ![...READER, ...CREATION, ...CLOSING, ...LOG, ...BATCH, ...FAR].includes(name),
);
const VISITS = sized({ test: [9], all: [1, 9, 40], long: [1, 2, 3, 5, 8, 13, 21, 34, 55] });

const content = (n: number) => {
  const record = Buffer.alloc(28);
  record.writeUInt32LE(n);
  for (let i = 4; i < 28; i++) record[i] = (n + i) & 255;
  return record.toString('hex');
};

afterAll(removeDrivers);

/** Reads to what is published now; the numbers of the records, each verified. */
async function drain(reader: Driver): Promise<number[]> {
  const numbers: number[] = [];
  for (;;) {
    const answer = await reader.run('read');
    if (!answer.startsWith('record ')) return numbers;
    const hex = answer.slice(7);
    const number = Buffer.from(hex, 'hex').readUInt32LE();
    expect(hex).toBe(content(number));
    numbers.push(number);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.skipIf(c.command === null)('C under TypeScript', () => {
  it('every named point has a test', () => {
    expect([...WRITER, ...READER, ...CREATION, ...CLOSING, ...LOG, ...BATCH, ...FAR].sort()).toEqual(
      [...points].sort(),
    );
  });

  describe.each(WRITER)('a writer that dies at %s', (point) => {
    it.each(VISITS)('on visit %d leaves complete records, and a successor continues', async (visit) => {
      const root = memoryFolder();
      const writer = new Driver(c, root, `${point}:${visit}`);
      await writer.run('create-ring 7 8192 100 overwrite wait 5000');
      const reader = new Driver(typescript, root);
      await reader.run('open 7 oldest register');
      await writer.run('produce 0 12000 28').catch(() => 'killed');
      const successor = new Driver(typescript, root);
      expect(await successor.run('resume 7')).toBe('ok');
      const seen = await drain(reader);
      const { 5: lost } = (await reader.run('stats')).split(' ');
      expect(seen).toEqual(upTo(seen.length).map((n) => n + Number(lost)));
      const next = seen.length + Number(lost);
      await successor.run(`produce ${next} 3 28`);
      expect(await drain(reader)).toEqual([next, next + 1, next + 2]);
    });
  });

  it.each(BATCH)('a batch interrupted at %s is published completely or not at all', async (point) => {
    const root = memoryFolder();
    const writer = new Driver(c, root, `${point}:2`);
    await writer.run('create-ring 7 8192 100 overwrite wait 5000');
    for (const first of [0, 3]) {
      const batch = [first, first + 1, first + 2].map(content).join(',');
      await writer.run(`batch ${batch}`).catch(() => 'killed');
    }
    const reader = new Driver(typescript, root);
    await reader.run('open 7 oldest register');
    expect(await drain(reader)).toEqual(upTo(point === 'batch-after-commit' ? 6 : 3));
  });

  it.each(LOG)('a log writer that dies at %s leaves complete records', async (point) => {
    const root = memoryFolder();
    const writer = new Driver(c, root, `${point}:5`);
    await writer.run('create-log 7 16384 100');
    await writer.run('produce 0 9 28').catch(() => 'killed');
    const reader = new Driver(typescript, root);
    await reader.run('open 7 oldest register');
    expect(await drain(reader)).toEqual(upTo(point === 'log-after-commit' ? 5 : 4));
    expect(await reader.run('alive')).toBe('alive 0');
  });

  it.each(CREATION)('a creator that dies at %s leaves no incomplete ring', async (point) => {
    const root = memoryFolder();
    const writer = new Driver(c, root, `${point}:1`);
    await writer.run('create-ring 7 1024 100 overwrite wait 5000').catch(() => 'killed');
    const reader = new Driver(typescript, root);
    expect(await reader.run('open 7 oldest register')).toMatch(/^error STORAGE_NOT_(FOUND|READY)$/);
  });

  it.each(CLOSING)(
    'a writer that dies at %s has closed the ring, or a successor can resume it',
    async (point) => {
      const root = memoryFolder();
      const writer = new Driver(c, root, `${point}:1`);
      await writer.run('create-ring 7 1024 100 overwrite wait 5000');
      await writer.run('produce 0 3 20');
      await writer.run('close').catch(() => 'killed');
      const successor = new Driver(typescript, root);
      expect(await successor.run('resume 7')).toBe(point === 'after-close' ? 'error CLOSED' : 'ok');
    },
  );

  it.each(READER)('a reader that dies at %s does not block its writer', async (point) => {
    const root = memoryFolder();
    const writer = new Driver(typescript, root);
    await writer.run('create-ring 7 1024 100 back-pressure wait 5000');
    await writer.run('produce 0 5 20');
    const reader = new Driver(c, root, `${point}:1`);
    const read = await reader.run('open 7 oldest register').catch(() => 'killed');
    if (read === 'ok') await reader.run('read').catch(() => 'killed');
    expect(await writer.run('produce 5 200 20')).toBe('ok');
  });
});

if (c.command === null) it('C takes part', (test) => test.skip(c.missing));
