// @ts-check
/** A Unix stream socket: one write for every record, or batches that the application collects. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { streamLink } from './link.mjs';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));

/** @param {number[]} answerAfter @param {string} folder @param {number} batchBytes */
export async function connect(answerAfter, folder, batchBytes) {
  const address = path.join(folder, 'socket');
  const server = net.createServer().listen(address);
  await once(server, 'listening');
  const child = spawn(
    process.execPath,
    [PEER, JSON.stringify({ kind: 'unix-socket', address, answerAfter })],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [socket] = await once(server, 'connection');
  const link = streamLink(socket, batchBytes);
  return {
    ...link,
    close() {
      socket.destroy();
      server.close();
      child.kill();
    },
  };
}

/** @param {string} address */
export async function peerLink(address) {
  const socket = net.connect(address);
  await once(socket, 'connect');
  return streamLink(socket, 0);
}
