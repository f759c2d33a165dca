/** Browsers that do not take what they asked for: they miss events, and slow nobody. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Snapshot } from '../../src/metrics/index.js';
import { EventStream, STALLED_MS } from '../../src/web/server/event-stream.js';
import { serve } from './requests.js';

const EVENTS = 60;

/** A source of snapshots of a megabyte, taken when the test says so. */
function largeSnapshots() {
  let listener: (snapshot: Snapshot) => void = () => {};
  const snapshot = (takenAtMs: number): Snapshot => ({
    ...{ takenAtMs, durationMs: 0, channels: [], processes: [], agents: [], aeron: null, relays: [] },
    faults: [{ source: 'channels', message: 'x'.repeat(1_000_000) }],
  });
  return {
    subscribe: (take: typeof listener) => {
      listener = take;
      take(snapshot(0));
      return () => {};
    },
    take: (number: number) => listener(snapshot(number)),
  };
}

/** Opens the stream of snapshots. */
async function connect(server: { url: string; token: string }): Promise<net.Socket> {
  const { host, port } = new URL(server.url);
  const socket = net.connect(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

it('a browser that takes nothing misses snapshots, and another one receives all of them', async () => {
  const source = largeSnapshots();
  const server = await serve({ source });
  const slow = await connect(server);
  const fast = await connect(server);
  let received = '';
  fast.setEncoding('latin1').on('data', (text: string) => {
    received += text.replace(/x+/g, '');
  });
  for (let i = 1; i <= EVENTS; i++) {
    source.take(i);
    await expect.poll(() => received).toContain(`"takenAtMs":${i},`);
    await expect.poll(() => received.match(/\]\}/g)?.length).toBe(i + 1);
  }
  let late = '';
  slow.setEncoding('latin1').on('data', (text: string) => {
    late += text.replace(/x+/g, '');
  });
  // The stream is sound: when the slow browser takes events again, it receives the current one.
  await expect
    .poll(() => {
      source.take(EVENTS + 1);
      return late;
    })
    .toContain(`"takenAtMs":${EVENTS + 1},`);
  expect(late).not.toContain(`"takenAtMs":${EVENTS},`);
});

it('a browser that takes nothing for 30 seconds is disconnected', async () => {
  const opened: Promise<ServerResponse> = new Promise((resolve) => {
    const server = http.createServer((_request: IncomingMessage, response) => resolve(response));
    server.listen(0, '127.0.0.1', () => {
      const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      onTestFinished(() => {
        socket.destroy();
        server.close();
      });
    });
  });
  const stream = new EventStream(await opened);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  while (stream.isReady) stream.send('snapshot', 'x'.repeat(1_000_000));
  vi.advanceTimersByTime(STALLED_MS - 1);
  expect(stream.signal.aborted).toBe(false);
  const ended = once(stream.signal, 'abort');
  vi.advanceTimersByTime(1);
  await ended;
});
