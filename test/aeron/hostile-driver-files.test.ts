/**
 * Damaged files of a driver: whatever bytes they hold, looking at them, connecting and polling end in a value or a
 * RingwireError. What could kill a process, a file that is shorter than it says, runs in a process of its own.
 */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BroadcastReceiver, BroadcastTransmitter } from '../../src/aeron/client/conductor/broadcast.js';
import { CommandRing } from '../../src/aeron/client/conductor/command-ring.js';
import { LogBuffers } from '../../src/aeron/client/log-buffers.js';
import { CountersReader } from '../../src/aeron/client/monitoring/counters-reader.js';
import { readErrorLog } from '../../src/aeron/client/monitoring/error-log.js';
import { readLossReport } from '../../src/aeron/client/monitoring/loss-report.js';
import { ExclusivePublication } from '../../src/aeron/client/publication/exclusive-publication.js';
import { Section } from '../../src/aeron/client/section.js';
import { Image } from '../../src/aeron/client/subscription/image.js';
import { Aeron, CncFile, IpcMediaDriver } from '../../src/aeron/index.js';
import { RESPONSES } from '../../src/aeron/layout/response-layouts.js';
import { RingwireError } from '../../src/platform/index.js';
import { run } from '../child.js';
import { randomFrom, SEED } from '../seed.js';
import { sized } from '../size.js';

const MUTANTS = sized({ test: 1500, all: 3000, long: 100_000 });
const TERM = 65_536;

let folder: tmp.DirResult;
beforeAll(() => {
  folder = tmp.dirSync({ unsafeCleanup: true });
});
afterAll(() => folder.removeCallback());

/** One to four words, changed to what makes trouble. */
function mutate(bytes: Buffer, from: number, to: number, random: () => number): void {
  const troubles = [0, -1, 1, 7, 31, 33, 0x7fff_ffff, -0x8000_0000, 65_536, 65_537, -32];
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    const at = from + Math.floor((random() * (to - from - 4)) / 4) * 4;
    const value =
      random() < 0.7
        ? (troubles[Math.floor(random() * troubles.length)] as number)
        : Math.floor(random() * 2 ** 32) | 0;
    bytes.writeInt32LE(value, at);
  }
}

/** Runs it; anything but a RingwireError is a failure of the test. */
function survive(what: () => void): boolean {
  try {
    what();
    return true;
  } catch (error) {
    if (error instanceof RingwireError) return false;
    throw error;
  }
}

test(`${MUTANTS} damaged logs are refused, or polled and written without an access outside their terms`, () => {
  const directory = path.join(folder.name, 'logs');
  fs.mkdirSync(directory);
  const good = path.join(directory, 'good.logbuffer');
  fs.writeFileSync(good, soundLog());
  const log = LogBuffers.open(good);
  const original = Buffer.from(log.bytes);
  const random = randomFrom(SEED + 1);
  const outcomes = { sound: 0, refused: 0 };
  const slot = () => {
    const memory = new ArrayBuffer(128);
    return { i32: new Int32Array(memory), i64: new BigInt64Array(memory), index: 0 };
  };
  for (let n = 0; n < MUTANTS; n++) {
    original.copy(log.bytes);
    // The frames, the tails, the rest of the metadata.
    if (n % 2 === 0) mutate(log.bytes, 0, 512, random);
    else mutate(log.bytes, 3 * TERM, 3 * TERM + 32, random);
    let inside = true;
    const counter = slot();
    counter.i64[0] = BigInt(Math.floor(random() * 4)) * 32n * 1024n;
    const poll = (work: (image: Image) => void) => {
      const made = survive(() => {
        const image = new Image({
          correlationId: 1n,
          sessionId: 1,
          sourceIdentity: 'x',
          log,
          counter,
          subscription: { channel: 'aeron:ipc', streamId: 1, registrationId: 1n, isClosed: false },
          counterRegistrationId: 0n,
          subscriberPositionId: 0,
        });
        for (let i = 0; i < 50; i++) work(image);
      });
      outcomes[made ? 'sound' : 'refused']++;
    };
    const check = (_: Buffer, at: number, length: number) => {
      const term = Math.floor(at / TERM);
      inside &&= length >= 0 && term < 3 && at + length <= (term + 1) * TERM;
    };
    poll((image) => image.poll(check, 10));
    poll((image) => image.controlledPoll(check, 10));
    poll((image) => image.blockPoll((b, at, length) => check(b, at, length), 4096));
    survive(() => {
      const limit = slot();
      limit.i64[0] = 2n ** 40n;
      const publication = new ExclusivePublication({
        channel: 'aeron:ipc',
        log,
        registrationId: 1n,
        originalRegistrationId: 1n,
        limit,
        limitCounterId: 0,
        channelStatusId: -1,
        release: () => {},
      });
      for (let i = 0; i < 20; i++) publication.offer(Buffer.alloc(100));
    });
    expect(inside).toBe(true);
  }
  expect(outcomes.sound).toBeGreaterThan(MUTANTS / 10);
  expect(outcomes.refused).toBeGreaterThan(MUTANTS / 100);
  log.close();
}, 600_000);

