/** The memory of the frames of a stream: the caller's, or used again. */
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ControlClient, ControlServer } from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { ScriptedService } from './scripted-service.js';

const PIECES = 20;

/** A piece of its own content: its number in every byte. */
const piece = (n: number) => Buffer.alloc(200_000 + (n % 3), n);

/** Follows a log that grows by {@link PIECES} pieces, one after each chunk. */
async function follow(reuseMemory: boolean, onChunk: (chunk: Buffer, n: number) => void): Promise<void> {
  const service = new ScriptedService();
  const server = new ControlServer(service, {});
  onTestFinished(() => server.close());
  const socketPath = path.join(temporaryFolder(), 'manager.sock');
  await server.listen(socketPath);
  using client = await ControlClient.dial(socketPath);
  // The first chunk is what the log has.
  service.log('p9', 0, piece(0));
  let n = 0;
  for await (const chunk of client.logs('p9', { follow: true, reuseMemory })) {
    expect(chunk.equals(piece(n)), `piece ${n}`).toBe(true);
    onChunk(chunk, n);
    if (++n === PIECES) return;
    // Two of them wait from then on.
    if (n === 1) service.log('p9', 0, piece(1));
    if (n + 1 < PIECES) service.log('p9', 0, piece(n + 1));
  }
}

it('with reuseMemory the chunks of a stream take turns in a few pieces of memory', async () => {
  const memories = new Set<ArrayBufferLike>();
  await follow(true, ({ buffer }) => memories.add(buffer));
  expect(memories.size).toBeLessThan(PIECES / 2);
});

it('without it each chunk stays as it is', async () => {
  const chunks: Buffer[] = [];
  await follow(false, (chunk) => chunks.push(chunk));
  for (const [n, chunk] of chunks.entries()) expect(chunk.equals(piece(n)), `piece ${n}`).toBe(true);
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(PIECES);
});
