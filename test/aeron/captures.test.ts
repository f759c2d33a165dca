import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { describe, expect, test } from 'vitest';
import { BroadcastReceiver } from '../../src/aeron/client/conductor/broadcast.js';
import { CommandRing } from '../../src/aeron/client/conductor/command-ring.js';
import { CncFile } from '../../src/aeron/client/monitoring/cnc-file.js';
import { CountersReader } from '../../src/aeron/client/monitoring/counters-reader.js';
import { readErrorLog } from '../../src/aeron/client/monitoring/error-log.js';
import { readLossReport } from '../../src/aeron/client/monitoring/loss-report.js';
import { Section } from '../../src/aeron/client/section.js';
import { decodeCncHeader } from '../../src/aeron/layout/cnc-layout.js';
import * as commands from '../../src/aeron/layout/command-layouts.js';
import { decodeFrame } from '../../src/aeron/layout/frame-layout.js';
import { decodeLogMetadata, decodeRawTail, encodeLogMetadata } from '../../src/aeron/layout/log-layout.js';
import { RESPONSES } from '../../src/aeron/layout/response-layouts.js';
import { capture, expectation } from './vectors.js';

const CNC = [
  'cnc-fresh',
  'cnc-ipc-exclusive',
  'cnc-udp',
  'cnc-errors',
  'cnc-counters',
  'cnc-commands-pending',
  'cnc-after-commands',
];
const LOGS = [
  'ipc-exclusive',
  'ipc-exclusive-consumed',
  'ipc-shared-before-rotation',
  'ipc-shared-after-rotation',
  'ipc-shared-after-many-terms',
  'udp-publication',
  'udp-image',
];

interface CapturedFrame {
  offset: number;
  frameLength?: number;
  [field: string]: unknown;
}
type LossField =
  | 'observationCount'
  | 'totalBytesLost'
  | 'firstObservationMs'
  | 'lastObservationMs'
  | 'sessionId'
  | 'streamId'
  | 'channel'
  | 'source';

/** JSON as the captures spell it: 64-bit numbers as texts, bytes as hex. */
function spelled(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, v) =>
      typeof v === 'bigint' ? String(v) : v?.type === 'Buffer' ? Buffer.from(v.data).toString('hex') : v,
    ),
  );
}

function sectionsOf(memory: ArrayBuffer) {
  const header = decodeCncHeader(Buffer.from(memory, 0, 128), 'capture');
  const of = (name: keyof typeof header.sections) => {
    const { offset, length } = header.sections[name];
    return new Section(memory, offset, length);
  };
  return { header, of };
}

