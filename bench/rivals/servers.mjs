// @ts-check
/** Servers of rivals, when they are on the PATH: each lives in a folder that the caller removes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** @param {string} program @param {string[]} args @param {() => boolean} ready */
async function start(program, args, ready) {
  const child = spawn(program, args, { stdio: 'ignore' });
  running.add(child);
  const ended = once(child, 'exit').then(() => void running.delete(child));
  while (!ready()) {
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

/** The server chooses a port and names it in a file. @param {string} folder */
export async function startNats(folder) {
  let address = '';
  const args = ['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', folder];
  const server = await start('nats-server', args, () => {
    address = natsAddress(folder);
    return address !== '';
  });
  return { ...server, address };
}

/** The address in the file of ports, or nothing until it is complete. @param {string} folder */
function natsAddress(folder) {
  const name = readdirSync(folder).find((file) => file.endsWith('.ports'));
  if (name === undefined) return '';
  try {
    return new URL(JSON.parse(readFileSync(path.join(folder, name), 'utf8')).nats[0]).host;
  } catch {
    return '';
  }
}
