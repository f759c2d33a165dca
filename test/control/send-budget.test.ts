/** Unread answers fill the budget of a server; clients that read are still served. */
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ControlClient,
  ControlServer,
  encodeMessage,
  MessageType,
  type SnapshotOptions,
} from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { RawSocket } from './raw-socket.js';
import { ScriptedService } from './scripted-service.js';

const BIG = Buffer.alloc(4 * 1024 * 1024, 's');

class BigService extends ScriptedService {
  override logsSnapshot(id: string, stream: 0 | 1, options: SnapshotOptions): Uint8Array | null {
    return id === 'big' ? BIG : super.logsSnapshot(id, stream, options);
  }
}

const askForLogs = encodeMessage(MessageType.LogsRequest, 1n, { id: 'big', s: 0, f: false });

/** A server whose budget is full of a snapshot that its client does not read. */
async function crowded() {
  const server = new ControlServer(new BigService(), { maxQueuedBytes: 64 * 1024 });
  onTestFinished(() => server.close());
  const socketPath = path.join(temporaryFolder(), 'manager.sock');
  await server.listen(socketPath);
  const silent = await RawSocket.connect(socketPath);
  onTestFinished(() => silent.destroy());
  silent.socket.pause();
  const asked = performance.now();
  silent.socket.write(askForLogs);
  while (server.load.queuedBytes < BIG.length / 2) await new Promise(setImmediate);
  const client = await ControlClient.dial(socketPath);
  onTestFinished(() => client.close());
  return { server, socketPath, silent, client, asked };
}

/** Stops the clock by which the server disconnects a client that reads nothing for a second while others wait. */
function stopClock(): void {
  const spy = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  onTestFinished(() => spy.mockRestore());
}

describe('a server with a full budget', () => {
  it('answers clients that have no unread answer', async () => {
    const { server, client } = await crowded();
    for (let i = 0; i < 100; i++) expect(await client.list()).toHaveLength(3);
    expect(server.load.queuedBytes).toBeGreaterThan(BIG.length / 2);
  });

  it('answers a log request when the client that filled it has disconnected', async () => {
    stopClock();
    const { server, socketPath, silent, client } = await crowded();
    const logs = client.logs('p1').next();
    const follower = await RawSocket.connect(socketPath);
    follower.socket.write(encodeMessage(MessageType.LogsRequest, 1n, { id: 'p1', s: 0, f: true }));
    while (server.load.connections < 3) await new Promise(setImmediate);
    // Both have asked when the server has answered somebody who asked later.
    using later = await ControlClient.dial(socketPath);
    await later.list();
    expect(server.load.streams).toBe(0);
    silent.destroy();
    expect((await logs).value?.toString()).toBe('hello\nworld\n');
    await follower.until(() => follower.frames.length > 0);
    follower.destroy();
  });

  it('disconnects the client that does not read while others wait', async () => {
    const { silent, client, asked } = await crowded();
    for await (const chunk of client.logs('p1')) expect(chunk.toString()).toBe('hello\nworld\n');
    // Not at once: who reads slowly gets a second.
    expect(performance.now() - asked).toBeGreaterThan(500);
    silent.socket.resume();
    await silent.until(() => silent.ended);
    expect(silent.frames).toEqual([]);
  });

  it('serves all clients one after another when all of them read', async () => {
    stopClock();
    const { socketPath, silent } = await crowded();
    const others = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = await RawSocket.connect(socketPath);
        socket.socket.write(askForLogs);
        return socket;
      }),
    );
    silent.socket.resume();
    for (const socket of [silent, ...others]) {
      await socket.until(() => socket.frames.length === 1);
      expect(socket.frames[0]?.body.length).toBeGreaterThan(BIG.length);
      socket.destroy();
    }
  });
});
