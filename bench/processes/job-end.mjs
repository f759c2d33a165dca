// @ts-check
/**
 * One end of a job (jobs.mjs) over a ring or over a Unix socket. `write` sends the records, `read` checks each of them;
 * `ask` and `answer` exchange one record at a time without blocking their event loops.
 */
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BusySpinIdle, DoorbellIdle, RingReader, RingWriter, TickUnit } from 'ringwire';
import { JOBS } from '../jobs.mjs';
import { stampedRecord, Verifier } from '../record-content.mjs';
import { percentile } from '../statistics.mjs';
import { parameters, report } from './channel-options.mjs';

const { root, transport, role, job: name, records, warmup, capacity } = parameters();
const THERE = 1;
const BACK = 2;
const LENGTH = 64;
/** Bytes that are collected for one write to the socket, and bytes of the length before each record. */
const BATCH = 64 * 1024;
const PREFIX = 4;
/** Records that the writer of a ring publishes at once. */
const STAGED = 16;
const address = path.join(root, 'socket');
const idle = new BusySpinIdle();

/** @param {number} channelId @param {number} most bytes of a record */
const createRing = (channelId, most) =>
  RingWriter.create(root, {
    ...{ writerId: 1, channelId, capacity, maxMessageLength: most, prefault: true },
    ...{ timeout: 60, tickUnit: TickUnit.Secs, policy: /** @type {const} */ ('back-pressure') },
  });

/** Counts and times the records of this end. */
class Received {
  count = 0;
  started = 0;
  job = /** @type {() => import('../jobs.mjs').Job} */ (JOBS[name])();
  /** @type {import('ringwire').RecordHandler} */
  take = (buffer, offset, length) => {
    if (!this.job.check(this.count, buffer, offset, length))
      throw new Error(`record ${this.count} is damaged`);
    if (++this.count === warmup) this.started = performance.now();
  };
  report() {
    report({ nanos: (performance.now() - this.started) * 1e6, verified: this.count });
  }
}

/** How each job writes to a ring: strings, several staged records at once, or one claimed record. */
const writeWays = {
  /** @param {RingWriter} writer @param {(n: number) => string} text */
  text(writer, text) {
    for (let n = 0; n < records; n++) {
      const line = text(n);
      while (writer.tryWriteUtf8(line) < 0) idle.idle(0);
    }
  },
  /** @param {RingWriter} writer @param {import('../jobs.mjs').Job} job */
  staged(writer, { most, encode }) {
    for (let n = 0; n < records; ) {
      for (let staged = 0; staged < STAGED && n < records; ) {
        const offset = writer.stage(most);
        if (offset >= 0) {
          encode(n++, writer.buffer, offset);
          staged++;
        } else if (staged > 0) break;
        else idle.idle(0);
      }
      writer.publish();
    }
  },
  /** @param {RingWriter} writer @param {import('../jobs.mjs').Job} job */
  claimed(writer, { most, encode }) {
    for (let n = 0; n < records; n++) {
      let offset = writer.tryClaim(most);
      while (offset < 0) {
        idle.idle(0);
        offset = writer.tryClaim(most);
      }
      writer.commit(encode(n, writer.buffer, offset));
    }
  },
};

const overRing = {
  write() {
    const job = /** @type {() => import('../jobs.mjs').Job} */ (JOBS[name])();
    const writer = createRing(THERE, job.most);
    while (writer.readers.length === 0) idle.idle(0);
    if (job.text !== undefined) writeWays.text(writer, job.text);
    else if (job.staged === true) writeWays.staged(writer, job);
    else writeWays.claimed(writer, job);
    writer.close();
    report({});
  },
  async read() {
    const reader = await RingReader.waitFor(root, THERE, { timeoutMs: 30_000 });
    const received = new Received();
    while (received.count < records) idle.idle(reader.poll(received.take));
    received.report();
    reader.close();
  },
  async ask() {
    const writer = createRing(THERE, LENGTH);
    const reader = await RingReader.waitFor(root, BACK, { timeoutMs: 30_000 });
    while (writer.readers.length === 0) await delay(1);
    const verifier = new Verifier(LENGTH);
    const wait = new DoorbellIdle(reader);
    await exchange(async (record, n) => {
      writer.write(record);
      while (verifier.count <= n) await wait.idleAsync(reader.poll(verifier.onRecord, 1));
    });
    writer.close();
  },
  async answer() {
    const writer = createRing(BACK, LENGTH);
    const reader = await RingReader.waitFor(root, THERE, { timeoutMs: 30_000 });
    const wait = new DoorbellIdle(reader);
    const verifier = new Verifier(LENGTH);
    const { record, stamp } = stampedRecord(LENGTH);
    while (verifier.count < records) {
      const before = verifier.count;
      await wait.idleAsync(reader.poll(verifier.onRecord, 1));
      if (verifier.count === before) continue;
      stamp(before);
      writer.write(record);
    }
    report({});
  },
};