/** What a driver makes, with messages in it. */
function soundLog(): Buffer {
  const bytes = Buffer.alloc(3 * TERM + 4096);
  const page = bytes.subarray(3 * TERM);
  page.writeBigInt64LE(512n, 0);
  page.writeBigInt64LE(-2n << 32n, 8);
  page.writeBigInt64LE(-1n << 32n, 16);
  page.writeBigInt64LE(1n, 256);
  page.writeInt32LE(32, 268);
  page.writeInt32LE(1408, 272);
  page.writeInt32LE(TERM, 276);
  page.writeInt32LE(4096, 280);
  for (let at = 0; at < 512; at += 64) {
    bytes.writeInt32LE(60, at);
    bytes.writeInt32LE((1 << 16) | 0xc000, at + 4);
    bytes.writeInt32LE(at, at + 8);
  }
  return bytes;
}

test(`${MUTANTS} damaged metadata pages are refused before the log is mapped, or mapped with valid lengths`, () => {
  const file = path.join(folder.name, 'metadata.logbuffer');
  const sound = soundLog();
  const random = randomFrom(SEED + 2);
  let refused = 0;
  for (let n = 0; n < MUTANTS / 10; n++) {
    const bytes = Buffer.from(sound);
    mutate(bytes, 3 * TERM + 256, 3 * TERM + 288, random);
    fs.writeFileSync(file, bytes);
    if (!survive(() => LogBuffers.open(file).close())) refused++;
  }
  expect(refused).toBeGreaterThan(MUTANTS / 40);
  for (const length of [0, 1, 4095, 4096, TERM, 3 * TERM, 3 * TERM + 4095, 3 * TERM + 8192]) {
    fs.writeFileSync(file, Buffer.concat([sound, Buffer.alloc(8192)]).subarray(0, length));
    expect(() => LogBuffers.open(file)).toThrow(RingwireError);
  }
});

test(`${MUTANTS} damaged broadcast buffers are read to the end, each record whole or skipped`, () => {
  const section = new Section(new ArrayBuffer(4096 + 128), 0, 4096 + 128);
  const transmitter = new BroadcastTransmitter(section);
  for (let n = 0; n < 100; n++) transmitter.transmit(0xf01, Buffer.alloc(n % 50, n));
  const original = Buffer.from(section.bytes);
  const random = randomFrom(SEED + 3);
  let damages = 0;
  for (let n = 0; n < MUTANTS; n++) {
    original.copy(section.bytes);
    const from = section.load64(4096 + 16) - 1000n;
    mutate(section.bytes, n % 3 === 0 ? 4096 : 0, n % 3 === 0 ? 4096 + 24 : 4096, random);
    const receiver = new BroadcastReceiver(section, from);
    for (let i = 0; i < 200; i++) {
      receiver.receive((typeId, payload) => {
        expect(payload.length).toBeLessThanOrEqual(4096);
        for (const layout of RESPONSES) if (layout.typeId === typeId) layout.decode(payload);
      });
    }
    damages += receiver.damages + receiver.laps;
  }
  expect(damages).toBeGreaterThan(0);
});

