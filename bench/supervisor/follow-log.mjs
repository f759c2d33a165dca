/**
 * How fast a flooding child's log reaches a client over the socket, beside `cat` through a pipe with the same child,
 * and beside a reader of the ring channel. Everything received is verified: the child numbers every 4096 bytes.
 *
 *   node bench/supervisor/follow-log.mjs [megabytes]
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RingReader } from 'ringwire';
import { ControlClient } from 'ringwire/control';

const bytes = Number(process.argv[2] ?? 512) * 1024 * 1024;
const rate = (count, millis) => Math.round(count / 1e6 / (millis / 1e3));
const STAMP_EVERY = 4096;
const flood = path.join(import.meta.dirname, 'flood.mjs');

async function throughCat() {
  const begin = performance.now();
  const child = spawn(
    'sh',
    ['-c', '"$0" "$1" "$2" | cat > /dev/null', process.execPath, flood, String(bytes)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  await once(child, 'exit');
  return rate(bytes, performance.now() - begin);
}

/** Compares each stamp with the number of its place, and tells what was left out from what is wrong. */
class Verifier {
  bytes = 0;
  /** Bytes that a follower who was too slow was not given. */
  skipped = 0;
  gaps = 0;
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

/** CPU time a process has used, in milliseconds (proc(5): ticks of 10 ms). */
function cpuMillis(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The last bytes may be among those that were skipped: then nothing more comes. */
async function endWhenSilent(client, verifier, over) {
  while (!over.signal.aborted && (await client.status('flood')).state !== 'stopped') await pause(50);
  for (let before = -1; before !== verifier.bytes; await pause(500)) before = verifier.bytes;
  over.abort();
}

async function throughSocket(client, managerPid) {
  const verifier = new Verifier();
  const over = new AbortController();
  const stream = client.logs('flood', { follow: true, signal: over.signal });
  const first = stream.next();
  await pause(200);
  const begin = performance.now();
  let end = begin;
  const managerBefore = cpuMillis(managerPid);
  const clientBefore = cpuMillis(process.pid);
  await client.start('flood');
  void endWhenSilent(client, verifier, over);
  try {
    for (let chunk = await first; !chunk.done; chunk = await stream.next()) {
      verifier.take(chunk.value);
      end = performance.now();
      if (verifier.bytes + verifier.skipped >= bytes) break;
    }
  } catch (error) {
    if (error.code !== 'ABORTED') throw error;
  }
  over.abort();
  const cpu = (pid, before) => Math.round(((cpuMillis(pid) - before) / verifier.bytes) * 1e8);
  return {
    rate: rate(verifier.bytes, end - begin),
    gaps: verifier.gaps,
    skipped: Math.round(verifier.skipped / 1e6),
    cpu: { manager: cpu(managerPid, managerBefore), client: cpu(process.pid, clientBefore) },
  };
}

/** What is kept, 64 MB, read as any process would: several times, because it is over so soon. */
function throughRing(folder, channel) {
  const ROUNDS = 5;
  let total = 0;
  let elapsed = 0;
  let gaps = 0;
  let stamps = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const reader = RingReader.open(folder, channel, { timeout: 'never' });
    // Where in the child's output we are: known from the first stamp on.
    let place = -1;
    const begin = performance.now();
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

const runtimeDir = fs.mkdtempSync(
  path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'ringwire-bench-'),
);
const manager = fork(new URL('./flood-manager.mjs', import.meta.url), [runtimeDir, String(bytes)]);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    manager.disconnect();
    await once(manager, 'exit');
    fs.rmSync(runtimeDir, { recursive: true });
    process.exit(1);
  });
}
await once(manager, 'message');
const client = await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
const [folder, channel] = (await client.status('flood')).channels.split('#');
const cat = await throughCat();
const socket = await throughSocket(client, manager.pid);
const ring = throughRing(folder, Number(channel));
client.close();
manager.disconnect();
await once(manager, 'exit');
fs.rmSync(runtimeDir, { recursive: true });
process.stdout.write(`cat through a pipe     ${cat} MB/s
follow over the socket ${socket.rate} MB/s, ratio ${(socket.rate / cat).toFixed(2)}, ${socket.gaps} gaps, ${socket.skipped} MB skipped
                       CPU ms per 100 MB: manager ${socket.cpu.manager}, client ${socket.cpu.client}
ring channel           ${ring.rate} MB/s, ratio to the socket ${(ring.rate / socket.rate).toFixed(1)}, ${ring.gaps} gaps in ${ring.stamps} stamps
`);
