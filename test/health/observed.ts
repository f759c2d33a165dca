/** An observer of a socket, with an agent and a sender of raw datagrams; all are closed with the test. */
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { VlpAgent, VlpObserver } from '../../src/health/index.js';
import { DatagramSocket } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

export function observed(thresholdMs = 60_000) {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  const observer = VlpObserver.bind({ socket, thresholdMs });
  onTestFinished(() => observer.close());
  const agent = VlpAgent.connect(socket);
  onTestFinished(() => agent.close());
  const raw = DatagramSocket.connect(socket);
  onTestFinished(() => raw.close());
  return { folder, observer, agent, raw };
}

/** Waits for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
