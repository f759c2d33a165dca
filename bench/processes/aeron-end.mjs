// @ts-check
/**
 * One end of a measurement over Aeron IPC or over our own ring: publisher or subscriber, ping or pong.
 * Every message carries its number and is verified by {@link Verifier}.
 */
import { RingReader, RingWriter, TickUnit } from 'ringwire';
import { Aeron, BufferClaim } from 'ringwire/aeron';
import { stampedRecord, Verifier } from '../record-content.mjs';
import { percentile } from '../statistics.mjs';
import { parameters, report } from './channel-options.mjs';

const { transport, role, way, directory, length, warmup, records } = parameters();
const total = warmup + records;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const verifier = new Verifier(length);
/** A ring whose existence shows that the reader is ready. */
const READY = 9;

/** @param {number} id */
const ringOptions = (id) => ({
  writerId: 1,
  channelId: id,
  capacity: 16 * 2 ** 20,
  maxMessageLength: 1024,
  timeout: 60,
  tickUnit: TickUnit.Secs,
  policy: /** @type {const} */ ('back-pressure'),
});

/** @param {number} id @returns {Promise<{ poll: (limit: number) => number, close: () => void }>} */
async function incoming(id) {
  if (transport === 'ring') {
    const reader = await RingReader.waitFor(directory, id, { timeoutMs: 30_000 });
    return { poll: (limit) => reader.poll(verifier.onRecord, limit), close: () => reader.close() };
  }
  const subscription = await client.addSubscription('aeron:ipc', id);
  return { poll: (limit) => subscription.poll(verifier.onRecord, limit), close: () => {} };
}

/** @param {number} id @returns {Promise<{ send: (n: number) => boolean, close: () => void }>} */
async function outgoing(id) {
  const { record, stamp } = stampedRecord(length);
  if (transport === 'ring') {
    const writer = RingWriter.create(directory, ringOptions(id));
    // A ring waits only for registered readers: the writer starts after one is registered.
    if (role === 'publisher') (await RingReader.waitFor(directory, READY, { timeoutMs: 30_000 })).close();
    const send = (/** @type {number} */ n) => {
      stamp(n);
      return writer.tryWrite(record) > 0;
    };
    return { send, close: () => writer.close() };
  }
  const publication =
    way === 'shared'
      ? await client.addPublication('aeron:ipc', id)
      : await client.addExclusivePublication('aeron:ipc', id);
  while (!publication.isConnected) await turn();
  const claim = new BufferClaim();
  /** @type {Int32Array} */
  let words = new Int32Array(0);
  /** @type {Buffer | null} */
  let seen = null;
  const claiming = (/** @type {number} */ n) => {
    if (publication.tryClaim(length, claim) < 0) return false;
    if (claim.buffer !== seen) {
      seen = claim.buffer;
      words = new Int32Array(seen.buffer, seen.byteOffset, seen.length >> 2);
    }
    const first = claim.offset >> 2;
    words[first] = n;
    words[first + (length >> 2) - 1] = ~n;
    claim.commit();
    return true;
  };
  const offering = (/** @type {number} */ n) => {
    stamp(n);
    return publication.offer(record) > 0;
  };
  return { send: way === 'claim' ? claiming : offering, close: () => publication.close() };
}

const client = /** @type {Aeron} */ (transport === 'ring' ? null : await Aeron.connect({ directory }));
const now = () => Number(process.hrtime.bigint());

if (role === 'subscriber') {
  const from = await incoming(1);
  if (transport === 'ring') RingWriter.create(directory, ringOptions(READY)).close();
  let started = 0;
  let idle = 0;
  while (verifier.count < total) {
    if (from.poll(256) === 0) {
      if (++idle % 4096 === 0) await turn();
    } else if (started === 0 && verifier.count >= warmup) started = now();
  }
  report({ nanos: now() - started, verified: verifier.count });
  from.close();
} else if (role === 'publisher') {
  const to = await outgoing(1);
  let refused = 0;
  let began = now();
  for (let n = 0; n < total; ) {
    if (to.send(n)) {
      if (++n === warmup) began = now();
    } else if (++refused % 4096 === 0) await turn();
  }
  report({ sent: total, nanos: now() - began });
  if (transport !== 'ring') client.doWork();
  to.close();
} else if (role === 'counter') {
  // Messages of a program with its own stamps: verifies their number and length.
  const subscription = await client.addSubscription('aeron:ipc', 1);
  let count = 0;
  let began = 0;
  const onMessage = (
    /** @type {Buffer} */ _buffer,
    /** @type {number} */ _at,
    /** @type {number} */ bytes,
  ) => {
    if (bytes !== length) throw new Error(`a message of ${bytes} bytes`);
    count++;
  };
  let idle = 0;
  while (count < total) {
    if (subscription.poll(onMessage, 256) === 0) {
      if (++idle % 4096 === 0) await turn();
    } else if (began === 0) began = now();
  }
  report({ nanos: now() - began, verified: count });
} else if (role === 'alone') {
  // One process fills the window and then empties it: the time of each alone, without another process on the cache lines.
  const receiving = transport === 'ring' ? null : await incoming(1);
  const to = await outgoing(1);
  const from = receiving ?? (await incoming(1));
  const burst = 20_000;
  let nanosSending = 0;
  let nanosPolling = 0;
  let timed = 0;
  for (let n = 0; n < total; ) {
    const end = n + burst;
    const isTimed = n >= warmup;
    let waited = false;
    const sending = now();
    while (n < end) {
      if (to.send(n)) n++;
      // The end of a term causes one refusal; other refusals wait for the driver and are not counted.
      else if (!to.send(n)) {
        waited = true;
        await turn();
      } else n++;
    }
    const polling = now();
    // The image of a new publication appears in a later turn of the event loop.
    while (verifier.count < n) if (from.poll(256) === 0) await turn();
    const ended = now();
    if (isTimed && !waited) {
      nanosSending += polling - sending;
      nanosPolling += ended - polling;
      timed += burst;
    }
    // The driver makes space for the next burst.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const rateOf = (/** @type {number} */ nanos) => (timed / nanos) * 1e9;
  report({ sending: rateOf(nanosSending), polling: rateOf(nanosPolling), timed, verified: verifier.count });
  from.close();
  to.close();
} else {
  const pings = role === 'ping';
  const ends =
    transport === 'ring'
      ? [outgoing(pings ? 1 : 2), incoming(pings ? 2 : 1)]
      : [incoming(pings ? 2 : 1), outgoing(pings ? 1 : 2)];
  const resolved = await Promise.all(ends);
  const [to, from] = /** @type {any[]} */ (transport === 'ring' ? resolved : resolved.reverse());
  const micros = new Float64Array(total);
  let idle = 0;
  for (let n = 0; n < total; n++) {
    const began = performance.now();
    if (pings) while (!to.send(n));
    while (from.poll(1) === 0) if (++idle % 100_000 === 0) await turn();
    if (!pings) while (!to.send(n));
    micros[n] = (performance.now() - began) * 1000;
  }
  const kept = micros.subarray(warmup);
  report({ p50: percentile(kept, 0.5), p99: percentile(kept, 0.99), verified: verifier.count });
  await new Promise((resolve) => setTimeout(resolve, 100));
  to.close();
  from.close();
}
client?.close();
