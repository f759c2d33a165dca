// The peer of the conformance suite in TypeScript; see protocol.md.
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import {
  channelKind,
  openReader,
  RingReader,
  RingWriter,
  RingwireError,
  ShmWriter,
  TickUnit,
} from 'ringwire';

const root = /** @type {string} */ (process.argv[2]);
const shared = { writerId: 0, timeout: 10_000, tickUnit: TickUnit.Millis };
/** @type {import('ringwire').Writer | undefined} */
let writer;
/** @type {import('ringwire').Reader | undefined} */
let reader;

/** @param {string} [text] */
const bytes = (text = '') => Buffer.from(text, 'hex');

/** @param {number} number @param {number} length */
function content(number, length) {
  const record = Buffer.alloc(length);
  record.writeUInt32LE(number);
  for (let i = 4; i < length; i++) record[i] = (number + i) & 255;
  return record;
}

const lost = () => reader.losses?.records ?? 0;

/** @param {number} first @param {number} count @param {number} length */
async function produce(first, count, length) {
  for (let number = first; number < first + count; number++) {
    const record = content(number, length);
    while (writer.tryWrite(record) === -2) await pause(0);
    if (number % 4096 === 0) await pause(0);
  }
  return 'ok';
}

/** @param {number} count */
async function consume(count) {
  let got = 0;
  while (got + lost() < count && reader.endReason === null) {
    const record = reader.tryRead();
    if (record === null) await pause(0);
    else if (record.equals(content(got + lost(), record.length))) got++;
    else return 'error MISMATCH';
  }
  return `consumed ${got} ${lost()} ${reader.endReason?.code ?? '-'}`;
}

/** @type {Record<string, (...args: string[]) => string | Promise<string>>} */
const operations = {
  'create-ring': (id, capacity, longest, policy, stuckReader, after) => {
    const sizes = { capacity: Number(capacity), maxMessageLength: Number(longest) };
    const options = {
      ...shared,
      channelId: Number(id),
      ...sizes,
      policy,
      stuckReader,
      stuckAfterMs: Number(after),
    };
    writer = RingWriter.create(root, /** @type {never} */ (options));
    return 'ok';
  },
  'create-log': (id, capacity, longest) => {
    const sizes = { capacity: Number(capacity), maxMessageLength: Number(longest) };
    writer = ShmWriter.create(root, { ...shared, channelId: Number(id), ...sizes });
    return 'ok';
  },
  resume: (id) => {
    writer = RingWriter.resume(root, Number(id));
    return 'ok';
  },
  write: (hex) => `taken ${hex === undefined ? writer.heartbeat() : writer.write(bytes(hex))}`,
  claim: (hex) => {
    const data = bytes(hex);
    const at = writer.tryClaim(data.length);
    data.copy(writer.buffer, at);
    return `taken ${writer.commit()}`;
  },
  batch: (list) => `taken ${writer.writeBatch(list.split(',').map(bytes))}`,
  heartbeat: () => `taken ${writer.heartbeat()}`,
  flush: () => done(writer.flush()),
  detach: () => done(writer.detach()),
  close: () => done(writer.close()),
  produce: (first, count, length) => produce(Number(first), Number(count), Number(length)),
  open: (id, from, how) => {
    const common = { timeout: /** @type {const} */ ('never') };
    reader =
      channelKind(root, Number(id)) === 'log'
        ? openReader(root, Number(id), common)
        : RingReader.open(root, Number(id), { ...common, from, observe: how === 'observe', name: 'peer' });
    return 'ok';
  },
  read: () => {
    try {
      const record = reader.tryRead();
      if (record !== null) return `record ${record.toString('hex')}`;
    } catch (error) {
      if (error !== reader.endReason) throw error;
    }
    return reader.endReason === null ? 'nothing' : `end ${reader.endReason.code}`;
  },
  consume: (count) => consume(Number(count)),
  stats: () => {
    const { position, sequence = 0, heartbeats, epoch = 0, losses = { records: 0, bytes: 0 } } = reader;
    return `stats ${position} ${sequence} ${heartbeats} ${epoch} ${losses.records} ${losses.bytes}`;
  },
  alive: () => `alive ${Number(reader.writerAlive)}`,
  'close-reader': () => done(reader.close()),
};

/** @param {void} _ */
const done = (_) => 'ok';

for await (const line of createInterface({ input: process.stdin })) {
  const [operation, ...args] = line.trim().split(' ');
  let answer;
  try {
    answer = await operations[operation](...args);
  } catch (error) {
    if (!(error instanceof RingwireError)) throw error;
    answer = `error ${error.code}`;
  }
  process.stdout.write(`${answer}\n`);
}