const overSocket = {
  async write() {
    const { most, encode } = /** @type {() => import('../jobs.mjs').Job} */ (JOBS[name])();
    const socket = await dial();
    for (let n = 0; n < records; ) {
      const batch = Buffer.allocUnsafe(Math.max(BATCH, PREFIX + most));
      let at = 0;
      while (n < records && at + PREFIX + most <= batch.length) {
        const length = encode(n++, batch, at + PREFIX);
        batch.writeUInt32LE(length, at);
        at += PREFIX + length;
      }
      if (!socket.write(batch.subarray(0, at))) await once(socket, 'drain');
    }
    socket.end();
    report({});
  },
  async read() {
    const socket = await accept();
    const received = new Received();
    await readRecords(socket, received.take, () => received.count >= records);
    received.report();
  },
  async ask() {
    const socket = await dial();
    const verifier = new Verifier(LENGTH);
    /** @type {() => void} */
    let arrived = () => {};
    void readRecords(socket, (...record) => {
      verifier.onRecord(...record);
      arrived();
    });
    await exchange(
      (record) =>
        new Promise((/** @type {(value: void) => void} */ resolve) => {
          arrived = resolve;
          socket.write(prefixed(record));
        }),
    );
    socket.end();
  },
  async answer() {
    const socket = await accept();
    const verifier = new Verifier(LENGTH);
    const { record, stamp } = stampedRecord(LENGTH);
    await readRecords(socket, (...received) => {
      stamp(verifier.count);
      verifier.onRecord(...received);
      socket.write(prefixed(record));
    });
    report({});
  },
};

/** @param {Buffer} record */
function prefixed(record) {
  const bytes = Buffer.allocUnsafe(PREFIX + record.length);
  bytes.writeUInt32LE(record.length);
  bytes.set(record, PREFIX);
  return bytes;
}

/** Times one exchange after the other. @param {(record: Buffer, n: number) => Promise<void>} once */
async function exchange(once) {
  const { record, stamp } = stampedRecord(LENGTH);
  const micros = new Float64Array(records);
  for (let n = 0; n < records; n++) {
    const start = performance.now();
    stamp(n);
    await once(record, n);
    micros[n] = (performance.now() - start) * 1000;
  }
  const kept = micros.subarray(warmup);
  report({ p50: percentile(kept, 0.5), p99: percentile(kept, 0.99), verified: records });
}

async function accept() {
  const server = net.createServer().listen(address);
  const [socket] = await once(server, 'connection');
  server.close();
  return /** @type {net.Socket} */ (socket);
}

async function dial() {
  for (;;) {
    const socket = net.connect(address);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      await delay(5);
    }
  }
}

/**
 * Splits what arrives into records. Ends with the stream, or when `done`.
 * @param {net.Socket} socket @param {import('ringwire').RecordHandler} take @param {() => boolean} [done]
 */
async function readRecords(socket, take, done = () => false) {
  /** @type {Buffer[]} */
  let gathered = [];
  let bytes = 0;
  let wanted = PREFIX;
  for await (const chunk of socket) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) continue;
    const all = gathered.length === 1 ? chunk : Buffer.concat(gathered);
    let at = 0;
    wanted = PREFIX;
    while (at + PREFIX <= all.length) {
      const length = all.readUInt32LE(at);
      if (at + PREFIX + length > all.length) {
        wanted = PREFIX + length;
        break;
      }
      take(all, at + PREFIX, length, 0);
      at += PREFIX + length;
    }
    gathered = at === all.length ? [] : [all.subarray(at)];
    bytes = all.length - at;
    if (done()) return;
  }
}

const ends = transport === 'ring' ? overRing : overSocket;
await ends[/** @type {keyof typeof overRing} */ (role)]();
