// @ts-check
/**
 * `ringbuf.js` between threads: a ring of bytes in a SharedArrayBuffer for one producer and one consumer. It has no way
 * to wait, so both ends look again in each turn of their event loops. The package is not installed with ringwire.
 */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { RECORD_LENGTH } from './link.mjs';

const PEER = new URL('peer.mjs', import.meta.url);
const CAPACITY = 1 << 20;
/** Not a literal: the package is optional. @type {string} */
const PACKAGE = 'ringbuf.js';

/** Why it cannot run, or null. */
export async function ringbufMissing() {
  try {
    await import(PACKAGE);
    return null;
  } catch {
    return `${PACKAGE} is not installed`;
  }
}

/** @param {SharedArrayBuffer} outgoing @param {SharedArrayBuffer} incoming @param {() => void | Promise<void>} close @returns {Promise<import('./link.mjs').Link>} */
async function ringLink(outgoing, incoming, close) {
  const { RingBuffer } = await import(PACKAGE);
  const [to, from] = [new RingBuffer(outgoing, Uint8Array), new RingBuffer(incoming, Uint8Array)];
  let open = true;
  /** Waits for space of a whole record. @param {Buffer} record */
  async function sendLater(record) {
    while (to.available_write() < RECORD_LENGTH) await turn();
    to.push(record);
  }
  return {
    send(record) {
      if (to.available_write() < RECORD_LENGTH) return sendLater(record);
      to.push(record);
    },
    onRecord(handler) {
      const record = Buffer.alloc(RECORD_LENGTH);
      void (async () => {
        for (; open; await turn())
          while (open && from.available_read() >= RECORD_LENGTH) {
            from.pop(record);
            handler(record);
          }
      })();
    },
    close() {
      open = false;
      return close();
    },
  };
}

/** @param {number[]} answerAfter */
export async function connect(answerAfter) {
  const { RingBuffer } = await import(PACKAGE);
  const memory = () => RingBuffer.getStorageForCapacity(CAPACITY, Uint8Array);
  const address = { there: memory(), back: memory() };
  const worker = new Worker(PEER, { workerData: { kind: 'ringbuf', address, answerAfter } });
  await once(worker, 'online');
  return ringLink(address.there, address.back, () => worker.terminate().then(() => {}));
}

/** @param {{ there: SharedArrayBuffer, back: SharedArrayBuffer }} address */
export function peerLink({ there, back }) {
  return ringLink(back, there, () => {});
}
