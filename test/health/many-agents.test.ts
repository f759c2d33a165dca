import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type StallEvent, VlpObserver } from '../../src/health/index.js';
import { child, kill } from '../child.js';
import { MEASURES, sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';

const AGENTS = sized({ test: 12, all: 50, long: 50 });
const KILLED = sized({ test: 3, all: 5, long: 5 });
/** So long that a busy machine leaves no living agent silent. */
const THRESHOLD_MS = sized({ test: 3000, all: 3000, long: 1000 });
const LATEST_MS = 150;
/** How long everybody is watched after the five were killed. */
const WATCH_MS = sized({ test: 2 * THRESHOLD_MS, all: 3 * THRESHOLD_MS, long: 180_000 });
const AGENT = new URL('./processes/steady-agent.mjs', import.meta.url);

test(
  `of ${AGENTS} agents at 10 Hz, exactly the ${KILLED} that are killed stall, each in time, beside one that is busy`,
  async () => {
    const socket = path.join(temporaryFolder(), 's');
    const observer = VlpObserver.bind({ socket, thresholdMs: THRESHOLD_MS });
    onTestFinished(() => observer.close());
    const stalls: StallEvent[] = [];
    observer.on('stall', (event) => stalls.push(event));
    const busy = child(AGENT, socket, 1);
    const agents: ChildProcess[] = [];
    for (let i = 0; i < AGENTS; i++) {
      agents.push(child(AGENT, socket, 100));
      if (i % 5 === 4) await until(() => observer.agents().length >= i - 3);
    }
    await until(() => observer.agents().length === AGENTS + 1);
    // A machine that had just started 51 processes may have starved some of them; that is over now.
    // Fifty programs that start share two cores: the watch begins when nobody has stalled for a while.
    do {
      stalls.length = 0;
      await new Promise((resolve) => setTimeout(resolve, THRESHOLD_MS + 1000));
    } while (stalls.length > 0);
    const victims = agents.slice(0, KILLED);
    await Promise.all(victims.map(kill));
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    await until(() => stalls.length >= KILLED);
    const pids = (processes: readonly ChildProcess[]) =>
      processes.map(({ pid }) => pid as number).sort((a, b) => a - b);
    expect(stalls.map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(pids(victims));
    for (const { nanos, lastNanos } of stalls) {
      expect(nanos - lastNanos).toBeGreaterThanOrEqual(THRESHOLD_MS * 1e6);
      if (MEASURES) expect(nanos - lastNanos).toBeLessThanOrEqual((THRESHOLD_MS + LATEST_MS) * 1e6);
    }
    const beats = observer.agents().find(({ pid }) => pid === busy.pid)?.beats ?? 0;
    expect(beats).toBeGreaterThan(MEASURES ? 1000 : 0);
    expect(observer.counters).toMatchObject({ outOfOrder: 0, authFailures: 0, ioErrors: 0 });
  },
  WATCH_MS + 180_000,
);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