describe.each(CNC)('the capture %s', (name) => {
  const { expected } = expectation(`${name}.dat`);

  test('has the header, the ring and the broadcast buffer of the C client', () => {
    const { header, of } = sectionsOf(capture(`${name}.dat`));
    expect(header.sections.errorLog.offset).toBe(expected.header.offsets.errorLog);
    expect(header.fileLength).toBe(expected.header.offsets.fileLength);
    expect(String(header.pid)).toBe(expected.header.pid);
    expect(String(header.startTimestampMs)).toBe(expected.header.startTimestampMs);
    expect(String(header.clientLivenessTimeoutNs)).toBe(expected.header.clientLivenessTimeoutNs);
    const ring = new CommandRing(of('toDriver'));
    expect(String(ring.tail)).toBe(expected.toDriverRing.tailPosition);
    expect(String(ring.head)).toBe(expected.toDriverRing.headPosition);
    expect(String(ring.consumerHeartbeat)).toBe(expected.toDriverRing.consumerHeartbeatMs);
    expect(String(ring.nextCorrelationId())).toBe(expected.toDriverRing.correlationCounter);
  });

  test('decodes every response and encodes it to the same bytes', () => {
    const receiver = new BroadcastReceiver(sectionsOf(capture(`${name}.dat`)).of('toClients'), 0n);
    for (const message of expected.toClientsBroadcast.messages) {
      const received = receiver.receive((typeId, payload) => {
        expect(`0x${typeId.toString(16)}`).toBe(message.messageTypeId);
        expect(payload.toString('hex')).toBe(message.hex);
        const layout = RESPONSES.find((response) => response.typeId === typeId);
        expect(layout?.name).toBe(message.name);
        const values = layout?.decode(payload) as never;
        expect(message).toMatchObject(renamed(spelled(values) as Record<string, unknown>));
        expect(layout?.encode(values).toString('hex')).toBe(message.hex);
      });
      expect(received).toBe(true);
    }
    expect(receiver.receive(() => {})).toBe(false);
  });

  test('contains every counter', () => {
    const { of } = sectionsOf(capture(`${name}.dat`));
    const reader = new CountersReader(of('counterMetadata'), of('counterValues'));
    const allocated = expected.counters.filter((counter: { state: number }) => counter.state === 1);
    expect([...reader].map((counter) => counter.id)).toEqual(allocated.map((c: { id: number }) => c.id));
    for (const counter of allocated) {
      const { key, ...found } = spelled(reader.get(counter.id)) as Record<string, string>;
      expect(counter).toMatchObject(found);
      expect(key?.startsWith(counter.keyHex)).toBe(true);
    }
    for (const counter of expected.counters) expect(reader.state(counter.id)).toBe(counter.state);
  });

  test('contains every error', () => {
    const errors = readErrorLog(sectionsOf(capture(`${name}.dat`)).of('errorLog'));
    expect(errors.map((error) => error.text)).toEqual(expected.errors.map((e: { text: string }) => e.text));
  });
});

/** The capture calls two fields by other names. */
function renamed({ sourceAddress, ...values }: Record<string, unknown>): Record<string, unknown> {
  return sourceAddress === undefined ? values : { ...values, sourceAddressHex: sourceAddress };
}

test('decodes every pending command and encodes it to the same bytes', () => {
  const { expected } = expectation('cnc-commands-pending.dat');
  const ring = new CommandRing(sectionsOf(capture('cnc-commands-pending.dat')).of('toDriver'));
  const pending = [...expected.toDriverRing.pending];
  ring.read((typeId, payload) => {
    const command = pending.shift();
    expect(typeId).toBe(command.messageTypeId);
    expect(payload.toString('hex')).toBe(command.hex);
    const layout = commands.COMMANDS.find((candidate) => candidate.typeId === typeId);
    expect(layout?.name).toBe(command.name);
    const values = layout?.decode(payload) as never;
    const encoded = layout?.encode(values).toString('hex') as string;
    // The original sends a rejection with a NUL and spare bytes behind the reason.
    if (command.name === 'REJECT_IMAGE') expect(command.hex.startsWith(encoded)).toBe(true);
    else expect(encoded).toBe(command.hex);
    const { streamId, channel, label, reason } = spelled(values) as Record<string, unknown>;
    expect({ streamId, channel, label, reason }).toEqual({
      streamId: command.streamId,
      channel: command.channel,
      label: command.label,
      reason: command.reason,
    });
  });
  expect(pending).toEqual([]);
  expect(String(ring.head)).toBe(expected.toDriverRing.tailPosition);
});

test('a client writes the same bytes into the ring as the C client', () => {
  const { expected } = expectation('cnc-commands-pending.dat');
  const section = new Section(new ArrayBuffer(2 ** 20 + 768), 0, 2 ** 20 + 768);
  const original = sectionsOf(capture('cnc-commands-pending.dat')).of('toDriver');
  const head = Number(expected.toDriverRing.headPosition);
  const tail = Number(expected.toDriverRing.tailPosition);
  section.store64(2 ** 20 + 128, BigInt(head));
  section.store64(2 ** 20 + 384, BigInt(head));
  const ring = new CommandRing(section);
  for (const command of expected.toDriverRing.pending) {
    expect(ring.write(command.messageTypeId, Buffer.from(command.hex, 'hex'))).toBe(true);
  }
  expect(
    section.bytes
      .subarray(0, tail)
      .equals(Buffer.concat([Buffer.alloc(head), original.bytes.subarray(head, tail)])),
  ).toBe(true);
  expect(Number(ring.tail)).toBe(tail);
});

