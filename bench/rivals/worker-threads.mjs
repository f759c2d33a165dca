// @ts-check
/** `postMessage` between threads of one process. */
import { once } from 'node:events';
import { parentPort, Worker } from 'node:worker_threads';

const PEER = new URL('peer.mjs', import.meta.url);

/** @param {import('node:worker_threads').Worker | import('node:worker_threads').MessagePort} port @returns {import('./link.mjs').Link} */
function portLink(port) {
  return {
    send: (record) => port.postMessage(record),
    onRecord(handler) {
      port.on('message', (/** @type {Uint8Array} */ bytes) =>
        handler(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      );
    },
    close: () => (port instanceof Worker ? port.terminate().then(() => {}) : port.close()),
  };
}

/** @param {number[]} answerAfter */
export async function connect(answerAfter) {
  const worker = new Worker(PEER, { workerData: { kind: 'worker-threads', answerAfter } });
  await once(worker, 'online');
  return portLink(worker);
}

export function peerLink() {
  return portLink(/** @type {import('node:worker_threads').MessagePort} */ (parentPort));
}
