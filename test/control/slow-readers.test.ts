/** Clients that leave their answers where they are. */
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ControlServer, encodeMessage, MessageType } from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { RawSocket } from './raw-socket.js';
import { ScriptedService } from './scripted-service.js';

class BigService extends ScriptedService {
  override logsSnapshot(): Uint8Array {
    return Buffer.alloc(4 * 1024 * 1024, 's');
  }
}

it.each([
  ['nothing else', 0],
  ['half of its next request', 9],
])('a client that reads nothing and has sent %s is cut', async (_, length) => {
  let tell: (what: string) => void;
  const cut = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const server = new ControlServer(new BigService(), {
    frameTimeoutMs: 50,
    writeTimeoutMs: 300,
    log: ({ what }) => tell(what),
  });
  onTestFinished(() => server.close());
  const socketPath = path.join(temporaryFolder(), 'manager.sock');
  await server.listen(socketPath);
  const client = await RawSocket.connect(socketPath);
  onTestFinished(() => client.destroy());
  client.socket.pause();
  const request = encodeMessage(MessageType.LogsRequest, 1n, { id: 'big', s: 0, f: false });
  client.socket.write(Buffer.concat([request, request.subarray(0, length)]));
  expect(await cut).toBe('slow-reader');
});
