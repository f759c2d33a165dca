// @ts-check
/** `send` between parent and child, JSON or structured clone. JSON turns a Buffer into a list of numbers. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PEER = fileURLToPath(new URL('peer.mjs', import.meta.url));

/** @param {NodeJS.Process | import('node:child_process').ChildProcess} end @param {() => void} close @returns {import('./link.mjs').Link} */
function ipcLink(end, close) {
  return {
    send(record) {
      return new Promise((resolve, reject) => {
        // The transport reports back pressure through a callback.
        const more = end.send?.(record, (/** @type {Error | null} */ error) => {
          if (error) reject(error);
          else resolve();
        });
        if (more) resolve();
      });
    },
    onRecord(handler) {
      end.on('message', (/** @type {any} */ message) =>
        handler(Buffer.isBuffer(message) ? message : Buffer.from(message.data ?? message)),
      );
    },
    close,
  };
}

/** @param {number[]} answerAfter @param {string} _folder @param {'json' | 'advanced'} serialization */
export async function connect(answerAfter, _folder, serialization) {
  const parameters = JSON.stringify({ kind: 'child-process', answerAfter });
  const child = fork(PEER, [parameters], { serialization });
  return ipcLink(child, () => void child.kill());
}

export function peerLink() {
  return ipcLink(process, () => process.disconnect());
}
