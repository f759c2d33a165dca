// @ts-check
/** One side of the suite `nats`: `relay` or `bare` publishes records to a stream; `latency` measures single records. */
import { jetstream } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { RingWriter, ShmWriter, TickUnit } from 'ringwire';
import { relayToJetStream } from 'ringwire/relay';

/** @type {{ role: string, servers: string, stream: string, folder: string, length: number, records: number }} */
const { role, servers, stream, folder, length, records } = JSON.parse(process.argv[2] ?? '{}');
const subject = `${stream}.a`;
const IN_FLIGHT = 4096;
const IN_FLIGHT_BYTES = 8 * 2 ** 20;
const channel = { channelId: 1, writerId: 1, timeout: 60, tickUnit: TickUnit.Secs };

/** @param {number} n */
function record(n) {
  const bytes = Buffer.alloc(length, n & 255);
  bytes.writeDoubleLE(n);
  return bytes;
}

async function relay() {
  const capacity = 2 ** Math.max(24, Math.ceil(Math.log2(records * (length + 16) + 65_536)));
  const writer = ShmWriter.create(folder, { ...channel, capacity, maxMessageLength: length + 64 });
  for (let n = 0; n < records; n++) writer.write(record(n));
  writer.close();
  const start = process.hrtime.bigint();
  const { acknowledged } = await relayToJetStream({ root: folder, channelId: 1, servers, stream, subject });
  if (acknowledged !== records) throw new Error(`${acknowledged} of ${records} acknowledged`);
  return Number(process.hrtime.bigint() - start);
}

async function bare() {
  const bytes = Array.from({ length: 256 }, (_, n) => record(n));
  // Connecting counts on both sides.
  const start = process.hrtime.bigint();
  const connection = await connect({ servers, noAsyncTraces: true });
  const client = jetstream(connection);
  const most = Math.max(1, Math.min(IN_FLIGHT, Math.floor(IN_FLIGHT_BYTES / length)));
  /** @type {Promise<unknown>[]} */
  let flight = [];
  for (let n = 0; n < records; n++) {
    const data = Buffer.from(bytes[n & 255] ?? '');
    data.writeDoubleLE(n);
    flight.push(client.publish(subject, data, { msgID: `bare:${n}` }));
    // Half of the window is waited for while the other half is in flight.
    if (flight.length >= most) await Promise.all(flight.splice(0, Math.ceil(most / 2)));
  }
  await Promise.all(flight);
  flight = [];
  const nanos = Number(process.hrtime.bigint() - start);
  await connection.close();
  return nanos;
}

/** Milliseconds from the write, or the publish, to a subscriber of the subject. @param {boolean} direct */
async function latencies(direct) {
  const connection = await connect({ servers, noAsyncTraces: true });
  /** @type {(value: number) => void} */
  let arrived = () => {};
  connection.subscribe(subject, { callback: () => arrived(performance.now()) });
  await connection.flush();
  const stop = new AbortController();
  const ring = RingWriter.create(folder, { ...channel, capacity: 2 ** 20, maxMessageLength: length + 64 });
  const running = direct
    ? Promise.resolve()
    : relayToJetStream({ root: folder, channelId: 1, servers, stream, subject, signal: stop.signal });
  /** @type {number[]} */
  const values = [];
  const client = jetstream(connection);
  for (let n = 0; n < records; n++) {
    /** @type {Promise<number>} */
    const arrival = new Promise((resolve) => {
      arrived = resolve;
    });
    const start = performance.now();
    if (direct) void client.publish(subject, record(n), { headers: headers(), msgID: `direct:${n}` });
    else ring.write(record(n));
    values.push((await arrival) - start);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  ring.close();
  stop.abort();
  await running;
  await connection.close();
  return values.slice(Math.floor(records / 10)).sort((a, b) => a - b);
}

/** @type {Record<string, () => Promise<object>>} */
const ROLES = {
  relay: async () => ({ nanos: await relay() }),
  bare: async () => ({ nanos: await bare() }),
  'latency-relay': async () => ({ millis: await latencies(false) }),
  'latency-bare': async () => ({ millis: await latencies(true) }),
};
process.stdout.write(`${JSON.stringify(await ROLES[role]?.())}\n`);
