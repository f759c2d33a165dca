// @ts-check
/** A PAIR of zeromq sockets over ipc://. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));

/** @param {import('zeromq').Pair} socket @param {() => void} close @returns {import('./link.mjs').Link} */
function pairLink(socket, close) {
  return {
    send: (record) => socket.send(Buffer.from(record)),
    onRecord(handler) {
      void (async () => {
        for await (const [record] of socket) handler(/** @type {Buffer} */ (record));
      })();
    },
    close,
  };
}

/** @param {number[]} answerAfter @param {string} folder */
export async function connect(answerAfter, folder) {
  const { Pair } = await import('zeromq');
  const address = `ipc://${path.join(folder, 'zeromq')}`;
  const socket = new Pair();
  await socket.bind(address);
  const child = spawn(process.execPath, [PEER, JSON.stringify({ kind: 'zeromq', address, answerAfter })], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return pairLink(socket, () => {
    socket.close();
    child.kill();
  });
}

/** @param {string} address */
export async function peerLink(address) {
  const { Pair } = await import('zeromq');
  const socket = new Pair();
  socket.connect(address);
  return pairLink(socket, () => socket.close());
}