describe.each(LOGS)('the log %s', (name) => {
  const { expected } = expectation(`${name}.logbuffer`);

  test('has the metadata of the C client, and the encoder writes the same bytes as the driver', () => {
    const memory = capture(`${name}.logbuffer`);
    const page = Buffer.from(memory, memory.byteLength - 4096);
    const log = decodeLogMetadata(page, memory.byteLength, name);
    const { metadata } = expected;
    expect(String(log.correlationId)).toBe(metadata.correlationId);
    for (const field of [
      'initialTermId',
      'mtuLength',
      'termLength',
      'pageSize',
      'publicationWindowLength',
      'type',
    ] as const) {
      expect(log[field]).toBe(metadata[field]);
    }
    metadata.termTailCounters.forEach((tail: object, i: number) => {
      expect(decodeRawTail(page.readBigInt64LE(8 * i))).toMatchObject(tail);
    });
    const ours = encodeLogMetadata(log);
    expect(ours.subarray(256, 288).equals(page.subarray(256, 288))).toBe(true);
    expect(ours.subarray(320, 352).toString('hex')).toBe(metadata.defaultHeaderHex);
    expect(ours.subarray(448, 488).equals(page.subarray(448, 488))).toBe(true);
  });

  test('contains every frame', () => {
    const memory = capture(`${name}.logbuffer`);
    const { termLength } = expected.metadata;
    expected.terms.forEach((frames: CapturedFrame[], i: number) => {
      const term = Buffer.from(memory, i * termLength, termLength);
      for (const { flags, payloadHex, hash31, zeroedBytesBefore, ...frame } of frames) {
        if (frame.frameLength === undefined) continue;
        const found = decodeFrame(term, frame.offset);
        expect(spelled({ ...found, flags: `0x${found.flags.toString(16)}` })).toMatchObject({
          flags,
          ...frame,
        });
      }
    });
  });
});

test('the loss report contains every loss', () => {
  const { expected } = expectation('loss-report.dat');
  const memory = capture('loss-report.dat');
  const losses = readLossReport(new Section(memory, 0, memory.byteLength));
  expect(losses.map((loss) => spelled(loss))).toEqual(
    expected.entries.map((entry: Record<LossField, unknown>) => ({
      count: entry.observationCount,
      bytesLost: entry.totalBytesLost,
      firstMs: entry.firstObservationMs,
      lastMs: entry.lastObservationMs,
      sessionId: entry.sessionId,
      streamId: entry.streamId,
      channel: entry.channel,
      source: entry.source,
    })),
  );
});

test('CncFile reads a directory without a client', () => {
  const folder = tmp.dirSync({ unsafeCleanup: true });
  try {
    fs.writeFileSync(path.join(folder.name, 'cnc.dat'), Buffer.from(capture('cnc-errors.dat')));
    fs.writeFileSync(path.join(folder.name, 'loss-report.dat'), Buffer.from(capture('loss-report.dat')));
    using file = CncFile.open(folder.name);
    const { expected } = expectation('cnc-errors.dat');
    expect(String(file.driverHeartbeat)).toBe(expected.toDriverRing.consumerHeartbeatMs);
    expect(file.errors()).toHaveLength(expected.errors.length);
    expect([...file.counters]).toHaveLength(
      expected.counters.filter((c: { state: number }) => c.state === 1).length,
    );
    expect(file.losses()).toHaveLength(6);
  } finally {
    folder.removeCallback();
  }
});
