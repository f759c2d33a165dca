/**
 * Runs a command when an agent stalls.
 *
 * INV-COMMAND-01: no shell runs, and the command receives only the pid, a number, of a frame.
 * INV-COMMAND-02: at most one command for each pid at a time and in each debounce window; a full table refuses.
 * INV-COMMAND-03: immediately before the start the agent is still silent and its pid is not another process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterMs, type Clock, type LongTimer, reasonOf } from '../../platform/index.js';
import { newCounters, type ObserverCounters, type RecoveryOutcome } from './counters.js';
import type { RecoveryEvent } from './health-event.js';
import type { ResolvedRecoveryOptions } from './recovery-options.js';
import type { Slot, Tracker } from './tracker.js';

const MAX_PIDS = 4096;
/** Milliseconds for which the output of a command is read after its exit. */
const OUTPUT_AFTER_EXIT_MILLIS = 500;

type Report = Omit<RecoveryEvent, 'kind' | 'nanos'>;

interface Refusal {
  readonly outcome: RecoveryOutcome;
  readonly detail: string;
}

/** Runs the recovery command. */
export class Recovery {
  readonly #options: ResolvedRecoveryOptions;
  readonly #tracker: Tracker;
  readonly #clock: Clock;
  readonly #counters: ObserverCounters;
  readonly #report: (report: Report) => void;
  /** Time of the last attempt for each pid, monotonic milliseconds. */
  readonly #tried = new Map<number, number>();
  readonly #running = new Map<number, ChildProcess>();

  constructor(
    options: ResolvedRecoveryOptions,
    tracker: Tracker,
    clock: Clock,
    report: (report: Report) => void,
    counters: ObserverCounters = newCounters(),
  ) {
    this.#options = options;
    this.#tracker = tracker;
    this.#clock = clock;
    this.#counters = counters;
    this.#report = report;
  }

  /** Starts the command for a stalled agent, or reports the reason of a refusal. */
  stalled(slot: Slot): void {
    const refusal = this.#refusal(slot);
    if (refusal !== null) {
      this.#counters.recoveries[refusal.outcome]++;
      this.#report({ pid: slot.pid, action: 'refused', detail: refusal.detail });
      return;
    }
    this.#tried.set(slot.pid, this.#clock.monotonicMillis());
    this.#start(slot.pid);
  }

  /** Kills running commands and waits for their end for at most the grace period. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    const ends = running.map((child) => once(child, 'close'));
    for (const child of running) killGroup(child);
    let timer: LongTimer | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = afterMs(this.#options.shutdownGraceMs, resolve);
    });
    await Promise.race([Promise.allSettled(ends), deadline]);
    timer?.stop();
  }

  #refusal(slot: Slot): Refusal | null {
    const { pid } = slot;
    if (slot.source === 'udp') {
      return { outcome: 'refused_unauthenticated_transport', detail: 'udp does not attest the process' };
    }
    if (!slot.stalled) return { outcome: 'skipped_agent_resumed', detail: 'the agent beats again' };
    if (this.#tracker.isRecycled(slot)) {
      return { outcome: 'skipped_pid_recycled', detail: 'the pid belongs to another process now' };
    }
    if (this.#running.has(pid)) {
      return { outcome: 'debounced', detail: 'a command for this pid is still running' };
    }
    const now = this.#clock.monotonicMillis();
    const last = this.#tried.get(pid) ?? Number.NEGATIVE_INFINITY;
    if (now - last < this.#options.debounceMs) return { outcome: 'debounced', detail: 'debounced' };
    this.#prune(now);
    if (this.#tried.size < MAX_PIDS || this.#tried.has(pid)) return null;
    return { outcome: 'refused_debounce_capacity', detail: 'too many pids at once' };
  }

  #prune(now: number): void {
    if (this.#tried.size < MAX_PIDS) return;
    for (const [pid, tried] of this.#tried) {
      if (now - tried >= 10 * this.#options.debounceMs) this.#tried.delete(pid);
    }
  }

  #start(pid: number): void {
    const { command, env, timeoutMs, captureBytes } = this.#options;
    const [program = '', ...rest] = command;
    const args = [...rest.map((part) => part.replaceAll('{pid}', String(pid))), String(pid)];
    const output = captureBytes === null ? 'ignore' : 'pipe';
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        env,
        shell: false,
        detached: true,
        stdio: ['ignore', output, output],
      });
    } catch (error) {
      this.#failed(pid, error);
      return;
    }
    const began = this.#clock.monotonicMillis();
    const captured = captureBytes === null ? null : new OutputCount(child, captureBytes);
    this.#running.set(pid, child);
    let killed = false;
    const timer =
      timeoutMs === null
        ? null
        : afterMs(timeoutMs, () => {
            killed = killGroup(child);
          });
    child.once('spawn', () => {
      this.#counters.recoveries.spawned++;
      this.#report({ pid, action: 'spawned', child: child.pid as number });
    });
    child.once('error', (error) => {
      if (child.pid === undefined) this.#failed(pid, error);
    });
    child.once('close', (code, signal) => {
      timer?.stop();
      this.#running.delete(pid);
      if (child.pid === undefined) return;
      const durationMs = this.#clock.monotonicMillis() - began;
      this.#countEnd(killed, code, durationMs);
      const detail = killed ? 'after timeout' : signal === null ? String(code) : signal;
      const action = killed ? 'killed' : 'exited';
      this.#report({ pid, action, child: child.pid, detail, durationMs, ...captured?.figures() });
    });
  }

  #failed(pid: number, error: unknown): void {
    this.#running.delete(pid);
    this.#counters.recoveries.spawn_failed++;
    this.#report({ pid, action: 'failed', detail: reasonOf(error) });
  }

  #countEnd(killed: boolean, code: number | null, durationMs: number): void {
    const { recoveries } = this.#counters;
    if (killed) recoveries.killed++;
    else if (code === 0) recoveries.reaped_zero++;
    else recoveries.reaped_nonzero++;
    this.#counters.recoveryMillis += durationMs;
    this.#counters.recoveriesEnded++;
  }
}

/** Reads the output of a command and counts its bytes up to a limit. */
class OutputCount {
  readonly #limit: number;
  #last: LongTimer | null = null;
  #stdout = 0;
  #stderr = 0;
  #truncated = false;

  constructor(child: ChildProcess, limit: number) {
    this.#limit = limit;
    this.#read(child.stdout, (bytes) => {
      this.#stdout += bytes;
    });
    this.#read(child.stderr, (bytes) => {
      this.#stderr += bytes;
    });
    // A child of the command may keep the pipes open: its output is ignored.
    child.once('exit', () => {
      this.#last = afterMs(OUTPUT_AFTER_EXIT_MILLIS, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }).unref();
    });
    child.once('close', () => this.#last?.stop());
  }

  figures(): { stdoutBytes: number; stderrBytes: number; truncated: boolean } {
    return { stdoutBytes: this.#stdout, stderrBytes: this.#stderr, truncated: this.#truncated };
  }

  #read(stream: Readable | null, count: (bytes: number) => void): void {
    stream?.on('data', (chunk: Buffer) => {
      const room = this.#limit - this.#stdout - this.#stderr;
      if (chunk.length > room) this.#truncated = true;
      count(Math.min(chunk.length, room));
    });
    stream?.on('error', () => {});
  }
}

/** Kills a command and its children: the command leads its own process group. */
function killGroup(child: ChildProcess): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  } catch {
    return false;
  }
}
