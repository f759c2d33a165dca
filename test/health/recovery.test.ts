import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  type HealthEvent,
  RecoveryAudit,
  type RecoveryEvent,
  type RecoveryOptions,
  Status,
  VlpAgent,
  VlpObserver,
} from '../../src/health/index.js';
import { Recovery } from '../../src/health/observer/recovery.js';
import { resolveRecovery } from '../../src/health/observer/recovery-options.js';
import { type Slot, Tracker } from '../../src/health/observer/tracker.js';
import { ManualClock } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

const THRESHOLD = 50;

function script(folder: string, body: string): string {
  const file = path.join(folder, 'recover');
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o700 });
  return file;
}

/** An observer with a recovery command, and an agent that beats once and is silent then. */
async function stalledAgent(options: RecoveryOptions, ends: (event: RecoveryEvent) => boolean) {
  const socket = path.join(temporaryFolder(), 's');
  const observer = VlpObserver.bind({ socket, thresholdMs: THRESHOLD, recovery: options });
  onTestFinished(() => observer.close());
  using agent = VlpAgent.connect(socket);
  const stream = observer.events();
  agent.beat(Status.Ok);
  const recoveries: RecoveryEvent[] = [];
  for await (const event of stream as AsyncIterable<HealthEvent>) {
    if (event.kind !== 'recovery') continue;
    recoveries.push(event);
    if (ends(event)) break;
  }
  return { observer, recoveries };
}

test('a stall runs the command with the pid in a separate environment without a shell', async () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'out');
  Object.assign(process.env, { RINGWIRE_TEST_SECRET: 'x' });
  const command = [script(folder, `{ echo "$#:$*"; env | sort; } > ${out}`), 'a b', '$(touch evil); {pid}'];
  const { recoveries } = await stalledAgent(
    { command, env: { ROLE: 'worker' } },
    ({ action }) => action === 'exited',
  );
  Reflect.deleteProperty(process.env, 'RINGWIRE_TEST_SECRET');
  expect(recoveries).toMatchObject([
    { action: 'spawned', pid: process.pid },
    { action: 'exited', pid: process.pid, detail: '0', child: recoveries[0]?.child },
  ]);
  const text = fs.readFileSync(out, 'utf8');
  expect(text.split('\n')[0]).toBe(`3:a b $(touch evil); ${process.pid} ${process.pid}`);
  expect(text).toContain('ROLE=worker\n');
  expect(text).toContain('PATH=/usr/bin:/bin\n');
  expect(text).not.toContain('RINGWIRE_TEST_SECRET');
  expect(fs.readdirSync(folder).sort()).toEqual(['out', 'recover']);
});

test('searches a program without a slash in the PATH of its environment', async () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'out');
  script(folder, `echo found > ${out}`);
  const plain = await stalledAgent({ command: ['true'] }, ({ action }) => action === 'exited');
  expect(plain.recoveries.at(-1)).toMatchObject({ detail: '0' });
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  await stalledAgent({ command: ['recover'], env }, ({ action }) => action === 'exited');
  expect(fs.readFileSync(out, 'utf8')).toBe('found\n');
  const [program] = resolveRecovery({ command: ['./recover'] }).command;
  expect(program).toBe(path.resolve('recover'));
});

test('passes the environment of the process to the command with inheritEnv', async () => {
  const folder = temporaryFolder();
  const out = path.join(folder, 'out');
  Object.assign(process.env, { RINGWIRE_TEST_INHERITED: 'yes' });
  onTestFinished(() => void Reflect.deleteProperty(process.env, 'RINGWIRE_TEST_INHERITED'));
  const command = [script(folder, `echo "$RINGWIRE_TEST_INHERITED $ROLE" > ${out}`)];
  await stalledAgent({ command, inheritEnv: true, env: { ROLE: 'x' } }, ({ action }) => action === 'exited');
  expect(fs.readFileSync(out, 'utf8')).toBe('yes x\n');
});

