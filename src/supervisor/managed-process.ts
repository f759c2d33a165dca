/** One process under supervision: the state machine of process-state.ts over runs of its command. */
import { ControlError, type ControlEvent, messageOf, refusal } from '../control/index.js';
import { adoptChild, type ChildExit, type ChildRun, spawnChild } from './child-run.js';
import { bootId } from './proc-files.js';
import { endGroup } from './process-group.js';
import type { ProcessOutput } from './process-output.js';
import type { ProcessRecord, ProcessRecords } from './process-record.js';
import type { ResolvedSpec } from './process-spec.js';
import { eventOf, type ProcessState, TRANSITIONS } from './process-state.js';
import { untilReady } from './readiness.js';
import { RestartBackoff } from './restart-backoff.js';
import { UsageSampler } from './usage-sampler.js';

export interface ProcessHost {
  readonly records: ProcessRecords;
  emit(event: Omit<ControlEvent, 'time'>): void;
  /** Resolves at the next health beat from this pid. */
  beat(pid: number, signal: AbortSignal): Promise<void>;
}

/** What is told with a change of state. */
interface Circumstances {
  readonly exit?: number;
  readonly signal?: string;
  readonly reason?: string;
}

export class ManagedProcess {
  readonly spec: ResolvedSpec;
  readonly output: ProcessOutput;
  readonly #host: ProcessHost;
  readonly #backoff: RestartBackoff;
  #state: ProcessState = 'pending';
  #run: ChildRun | null = null;
  #pid = 0;
  #lastExit: ChildExit | null = null;
  #restarts = 0;
  #usage: UsageSampler | null = null;
  #starting: { readonly done: Promise<void>; readonly abort: AbortController } | null = null;
  #stopping: Promise<void> | null = null;
  /** Set while {@link #stopping}: what to do when it is over. */
  #stopWanted = false;
  /** The end of what a run left behind. */
  #cleanup: Promise<void> = Promise.resolve();
  #restartTimer: NodeJS.Timeout | null = null;

