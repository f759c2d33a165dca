/** Files of kekbit: each is read as specified, and the same calls reproduce the same bytes. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ShmReader, ShmWriter, TickUnit } from '../../../src/channel/index.js';
import {
  availableBackends,
  type BackendName,
  ManualClock,
  type RingwireError,
} from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';
import { readJson, vectorsFolder } from '../../vectors.js';

interface Entry {
  name: string;
  file: string;
  channel_id: string;
  ours: {
    open: string;
    layout?: string;
    records?: number;
    heartbeats?: number;
    end?: string;
    end_pos?: number;
  };
}

interface Vector {
  created_with: {
    channel_id: string;
    capacity_hint: number;
    max_msg_len_hint: number;
    timeout: string;
    tick: 'secs' | 'millis' | 'micros' | 'nanos';
    writer_id: string;
  };
  metadata: {
    writer_id: string;
    channel_id: string;
    capacity: number;
    max_msg_len: number;
    timeout: string;
    creation_time: string;
    tick_id: 0 | 3 | 6 | 9;
  };
  records: { pos: number; len: number; hex: string }[];
  end: string;
  end_pos: number;
}

const folder = vectorsFolder('kekbit');
const entries = readJson<{ vectors: Entry[] }>(path.join(folder, 'index.json')).vectors;
const vectorOf = (name: string) => readJson<Vector>(path.join(folder, name, 'vector.json'));

const screaming = (name: string) => name.replace(/(?<=.)([A-Z])/g, '_$1').toUpperCase();

/** Reads to the end; the code of what was thrown, or of `endReason`, or 'nothing'. */
function readAll(reader: ShmReader) {
  const records: { pos: number; hex: string }[] = [];
  let end = 'nothing';
  try {
    while (
      reader.poll((buffer, offset, length, position) => {
        records.push({ pos: position, hex: buffer.toString('hex', offset, offset + length) });
      }) > 0
    );
    if (reader.endReason !== null) end = reader.endReason.code;
  } catch (error) {
    end = (error as RingwireError).code;
  }
  return { records, end };
}

const ENDS: Record<string, string> = {
  closed: 'CLOSED',
  nothing: 'nothing',
  failed: 'CORRUPT_CHANNEL',
  truncated: 'STORAGE_TRUNCATED',
};

function answerOf(entry: Entry, backend: BackendName): void {
  const root = path.join(folder, entry.name);
  const open = () =>
    ShmReader.open(root, BigInt(entry.channel_id), { backend, timeout: 'never', clock: new ManualClock() });
  const { ours } = entry;
  if (ours.open !== 'ok') {
    expect(open).toThrowError(expect.objectContaining({ code: screaming(ours.open) }));
    return;
  }
  const vector = vectorOf(entry.name);
  using reader = open();
  const { metadata } = vector;
  expect(reader.header).toMatchObject({
    writerId: BigInt(metadata.writer_id),
    channelId: BigInt(metadata.channel_id),
    capacity: metadata.capacity,
    maxMessageLength: metadata.max_msg_len,
    timeout: BigInt(metadata.timeout),
    creationTime: BigInt(metadata.creation_time),
    tickUnit: metadata.tick_id,
  });
  const { records, end } = readAll(reader);
  expect({
    layout: reader.layout,
    records: records.length,
    heartbeats: reader.heartbeats,
    end,
    end_pos: reader.position,
  }).toEqual({
    layout: ours.layout,
    records: ours.records,
    heartbeats: ours.heartbeats,
    end: ENDS[ours.end as string],
    end_pos: ours.end_pos,
  });
  const listed = vector.records.filter(({ len, pos }) => len > 0 && pos < (ours.end_pos as number));
  expect(records).toEqual(listed.map(({ pos, hex }) => ({ pos, hex })));
}

/** Vectors whose calls our writer would take: sound, no byte in the last 16 of the data area, no residue. */
function writable(entry: Entry): boolean {
  if (entry.ours.open !== 'ok' || !['closed', 'nothing'].includes(entry.ours.end as string)) return false;
  if (!/^(old|new|portable|heartbeat)-/.test(entry.name)) return false;
  const { end_pos, metadata } = vectorOf(entry.name);
  return end_pos <= metadata.capacity - 16;
}

function writtenAgain(entry: Entry, backend: BackendName): void {
  const { created_with: hints, metadata, records, end } = vectorOf(entry.name);
  const heartbeatFirst = /^(old|heartbeat)-/.test(entry.name);
  const root = temporaryFolder();
  const nanosPerTick = 10n ** BigInt(9 - metadata.tick_id);
  const writer = ShmWriter.create(root, {
    writerId: BigInt(hints.writer_id),
    channelId: BigInt(hints.channel_id),
    capacity: hints.capacity_hint,
    maxMessageLength: hints.max_msg_len_hint,
    timeout: BigInt(hints.timeout),
    tickUnit: {
      secs: TickUnit.Secs,
      millis: TickUnit.Millis,
      micros: TickUnit.Micros,
      nanos: TickUnit.Nanos,
    }[hints.tick],
    profile: heartbeatFirst ? 'heartbeat' : 'portable',
    backend,
    clock: new ManualClock(BigInt(metadata.creation_time) * nanosPerTick),
  });
  for (const { pos, len, hex } of heartbeatFirst ? records.slice(1) : records) {
    expect(writer.writeOffset).toBe(pos);
    expect(writer.write(Buffer.from(hex, 'hex'))).toBe(Math.ceil((len + 8) / 8) * 8);
  }
  if (end === 'CLOSE') writer.close();
  const theirs = fs.readFileSync(path.join(folder, entry.file));
  const ours = fs.readFileSync(writer.path);
  writer.close();
  // A file of the original is shorter than ours and does not contain the end of its data area.
  expect(ours.length).toBe(1024 + metadata.capacity + 32);
  expect(ours.subarray(0, theirs.length).equals(theirs)).toBe(true);
  expect(ours.subarray(theirs.length).every((byte) => byte === 0)).toBe(true);
}

describe.each(availableBackends())('kekbit vectors with %s', (backend) => {
  it('are complete', () => {
    expect(entries.length).toBeGreaterThanOrEqual(50);
    expect(entries.filter(writable).length).toBeGreaterThanOrEqual(25);
  });

  it.each(entries)('$name is read as specified', (entry) => answerOf(entry, backend));

  it.each(entries.filter(writable))('$name is reproduced byte for byte', (entry) =>
    writtenAgain(entry, backend),
  );
});