test(`${MUTANTS} mutated sections of cnc.dat are read without a crash: command ring, counters, errors, losses`, () => {
  const ringLength = 4096 + 768;
  const ring = new Section(new ArrayBuffer(ringLength), 0, ringLength);
  const metadata = new Section(new ArrayBuffer(16 * 512), 0, 16 * 512);
  const values = new Section(new ArrayBuffer(16 * 128), 0, 16 * 128);
  const random = randomFrom(SEED + 4);
  for (let n = 0; n < MUTANTS; n++) {
    ring.bytes.fill(0);
    const commands = new CommandRing(ring);
    for (let i = 0; i < 10; i++) commands.write(1, Buffer.alloc(40));
    mutate(ring.bytes, 0, n % 2 === 0 ? 480 : ringLength, random);
    survive(() => {
      commands.read((_, payload) => expect(payload.length).toBeLessThanOrEqual(4096), 100);
      commands.unblock();
      commands.write(1, Buffer.alloc(40));
    });
    metadata.bytes.fill(0);
    for (let id = 0; id < 8; id++) metadata.store32(id * 512, 1);
    mutate(metadata.bytes, 0, 16 * 512, random);
    for (const counter of new CountersReader(metadata, values))
      expect(counter.label.length).toBeLessThan(381);
    mutate(values.bytes, 0, 2048, random);
    readErrorLog(values);
    readLossReport(values);
  }
});

test('a client reports damaged responses and continues', async () => {
  const directory = path.join(folder.name, 'live');
  using driver = IpcMediaDriver.start({ directory, useInvoker: true, counterValuesLength: 2 ** 16 });
  driver.doWork();
  using aeron = await Aeron.connect({ directory, useInvoker: true });
  const errors: Error[] = [];
  aeron.on('error', (error) => errors.push(error));
  const file = path.join(directory, 'cnc.dat');
  const toClients = CncFile.open(directory).header.sections.toClients;
  const fd = fs.openSync(file, 'r+');
  const broken = Buffer.alloc(8);
  broken.writeInt32LE(-5, 0);
  fs.writeSync(fd, broken, 0, 8, toClients.offset);
  const trailer = Buffer.alloc(24);
  trailer.writeBigInt64LE(64n, 0);
  trailer.writeBigInt64LE(64n, 8);
  fs.writeSync(fd, trailer, 0, 24, toClients.offset + toClients.length - 128);
  fs.closeSync(fd);
  aeron.doWork();
  expect(errors.map(({ message }) => message)).toEqual(['skipped a damaged response of the driver']);
  const counter = aeron.asyncAddCounter(1001, 'still here');
  driver.doWork();
  aeron.doWork();
  expect(counter.poll()).not.toBe(null);
});

describe('a truncated cnc.dat, or one with invalid lengths', () => {
  test('does not crash the process that opens it', async () => {
    const directory = path.join(folder.name, 'cut');
    using driver = IpcMediaDriver.start({ directory, useInvoker: true, counterValuesLength: 2 ** 16 });
    driver.doWork();
    const script = path.join(import.meta.dirname, 'processes/open-damaged.mjs');
    const count = MUTANTS / 10;
    const args = [script, directory, path.join(folder.name, 'copy'), String(count)];
    const { stdout, code, signal, stderr } = await run(process.execPath, args);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    const { opened, refused } = JSON.parse(stdout);
    expect(opened + refused).toBe(count);
    expect(refused).toBeGreaterThan(count / 4);
  }, 600_000);
});