  constructor(spec: ResolvedSpec, output: ProcessOutput, host: ProcessHost) {
    this.spec = spec;
    this.output = output;
    this.#host = host;
    this.#backoff = new RestartBackoff(spec);
    this.#emit('process.registered');
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Process id of the last run; 0 before the first. */
  get pid(): number {
    return this.#pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get run(): ChildRun | null {
    return this.#run;
  }

  get usage(): UsageSampler | null {
    return this.#usage;
  }

  get lastExit(): ChildExit | null {
    return this.#lastExit;
  }

  /** Resolves when it runs and is ready. @throws ControlError `ALREADY_RUNNING`, `REFUSED` */
  async start(): Promise<void> {
    if (this.#state === 'running') throw refusal('ALREADY_RUNNING');
    if (this.#starting !== null && this.#state === 'starting') return this.#starting.done;
    if (this.#state === 'stopping') {
      await this.#stopping;
      return this.start();
    }
    this.#cancelRestart();
    this.#backoff.forget();
    return this.#launch();
  }

  /** Resolves when nobody of its group lives. @throws ControlError `NOT_RUNNING` before the first start */
  async stop(): Promise<void> {
    switch (this.#state) {
      case 'pending':
        throw refusal('NOT_RUNNING');
      case 'stopping':
        this.#stopWanted = true;
        return this.#stopping ?? undefined;
      case 'restarting':
        this.#cancelRestart();
        this.#move('stopped');
        return this.#cleanup;
      case 'starting':
      case 'running':
        this.#stopWanted = true;
        return this.#end('requested');
      default:
        return this.#cleanup;
    }
  }

  /** Ends a run that misbehaves; the restart policy decides how to go on. */
  terminate(reason: string): void {
    if (this.#state !== 'running') return;
    this.#stopWanted = false;
    void this.#end(reason);
  }

  /** Takes over a child that outlived its manager. */
  async adopt(record: ProcessRecord): Promise<void> {
    await this.output.prepare();
    const run = adoptChild(record);
    this.#begin(run);
    this.#host.records.save(record);
    this.#move('running', { reason: 'adopted' });
  }

  /** Forgets a planned restart, so that nothing keeps the manager from ending. */
  close(): void {
    this.#cancelRestart();
    this.output.close();
  }

  #launch(): Promise<void> {
    this.#move('starting');
    const abort = new AbortController();
    const done = this.#startUp(abort.signal).finally(() => {
      if (this.#starting?.abort === abort) this.#starting = null;
    });
    this.#starting = { done, abort };
    return done;
  }

  async #startUp(signal: AbortSignal): Promise<void> {
    let run: ChildRun;
    try {
      await this.#cleanup;
      await this.output.prepare();
      if (signal.aborted) throw stoppedMeanwhile();
      const { records } = this.#host;
      run = await spawnChild(this.spec, records.marks(this.spec.id), () => this.output.openForChild());
    } catch (error) {
      if (this.#state === 'starting') this.#crash(0, { reason: messageOf(error) });
      throw error instanceof ControlError
        ? error
        : new ControlError('REFUSED', `cliwrap: cannot start ${this.spec.id}: ${messageOf(error)}`, {
            cause: error,
          });
    }
    this.#begin(run);
    const { id } = this.spec;
    const { pid, startTime, startedAt } = run;
    this.#host.records.save({ ...this.#host.records.of(id), pid, startTime, bootId: bootId(), startedAt });
    await this.#untilReady(run, signal);
    if (this.#run !== run || this.#state !== 'starting') throw stoppedMeanwhile();
    this.#move('running');
  }

  /** @throws ControlError `REFUSED` when it ends, is stopped or takes too long */
  async #untilReady(run: ChildRun, stop: AbortSignal): Promise<void> {
    const probe = this.spec.ready;
    if (probe === undefined) return;
    const over = new AbortController();
    const signal = AbortSignal.any([stop, over.signal, AbortSignal.timeout(this.spec.readyTimeoutMs)]);
    void run.exit.then(() => over.abort());
    try {
      const { output } = this;
      await untilReady(
        this.spec,
        probe,
        {
          line: (text, until) => output.contains(text, until),
          beat: (until) => this.#host.beat(run.pid, until),
        },
        signal,
      );
    } catch {
      if (stop.aborted) throw stoppedMeanwhile();
      const ended = over.signal.aborted;
      const reason = ended ? 'ended before it was ready' : 'was not ready in time';
      if (!ended) {
        this.#stopWanted = false;
        void this.#end(reason);
      }
      throw new ControlError('REFUSED', `cliwrap: ${this.spec.id} ${reason}`);
    }
  }

  #begin(run: ChildRun): void {
    this.#run = run;
    this.#pid = run.pid;
    this.#lastExit = null;
    this.#usage = new UsageSampler(run.pid);
    void run.exit.then((exit) => this.#onExit(run, exit));
  }

  #onExit(run: ChildRun, exit: ChildExit): void {
    if (this.#run !== run) return;
    this.#lastExit = exit;
    // A stop goes on until the whole group is gone.
    if (this.#state === 'stopping') return;
    this.output.drain();
    this.#run = null;
    this.#usage = null;
    this.#cleanup = this.#clean(run);
    const circumstances = describe(exit);
    if (exit.code === 0) {
      this.#move('stopped', circumstances);
      this.#decide(false, Date.now() - run.startedAt);
    } else this.#crash(Date.now() - run.startedAt, circumstances);
  }

  #crash(ranMs: number, circumstances: Circumstances): void {
    this.#move('crashed', circumstances);
    this.#decide(true, ranMs);
  }

  #decide(crashed: boolean, ranMs: number): void {
    const verdict = this.#backoff.onEnd(crashed, ranMs);
    if (verdict.kind === 'give-up') this.#move('failed', { reason: `after ${this.#restarts} restarts` });
    if (verdict.kind !== 'restart') return;
    this.#move('restarting', { reason: `in ${verdict.afterMs} ms` });
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      this.#restarts++;
      // Whatever goes wrong is told by the events.
      this.#launch().catch(() => {});
    }, verdict.afterMs);
  }

  #end(reason: string): Promise<void> {
    this.#move('stopping', reason === 'requested' ? {} : { reason });
    this.#stopping = this.#endRun(reason).finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  async #endRun(reason: string): Promise<void> {
    const starting = this.#starting;
    starting?.abort.abort(stoppedMeanwhile());
    // A spawn that is under way comes to its end first, so that there is something to stop.
    if (starting !== null && this.#run === null) await starting.done.catch(() => {});
    const run = this.#run;
    let exit: ChildExit | null = null;
    if (run !== null) {
      await endGroup(run.pid, run.startTime, this.spec.stopTimeoutMs);
      exit = await run.exit;
      this.#forget();
    }
    this.output.drain();
    this.#run = null;
    this.#usage = null;
    const circumstances = exit === null ? {} : describe(exit);
    if (this.#stopWanted) this.#move('stopped', circumstances);
    else this.#crash(run === null ? 0 : Date.now() - run.startedAt, { ...circumstances, reason });
  }

  /** What a child leaves behind when it ends by itself goes the way of a stop. */
  async #clean(run: ChildRun): Promise<void> {
    await endGroup(run.pid, run.startTime, this.spec.stopTimeoutMs);
    this.output.drain();
    if (this.#run === null) this.#forget();
  }

  #forget(): void {
    const { records } = this.#host;
    records.save({ ...records.of(this.spec.id), pid: 0, startTime: '', bootId: '', startedAt: 0 });
  }

  #cancelRestart(): void {
    if (this.#restartTimer !== null) clearTimeout(this.#restartTimer);
    this.#restartTimer = null;
  }

  #move(state: ProcessState, circumstances: Circumstances = {}): void {
    if (!TRANSITIONS[this.#state].includes(state)) {
      throw new Error(`process '${this.spec.id}' cannot go from ${this.#state} to ${state}`);
    }
    this.#state = state;
    this.#emit(eventOf(state), circumstances);
  }

  #emit(type: string, circumstances: Circumstances = {}): void {
    this.#host.emit({ id: this.spec.id, type, ...circumstances });
  }
}

function describe({ code, signal }: ChildExit): Circumstances {
  if (code !== null) return { exit: code };
  return signal === null ? { reason: 'ended unseen' } : { signal };
}

function stoppedMeanwhile(): ControlError {
  return new ControlError('REFUSED', 'cliwrap: stopped before it was running');
}
