// @ts-check
/** Publish and subscribe through a Redis server on a Unix socket. The client sends what one turn wrote together. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startRedis } from './servers.mjs';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));
/** Records in flight before the sender waits for the server. */
const IN_FLIGHT = 512;

/** @param {string} address @param {string} to @param {string} from @param {() => void | Promise<void>} close @returns {Promise<import('./link.mjs').Link>} */
async function redisLink(address, to, from, close) {
  const { Redis } = await import('ioredis');
  const [sender, receiver] = [new Redis(address), new Redis(address)];
  await receiver.subscribe(from);
  let sent = 0;
  return {
    send(record) {
      const taken = sender.publish(to, Buffer.from(record));
      if (++sent % IN_FLIGHT === 0) return taken.then(() => {});
    },
    onRecord: (handler) => void receiver.on('messageBuffer', (_channel, record) => handler(record)),
    close() {
      sender.disconnect();
      receiver.disconnect();
      return close();
    },
  };
}

/** @param {number[]} answerAfter @param {string} folder */
export async function connect(answerAfter, folder) {
  const { address, stop } = await startRedis(folder);
  const child = spawn(process.execPath, [PEER, JSON.stringify({ kind: 'redis', address, answerAfter })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const link = await redisLink(address, 'there', 'back', async () => {
    child.kill();
    await stop();
  });
  await once(child.stdout, 'data');
  return link;
}

/** @param {string} address */
export async function peerLink(address) {
  const link = await redisLink(address, 'back', 'there', () => {});
  process.stdout.write('ready\n');
  return link;
}
