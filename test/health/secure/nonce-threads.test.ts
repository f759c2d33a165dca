import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { decodeVlpFrame } from '../../../src/health/index.js';
import { child, messageFrom } from '../../child.js';
import { temporaryFolder } from '../../temporary.js';
import { rawReceiver } from '../raw-receiver.js';

const BEATS = new URL('../processes/beats-from-threads.mjs', import.meta.url);

test('worker threads and the main thread share nonces without a gap or a duplicate', async () => {
  const observer = rawReceiver(path.join(temporaryFolder(), 's'));
  const process = child(BEATS, observer.path);
  const nonces: number[] = [];
  const pids = new Set<number>();
  const drain = () => {
    for (const bytes of observer.datagrams()) {
      const frame = decodeVlpFrame(bytes);
      nonces.push(Number(frame.nonce));
      pids.add(frame.pid);
    }
  };
  const draining = setInterval(drain, 1);
  const { sent } = await messageFrom<{ sent: number }>(process);
  clearInterval(draining);
  drain();
  expect(sent).toBe(300);
  expect(nonces).toHaveLength(300);
  expect(new Set(nonces).size).toBe(300);
  expect([...pids]).toEqual([process.pid]);
});

test('a thread that started before the main thread loaded the library is refused with the action to take', async () => {
  const observer = rawReceiver(path.join(temporaryFolder(), 's'));
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import('ringwire/health').then(({ VlpAgent }) => VlpAgent.connect(workerData)).then(
      () => parentPort.postMessage('connected'),
      (error) => parentPort.postMessage(error.code + ': ' + error.message),
    );`;
  const early = await import('node:worker_threads');
  const kept = early.getEnvironmentData('ringwire.vlp.nonces');
  early.setEnvironmentData('ringwire.vlp.nonces', undefined as never);
  const worker = new Worker(code, { eval: true, workerData: observer.path });
  onTestFinished(async () => void (await worker.terminate()));
  early.setEnvironmentData('ringwire.vlp.nonces', kept);
  const [message] = await once(worker, 'message');
  expect(message).toMatch(/^NONCE_NOT_SHARED: .*import ringwire\/health in the main thread first/);
});
