/** docs/comparison.md names only what exists here. */
import { expect, it, test } from 'vitest';
import * as ringwire from '../../src/index.js';
import { ShmReader, ShmWriter, TickUnit, WriteResult } from '../../src/index.js';
import * as kekbit from '../../src/kekbit/index.js';
import { temporaryFolder } from '../temporary.js';
import { read } from './documents.js';

const page = read('docs/comparison.md');
const features = page.slice(page.indexOf('## Features'), page.indexOf('Added here'));
const rows = [...features.matchAll(/^\| (?!feature|---)([^|]+)\|([^|]+)\|(.+)\|$/gm)].map((row) => ({
  feature: row[1]?.trim() ?? '',
  here: row[3] ?? '',
}));

/** Options, values and members that are no exports. */
const OTHERS = new Set(['timeout', 'final', 'never', 'plain', 'record', 'nothing', 'failed', 'using']);
/** Members of the original that the page names to say that they are not here. */
const NOT_HERE = new Set(['handle']);

function exists(name: string): boolean {
  const [first = '', member] = name.split('.');
  const owners = [ringwire.ShmWriter, ringwire.ShmReader, ringwire.RetryWriter, ringwire.SequenceHandler];
  const exported: Record<string, unknown> = { ...ringwire, ...kekbit };
  if (member !== undefined) return member in (exported[first] as object);
  return first in exported || owners.some((owner) => first in owner.prototype) || OWN_FIELDS.has(first);
}

/** Own fields of readers, writers and handlers. */
const OWN_FIELDS = new Set([
  'header',
  'heartbeats',
  'incoming',
  'encodable',
  'raw',
  'utf8',
  'json',
  'msgpack',
]);

it.each(rows)('$feature', ({ here }) => {
  const names = [...here.matchAll(/`([A-Za-z][\w.]*)(?:\(\))?`/g)].map((match) => match[1] as string);
  for (const name of names) {
    if (!OTHERS.has(name) && !NOT_HERE.has(name)) expect(exists(name), name).toBe(true);
  }
});

test('available is 16 bytes less than in the original, whose writers use the whole capacity', () => {
  using writer = ShmWriter.create(temporaryFolder(), options());
  expect(writer.available).toBe(writer.header.capacity - 16);
});

test('an empty record is a heartbeat: counted, not delivered', () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, options());
  expect(writer.write(Buffer.alloc(0))).toBe(8);
  using reader = ShmReader.open(root, 1);
  expect([reader.tryRead(), reader.heartbeats]).toEqual([null, 1]);
});

test('the data area of a file is whole: a full channel holds what its writer wrote', () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, options());
  let records = 0;
  while (writer.tryWrite(Buffer.alloc(100)) !== WriteResult.ChannelFull) records++;
  using reader = ShmReader.open(root, 1);
  expect(reader.poll(() => {})).toBe(records);
});

function options() {
  return {
    channelId: 1,
    writerId: 1,
    capacity: 16_384,
    maxMessageLength: 100,
    timeout: 1,
    tickUnit: TickUnit.Secs,
  };
}
