/**
 * The command that is run when an agent stalls.
 *
 * INV-COMMAND-01: no shell, and nothing of a frame but the pid, a number, reaches the command.
 * INV-COMMAND-02: at most one command per pid at a time, and one per debounce window; a full table refuses.
 * INV-COMMAND-03: right before the start the agent is still silent and its pid is not another process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, reasonOf } from '../../platform/index.js';
import type { RecoveryEvent } from './health-event.js';
import type { ResolvedRecoveryOptions } from './recovery-options.js';
import type { Slot, Tracker } from './tracker.js';

const MAX_PIDS = 4096;
/** How long the end of the observer waits for killed commands. */
const REAP_MILLIS = 5000;

type Outcome = Omit<RecoveryEvent, 'kind' | 'nanos'>;

export class Recovery {
  readonly #options: ResolvedRecoveryOptions;
  readonly #tracker: Tracker;
  readonly #clock: Clock;
  readonly #tell: (outcome: Outcome) => void;
  /** When a command was last tried for a pid, in milliseconds. */
  readonly #tried = new Map<number, number>();
  readonly #running = new Map<number, ChildProcess>();

  constructor(
    options: ResolvedRecoveryOptions,
    tracker: Tracker,
    clock: Clock,
    tell: (outcome: Outcome) => void,
  ) {
    this.#options = options;
    this.#tracker = tracker;
    this.#clock = clock;
    this.#tell = tell;
  }

  stalled(slot: Slot): void {
    const refusal = this.#refusal(slot);
    if (refusal !== null) {
      this.#tell({ pid: slot.pid, action: 'refused', detail: refusal });
      return;
    }
    this.#tried.set(slot.pid, this.#clock.monotonicMillis());
    this.#start(slot.pid);
  }

  /** Kills what runs and waits for it, at most 5 seconds. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    const ends = running.map((child) => once(child, 'close'));
    for (const child of running) killGroup(child);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => {
      timer = setTimeout(resolve, REAP_MILLIS);
    });
    await Promise.race([Promise.allSettled(ends), deadline]);
    clearTimeout(timer);
  }

  #refusal(slot: Slot): string | null {
    const { pid } = slot;
    if (slot.source === 'udp') return 'nothing attests which process sent by udp';
    if (!slot.stalled) return 'the agent beats again';
    if (this.#tracker.isRecycled(slot)) return 'the pid belongs to another process by now';
    if (this.#running.has(pid)) return 'a command for this pid is still running';
    const now = this.#clock.monotonicMillis();
    if (now - (this.#tried.get(pid) ?? Number.NEGATIVE_INFINITY) < this.#options.debounceMs)
      return 'debounced';
    this.#prune(now);
    return this.#tried.size < MAX_PIDS || this.#tried.has(pid) ? null : 'too many pids at once';
  }

  #prune(now: number): void {
    if (this.#tried.size < MAX_PIDS) return;
    for (const [pid, tried] of this.#tried) {
      if (now - tried >= 10 * this.#options.debounceMs) this.#tried.delete(pid);
    }
  }

  #start(pid: number): void {
    const [program = '', ...rest] = this.#options.command;
    const args = [...rest.map((part) => part.replaceAll('{pid}', String(pid))), String(pid)];
    let child: ChildProcess;
    try {
      child = spawn(program, args, { env: this.#options.env, shell: false, detached: true, stdio: 'ignore' });
    } catch (error) {
      this.#tell({ pid, action: 'failed', detail: reasonOf(error) });
      return;
    }
    this.#running.set(pid, child);
    let killed = false;
    const timeout = this.#options.timeoutMs;
    const timer =
      timeout === null
        ? undefined
        : setTimeout(() => {
            killed = killGroup(child);
          }, timeout);
    child.once('spawn', () => this.#tell({ pid, action: 'spawned', child: child.pid as number }));
    child.once('error', (error) => {
      if (child.pid === undefined) this.#tell({ pid, action: 'failed', detail: reasonOf(error) });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      this.#running.delete(pid);
      if (child.pid === undefined) return;
      const detail = killed ? 'after timeout' : signal === null ? String(code) : signal;
      this.#tell({ pid, action: killed ? 'killed' : 'exited', child: child.pid, detail });
    });
  }
}

/** Kills a command and everything it started: it leads a process group of its own. */
function killGroup(child: ChildProcess): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  } catch {
    return false;
  }
}
