// @ts-check
/**
 * The relay to NATS JetStream beside a bare publisher of the same client, in turn against one real server. The stream is
 * checked afterwards: the number of its messages, and the number inside the last one.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { nodeProcess, runTogether } from '../children.mjs';
import { median, percentile } from '../statistics.mjs';

const PROGRAM = 'nats-server';
const LENGTHS = [64, 1024, 65_536];

/** @param {import('../context.mjs').Context} context */
export async function measureNats(context) {
  if (spawnSync(PROGRAM, ['--version']).status !== 0) return { missing: `${PROGRAM} is not installed` };
  const sizes = context.settings.nats;
  return context.withFolder(async (folder) => {
    const server = await startServer(folder);
    try {
      const rates = [];
      for (const length of LENGTHS) {
        context.progress(`records of ${length} bytes`);
        rates.push(
          await rate(
            server,
            folder,
            length,
            length > 10_000 ? sizes.records / 25 : sizes.records,
            sizes.rounds,
          ),
        );
      }
      context.progress('latency');
      const latency = {
        relay: await latencyOf(server, folder, 'latency-relay', sizes.exchanges),
        bare: await latencyOf(server, folder, 'latency-bare', sizes.exchanges),
      };
      return { rates, latency };
    } finally {
      server.process.kill('SIGKILL');
      await once(server.process, 'exit');
    }
  });
}

/** @typedef {{ servers: string, process: import('node:child_process').ChildProcess }} Server */

/** @param {string} folder @returns {Promise<Server>} */
async function startServer(folder) {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  const args = ['-js', '-a', '127.0.0.1', '-p', String(port), '-sd', path.join(folder, 'store')];
  const started = spawn(PROGRAM, args, { stdio: 'ignore' });
  const servers = `nats://127.0.0.1:${port}`;
  for (let n = 0; n < 500; n++) {
    try {
      const connection = await connect({ servers });
      await connection.close();
      return { servers, process: started };
    } catch {
      await delay(20);
    }
  }
  throw new Error(`${PROGRAM} does not answer`);
}

/** Runs one side with a stream of its own. @param {Server} server @param {string} folder @param {string} role @param {number} length @param {number} records */
async function side(server, folder, role, length, records) {
  const stream = 'BENCH';
  const connection = await connect({ servers: server.servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
  const own = fs.mkdtempSync(path.join(folder, 'run-'));
  try {
    const parameters = { role, servers: server.servers, stream, folder: own, length, records };
    const [result] = await runTogether([nodeProcess('nats-end', parameters)]);
    const { state } = await manager.streams.info(stream);
    const last = await manager.streams.getMessage(stream, { seq: state.last_seq });
    const number = Buffer.from(last?.data ?? []).readDoubleLE();
    if (state.messages !== records || number !== records - 1)
      throw new Error(`${role}: ${state.messages} messages, ${number}`);
    return result;
  } finally {
    await manager.streams.delete(stream);
    await connection.close();
    fs.rmSync(own, { recursive: true });
  }
}

/** @param {Server} server @param {string} folder @param {number} length @param {number} records @param {number} rounds */
async function rate(server, folder, length, records, rounds) {
  /** @type {{ relay: number[], bare: number[] }} */
  const all = { relay: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    for (const role of /** @type {const} */ (['bare', 'relay'])) {
      const { nanos } = await side(server, folder, role, length, records);
      all[role].push((records / nanos) * 1e9);
    }
  }
  return {
    length,
    relay: median(all.relay),
    bare: median(all.bare),
    ratio: median(all.relay.map((each, n) => each / (all.bare[n] ?? Number.NaN))),
  };
}

/** @param {Server} server @param {string} folder @param {string} role @param {number} records */
async function latencyOf(server, folder, role, records) {
  const { millis } = await side(server, folder, role, 64, records);
  return { p50: percentile(millis, 0.5), p99: percentile(millis, 0.99) };
}
