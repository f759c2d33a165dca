/**
 * Reads all connections of a server into one shared buffer. Node creates a new 64 KiB buffer for every read of an
 * accepted connection, and its collector lets 64 MiB of them accumulate: clients could claim that much with bytes that
 * are discarded.
 *
 * `net.Socket` reads into a given buffer (option `onread`), but a `net.Server` has no such option. So the handle of
 * the accepted socket, which has read nothing yet, goes to a new socket; where a later Node keeps no handle there, and
 * in Bun, whose handles stay with their socket, the accepted socket is used as it is.
 */
import net from 'node:net';

/** Largest number of bytes of a read. */
const READ_SIZE = 64 * 1024;
const shared = Buffer.allocUnsafeSlow(READ_SIZE);

/** Options that the `net.Server` needs. */
export const ACCEPT_OPTIONS = { allowHalfOpen: true, pauseOnConnect: true } as const;

interface WithHandle {
  _handle?: object | null;
}

/**
 * Takes over an accepted socket and begins to read.
 * @param onData gets bytes that are valid during the call
 */
export function readingSocket(accepted: net.Socket, onData: (bytes: Buffer) => void): net.Socket {
  const { _handle: handle } = accepted as unknown as WithHandle;
  if (process.versions['bun'] !== undefined || handle === undefined || handle === null) {
    accepted.on('data', onData);
    accepted.resume();
    return accepted;
  }
  (accepted as unknown as WithHandle)._handle = null;
  const options: net.SocketConstructorOpts & { handle: object; onread: net.OnReadOpts } = {
    handle,
    allowHalfOpen: true,
    readable: true,
    writable: true,
    onread: {
      buffer: shared,
      callback: (length) => {
        onData(shared.subarray(0, length));
        return !socket.isPaused();
      },
    },
  };
  const socket = new net.Socket(options);
  // The server counts the accepted one, and is closed only when that is gone.
  socket.once('close', () => accepted.destroy());
  socket.resume();
  return socket;
}
