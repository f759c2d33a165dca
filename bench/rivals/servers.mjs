// @ts-check
/** Servers of rivals, when they are on the PATH: each listens in a folder or on a free port, and keeps nothing on disk. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Why a server cannot run, or null. @param {string} program */
export function serverMissing(program) {
  return spawnSync(program, ['--version']).status === 0 ? null : `${program} is not on the PATH`;
}

/** A server is killed with this process. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** @param {string} program @param {string[]} args @param {() => boolean | Promise<boolean>} ready */
async function start(program, args, ready) {
  const child = spawn(program, args, { stdio: 'ignore' });
  running.add(child);
  const ended = once(child, 'exit').then(() => void running.delete(child));
  while (!(await ready())) {
    if (child.exitCode !== null) throw new Error(`${program} ended with exit code ${child.exitCode}`);
    await delay(10);
  }
  return {
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** @param {string} folder */
export async function startRedis(folder) {
  const address = path.join(folder, 'redis.sock');
  const quiet = ['--save', '', '--appendonly', 'no', '--dir', folder];
  const server = await start('redis-server', ['--port', '0', '--unixsocket', address, ...quiet], () =>
    existsSync(address),
  );
  return { ...server, address };
}

export async function startNats() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {net.AddressInfo} */ (probe.address());
  probe.close();
  const server = await start('nats-server', ['--addr', '127.0.0.1', '--port', String(port)], () =>
    listens(port),
  );
  return { ...server, address: `127.0.0.1:${port}` };
}

/** @param {number} port @returns {Promise<boolean>} */
function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