test('counts the output of a command up to the limit, writes the audit file and the counters', async () => {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  const audit = path.join(folder, 'audit');
  const observer = VlpObserver.bind({
    socket,
    thresholdMs: THRESHOLD,
    recovery: {
      command: [script(folder, 'echo 12345; echo 123 >&2; exit 3')],
      captureOutput: true,
      captureBytes: 7,
    },
  });
  onTestFinished(() => observer.close());
  const log = new RecoveryAudit(observer, audit);
  onTestFinished(() => log.close());
  using agent = VlpAgent.connect(socket);
  const ended = new Promise<RecoveryEvent>((resolve) => {
    observer.on('recovery', (event) => {
      if (event.action === 'exited') resolve(event);
    });
  });
  agent.beat(Status.Ok);
  const event = await ended;
  expect((event.stdoutBytes ?? 0) + (event.stderrBytes ?? 0)).toBe(7);
  expect(event).toMatchObject({ detail: '3', truncated: true });
  const lines = fs.readFileSync(audit, 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('# ringwire recovery audit v1');
  expect(lines.slice(1).map((line) => line.split('\t')[3])).toEqual(['spawned', 'exited']);
  expect(lines.slice(1).every((line) => line.split('\t').length === 11)).toBe(true);
  expect(fs.statSync(audit).mode & 0o777).toBe(0o600);
  expect(observer.counters.recoveries).toMatchObject({ spawned: 1, reaped_nonzero: 1 });
  expect(observer.counters.recoveriesEnded).toBe(1);
});

test('refuses a command that is a string, empty or not an array of strings', () => {
  for (const command of ['systemctl restart x', [], [''], [7], undefined]) {
    expect(() => resolveRecovery({ command: command as never })).toThrow(/recovery.command/);
  }
  expect(() => resolveRecovery({ command: ['/bin/true'], timeoutMs: 99 })).toThrow(
    /timeoutMs must be a whole number from 100/,
  );
  expect(() => resolveRecovery({ command: ['/bin/true'], debounceMs: -1 })).toThrow(/debounceMs/);
});

test('a command that exceeds its timeout is killed with its children', async () => {
  const folder = temporaryFolder();
  const pids = path.join(folder, 'pids');
  const { recoveries } = await stalledAgent(
    { command: [script(folder, `sleep 60 & echo $$ $! > ${pids}; sleep 60`)], timeoutMs: 300 },
    ({ action }) => {
      // The timeout is a timer of this process: it waits until the command has started its child.
      if (action === 'spawned')
        block(() => fs.existsSync(pids) && fs.readFileSync(pids, 'utf8').endsWith('\n'));
      return action === 'killed';
    },
  );
  expect(recoveries.at(-1)).toMatchObject({ action: 'killed', detail: 'after timeout' });
  for (const pid of fs.readFileSync(pids, 'utf8').trim().split(' ')) {
    await gone(Number(pid));
  }
});

test('the close of the observer kills running commands', async () => {
  const folder = temporaryFolder();
  const { observer, recoveries } = await stalledAgent(
    { command: [script(folder, 'sleep 60')] },
    ({ action }) => action === 'spawned',
  );
  await observer.close();
  await gone(recoveries[0]?.child as number);
});

test('reports a program that cannot be started, and one that fails', async () => {
  const missing = await stalledAgent({ command: ['/no/such/program'] }, () => true);
  expect(missing.recoveries).toMatchObject([{ action: 'failed', detail: expect.stringContaining('ENOENT') }]);
  const failing = await stalledAgent({ command: ['/bin/false'] }, ({ action }) => action === 'exited');
  expect(failing.recoveries.at(-1)).toMatchObject({ action: 'exited', detail: '1' });
});

/** A recovery by itself, with a clock that stands still. */
function recovery(processStart: () => string | null = () => 'start') {
  const tracker = new Tracker({ thresholdMs: 10, capacity: 4096, eviction: 'strict', processStart });
  const clock = new ManualClock();
  const told: string[] = [];
  const recovers = new Recovery(
    resolveRecovery({ command: ['/bin/true'], debounceMs: 1000 }),
    tracker,
    clock,
    ({ action, detail }) =>
      told.push(detail === undefined || action === 'exited' ? action : `${action}: ${detail}`),
  );
  onTestFinished(() => recovers.close());
  const slot = (pid: number, source: Slot['source'] = 'socket'): Slot => {
    const zeros = { timestampHigh: 0, timestampLow: 0, payloadHigh: 0, payloadLow: 0 };
    const { nonceHigh, nonceLow } = { nonceHigh: 0, nonceLow: 1 };
    tracker.record(pid, source, { pid, status: Status.Ok, nonceHigh, nonceLow, ...zeros }, 0);
    const found = tracker.find(pid) as Slot;
    found.stalled = true;
    return found;
  };
  const settled = async (count: number) => {
    while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  return { recovers, clock, told, slot, settled };
}

test('runs one command for each pid in a debounce window', async () => {
  const { recovers, clock, told, slot, settled } = recovery();
  recovers.stalled(slot(7));
  recovers.stalled(slot(7));
  expect(told).toEqual(['refused: a command for this pid is still running']);
  await settled(3);
  clock.advance(999);
  recovers.stalled(slot(7));
  expect(told.at(-1)).toBe('refused: debounced');
  recovers.stalled(slot(8));
  clock.advance(1);
  recovers.stalled(slot(7));
  await settled(8);
  expect(told.filter((text) => text === 'spawned')).toHaveLength(3);
});

test('runs no command for a resumed agent, a recycled pid and an unattested sender', () => {
  let start = 'first';
  const { recovers, told, slot } = recovery(() => start);
  const alive = slot(7);
  alive.stalled = false;
  recovers.stalled(alive);
  recovers.stalled(slot(8, 'udp'));
  const recycled = slot(9);
  start = 'second';
  recovers.stalled(recycled);
  expect(told).toEqual([
    'refused: the agent beats again',
    'refused: udp does not attest the process',
    'refused: the pid belongs to another process now',
  ]);
});

/** Blocks this thread, and so its timers, until a condition holds. @throws Error when it never does */
function block(condition: () => boolean): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + 120_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the condition never held');
    Atomics.wait(pause, 0, 0, 2);
  }
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      if (stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z') return;
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
