// @ts-check
/** Publish and subscribe through a NATS server without JetStream, over TCP on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startNats } from './servers.mjs';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));
/** Records in flight before the sender waits for the server. */
const IN_FLIGHT = 512;

/** @param {string} servers @param {string} to @param {string} from @param {() => void | Promise<void>} close @returns {Promise<import('./link.mjs').Link>} */
async function natsLink(servers, to, from, close) {
  const { connect: dial } = await import('@nats-io/transport-node');
  const connection = await dial({ servers });
  let handler = (/** @type {Buffer} */ _record) => {};
  connection.subscribe(from, {
    callback: (_error, { data }) => handler(Buffer.from(data.buffer, data.byteOffset, data.length)),
  });
  await connection.flush();
  let sent = 0;
  return {
    send(record) {
      connection.publish(to, Buffer.from(record));
      if (++sent % IN_FLIGHT === 0) return connection.flush();
    },
    onRecord(given) {
      handler = given;
    },
    async close() {
      await connection.close();
      await close();
    },
  };
}

/** @param {number[]} answerAfter @param {string} folder */
export async function connect(answerAfter, folder) {
  const { address, stop } = await startNats(folder);
  const child = spawn(process.execPath, [PEER, JSON.stringify({ kind: 'nats', address, answerAfter })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const link = await natsLink(address, 'there', 'back', async () => {
    child.kill();
    await stop();
  });
  await once(child.stdout, 'data');
  return link;
}

/** @param {string} address */
export async function peerLink(address) {
  const link = await natsLink(address, 'back', 'there', () => {});
  process.stdout.write('ready\n');
  return link;
}
