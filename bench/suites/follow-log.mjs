// @ts-check
/**
 * Throughput of the log of a flooding child to a client of the socket, compared with `cat` through a pipe and with a
 * reader of the ring channel. Received bytes are verified: the child numbers every 4096 bytes.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RingReader } from 'ringwire';
import { ControlClient } from 'ringwire/control';

/** Megabytes per second. @param {number} count bytes @param {number} millis */
const rate = (count, millis) => Math.round(count / 1e6 / (millis / 1e3));
const STAMP_EVERY = 4096;
const PROCESSES = path.join(import.meta.dirname, '../processes');
const FLOOD = path.join(PROCESSES, 'flood.mjs');

/** @param {number} bytes */
async function throughCat(bytes) {
  const begin = performance.now();
  const child = spawn(
    'sh',
    ['-c', '"$0" "$1" "$2" | cat > /dev/null', process.execPath, FLOOD, String(bytes)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  await once(child, 'exit');
  return rate(bytes, performance.now() - begin);
}

/** Compares each stamp with the number of its position; skipped bytes appear as a gap. */
class Verifier {
  bytes = 0;
  /** Bytes that a slow follower skipped. */
  skipped = 0;
  gaps = 0;
  /** @param {Buffer} chunk */
  take(chunk) {
    const place = this.bytes + this.skipped;
    const first = (STAMP_EVERY - (place % STAMP_EVERY)) % STAMP_EVERY;
    for (let at = first; at + 8 <= chunk.length; at += STAMP_EVERY) {
      const difference = chunk.readDoubleLE(at) * STAMP_EVERY - (this.bytes + this.skipped + at);
      if (difference === 0) continue;
      this.gaps++;
      this.skipped += difference;
    }
    this.bytes += chunk.length;
  }
}

/** CPU time that a process has used, in milliseconds (proc(5): ticks of 10 ms). @param {number} pid */
function cpuMillis(pid) {
  const fields = (fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1] ?? '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The last bytes may be among those that were skipped: then no more bytes come. @param {ControlClient} client @param {Verifier} verifier @param {AbortController} over */
async function endWhenSilent(client, verifier, over) {
  while (!over.signal.aborted && (await client.status('flood')).state !== 'stopped') await pause(50);
  for (let before = -1; !over.signal.aborted && before !== verifier.bytes; await pause(500))
    before = verifier.bytes;
  over.abort();
}

/** @param {ControlClient} client @param {number} managerPid @param {number} bytes */
async function throughSocket(client, managerPid, bytes) {
  const verifier = new Verifier();
  const over = new AbortController();
  const stream = client.logs('flood', { follow: true, reuseMemory: true, signal: over.signal });
  const first = stream.next();
  await pause(200);
  const begin = performance.now();
  let end = begin;
  const managerBefore = cpuMillis(managerPid);
  const clientBefore = cpuMillis(process.pid);
  await client.start('flood');
  const watching = endWhenSilent(client, verifier, over);
  try {
    for (let chunk = await first; !chunk.done; chunk = await stream.next()) {
      verifier.take(chunk.value);
      end = performance.now();
      if (verifier.bytes + verifier.skipped >= bytes) break;
    }
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== 'ABORTED') throw error;
  }
  over.abort();
  await watching;
  const cpu = (/** @type {number} */ pid, /** @type {number} */ before) =>
    Math.round(((cpuMillis(pid) - before) / verifier.bytes) * 1e8);
  return {
    rate: rate(verifier.bytes, end - begin),
    gaps: verifier.gaps,
    skipped: Math.round(verifier.skipped / 1e6),
    cpu: { manager: cpu(managerPid, managerBefore), client: cpu(process.pid, clientBefore) },
  };
}

/** What the ring keeps, 64 MB, read as any process would: several times, because one reading is short. @param {string} folder @param {number} channel */
function throughRing(folder, channel) {
  const ROUNDS = 5;
  let total = 0;
  let elapsed = 0;
  let gaps = 0;
  let stamps = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const reader = RingReader.open(folder, channel, { timeout: 'never' });
    // The position in the child's output, known from the first stamp on.
    let place = -1;
    const begin = performance.now();
    /** @type {import('ringwire').RecordHandler} */
    const take = (buffer, offset, length) => {
      if (place < 0 && length % STAMP_EVERY === 0) place = buffer.readDoubleLE(offset) * STAMP_EVERY;
      if (place >= 0) {
        const first = (STAMP_EVERY - (place % STAMP_EVERY)) % STAMP_EVERY;
        for (let at = first; at + 8 <= length; at += STAMP_EVERY) {
          if (buffer.readDoubleLE(offset + at) !== (place + at) / STAMP_EVERY) gaps++;
          stamps++;
        }
        place += length;
      }
      total += length;
    };
    while (reader.poll(take) > 0);
    elapsed += performance.now() - begin;
    reader.close();
  }
  return { rate: rate(total, elapsed), gaps, stamps };
}

/** Several rounds; that of the median ratio is shown. @param {import('../context.mjs').Context} context */
export async function measureFollowLog(context) {
  const { floodBytes: bytes, followRounds: rounds } = context.settings;
  const all = [];
  for (let round = 1; round <= rounds; round++) {
    const progress = (/** @type {string} */ what) => context.progress(`round ${round}: ${what}`);
    all.push(await followOnce(context, bytes, progress));
  }
  const ratioOf = (/** @type {{ cat: number, socket: { rate: number } }} */ { cat, socket }) =>
    socket.rate / cat;
  all.sort((a, b) => ratioOf(a) - ratioOf(b));
  return { bytes, rounds, ratios: all.map(ratioOf), ...all[rounds >> 1] };
}

/** With a manager of its own. @param {import('../context.mjs').Context} context @param {number} bytes @param {(what: string) => void} progress */
function followOnce(context, bytes, progress) {
  return context.withFolder(async (runtimeDir) => {
    const manager = fork(path.join(PROCESSES, 'flood-manager.mjs'), [runtimeDir, String(bytes)]);
    try {
      await once(manager, 'message');
      const client = await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
      const [folder = '', channel] = ((await client.status('flood')).channels ?? '').split('#');
      progress('a flood through cat');
      const cat = await throughCat(bytes);
      progress('a flood through the control socket');
      const socket = await throughSocket(client, manager.pid ?? 0, bytes);
      progress('a flood through the ring');
      const ring = throughRing(folder, Number(channel));
      client.close();
      return { cat, socket, ring };
    } finally {
      const exited = once(manager, 'exit');
      if (manager.connected) manager.disconnect();
      if (manager.exitCode === null) await exited;
    }
  });
}
