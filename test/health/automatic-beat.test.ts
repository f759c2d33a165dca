import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BeatOutcome, Status, startAutomaticBeat, VlpAgent } from '../../src/health/index.js';
import { temporaryFolder } from '../temporary.js';
import { rawReceiver } from './raw-receiver.js';

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

function block(millis: number): void {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

test('sends periodic beats, and Degraded with the lag after the event loop was blocked', async () => {
  const receiver = rawReceiver(path.join(temporaryFolder(), 's'));
  const agent = VlpAgent.connect(receiver.path);
  const beat = startAutomaticBeat(agent, { intervalMs: 20, degradedLagMs: 150 });
  onTestFinished(() => {
    beat.stop();
    agent.close();
  });
  const frames = receiver.frames();
  expect(frames).toMatchObject([{ status: Status.Ok, payload: 0n }]);
  await sleep(10);
  block(400);
  while (!frames.some((frame) => frame.status === Status.Degraded)) {
    await sleep(5);
    frames.push(...receiver.frames());
  }
  const degraded = frames.find((frame) => frame.status === Status.Degraded);
  expect(Number(degraded?.payload)).toBeGreaterThanOrEqual(350);
  expect(frames.map((frame) => frame.nonce)).toEqual(frames.map((_, i) => BigInt(i + 1)));
  const { sent, lost } = beat;
  expect(sent + lost).toBeGreaterThanOrEqual(frames.length);
  beat.stop();
  await sleep(60);
  expect(beat.sent).toBe(sent);
});

test('beats once in an interval of more than 2^31-1 milliseconds', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const agent = { beat: vi.fn(() => BeatOutcome.Sent) };
  using beat = startAutomaticBeat(agent as never, { intervalMs: 600 * 3_600_000 });
  vi.advanceTimersByTime(10_000);
  expect(beat.sent).toBe(1);
  expect(agent.beat).toHaveBeenCalledTimes(1);
});

test('invalid intervals are refused', () => {
  const agent = null as never;
  expect(() => startAutomaticBeat(agent, { intervalMs: 5 })).toThrow(/intervalMs must be from 10/);
  expect(() => startAutomaticBeat(agent, { intervalMs: 50, degradedLagMs: -1 })).toThrow(/degradedLagMs/);
});
