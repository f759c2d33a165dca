/** One process under supervision: the state machine of process-state.ts over runs of its command. */
import { ControlError, messageOf, refusal } from '../../control/index.js';
import type { ProcessOutput } from '../output/process-output.js';
import type { NewEvent } from '../storage/event-feed.js';
import { adoptChild, type ChildExit, type ChildRun, spawnChild } from './child-run.js';
import { endGroup } from './process-group.js';
import { circumstancesOf, ProcessLifecycle, type TransitionDetails } from './process-lifecycle.js';
import type { ProcessRecord, ProcessRecords } from './process-record.js';
import type { ResolvedSpec } from './process-spec.js';
import type { ProcessState } from './process-state.js';
import { awaitReadiness } from './readiness.js';
import { RestartBackoff } from './restart-backoff.js';
import { UsageSampler } from './usage-sampler.js';

export interface ProcessHost {
  readonly records: ProcessRecords;
  emit(event: NewEvent): void;
  /** Resolves at the next health beat from this pid. */
  beat(pid: number, signal: AbortSignal): Promise<void>;
}

export class ManagedProcess {
  readonly spec: ResolvedSpec;
  readonly output: ProcessOutput;
  readonly #host: ProcessHost;
  readonly #backoff: RestartBackoff;
  readonly #life: ProcessLifecycle;
  #run: ChildRun | null = null;
  #pid = 0;
  #lastExit: ChildExit | null = null;
  #usage: UsageSampler | null = null;
  #starting: { readonly done: Promise<void>; readonly abort: AbortController } | null = null;
  #stopping: Promise<void> | null = null;
  /** Set while {@link #stopping}: what to do when it is over. */
  #stopWanted = false;
  /** The end of what a run left behind. */
  #cleanup: Promise<void> = Promise.resolve();

  constructor(spec: ResolvedSpec, output: ProcessOutput, host: ProcessHost) {
    this.spec = spec;
    this.output = output;
    this.#host = host;
    this.#backoff = new RestartBackoff(spec);
    this.#life = new ProcessLifecycle(spec.id, (event) => host.emit(event));
  }

  get state(): ProcessState {
    return this.#life.state;
  }

  /** Process id of the last run; 0 before the first. */
  get pid(): number {
    return this.#pid;
  }

  get restarts(): number {
    return this.#backoff.restarts;
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
    if (this.state === 'running') throw refusal('ALREADY_RUNNING');
    if (this.#starting !== null && this.state === 'starting') return this.#starting.done;
    if (this.state === 'stopping') {
      await this.#stopping;
      return this.start();
    }
    this.#backoff.cancel();
    this.#backoff.forget();
    return this.#launch();
  }

  /** Resolves when nobody of its group lives. @throws ControlError `NOT_RUNNING` before the first start */
  async stop(): Promise<void> {
    switch (this.state) {
      case 'pending':
        throw refusal('NOT_RUNNING');
      case 'stopping':
        this.#stopWanted = true;
        return this.#stopping ?? undefined;
      case 'restarting':
        this.#backoff.cancel();
        this.#life.move('stopped');
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
    if (this.state === 'running') this.#endUnwanted(reason);
  }

  /** Takes over a child that outlived its manager. */
  async adopt(record: ProcessRecord): Promise<void> {
    await this.output.prepare();
    const run = adoptChild(record);
    this.#begin(run);
    this.#host.records.save(record);
    this.#life.move('running', { reason: 'adopted' });
  }

  /** Forgets a planned restart, so that nothing keeps the manager from ending. */
  close(): void {
    this.#backoff.cancel();
    this.output.close();
  }

  #launch(): Promise<void> {
    this.#life.move('starting');
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
      if (this.state === 'starting') this.#crash(0, { reason: messageOf(error) });
      throw error instanceof ControlError
        ? error
        : new ControlError('REFUSED', `cliwrap: cannot start ${this.spec.id}: ${messageOf(error)}`, {
            cause: error,
          });
    }
    this.#begin(run);
    this.#host.records.saveRun(this.spec.id, run);
    await this.#untilReady(run, signal);
    if (this.#run !== run || this.state !== 'starting') throw stoppedMeanwhile();
    this.#life.move('running');
  }

  /** @throws ControlError `REFUSED` when it ends, is stopped or takes too long */
  async #untilReady(run: ChildRun, stop: AbortSignal): Promise<void> {
    const { spec, output } = this;
    const signs = {
      line: (text: string, until: AbortSignal) => output.contains(text, until),
      beat: (until: AbortSignal) => this.#host.beat(run.pid, until),
    };
    const readiness = await awaitReadiness(spec, signs, run.exit, stop);
    if (readiness === 'ready') return;
    if (readiness === 'stopped') throw stoppedMeanwhile();
    const reason = readiness === 'ended' ? 'ended before it was ready' : 'was not ready in time';
    if (readiness === 'late') this.#endUnwanted(reason);
    throw new ControlError('REFUSED', `cliwrap: ${spec.id} ${reason}`);
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
    if (this.state === 'stopping') return;
    this.output.drain();
    this.#run = null;
    this.#usage = null;
    this.#cleanup = this.#clean(run);
    const circumstances = circumstancesOf(exit);
    if (exit.code === 0) {
      this.#life.move('stopped', circumstances);
      this.#decide(false, Date.now() - run.startedAt);
    } else this.#crash(Date.now() - run.startedAt, circumstances);
  }

  #crash(ranMs: number, circumstances: TransitionDetails): void {
    this.#life.move('crashed', circumstances);
    this.#decide(true, ranMs);
  }

  #decide(crashed: boolean, ranMs: number): void {
    const verdict = this.#backoff.onEnd(crashed, ranMs);
    if (verdict.kind === 'give-up') this.#life.move('failed', { reason: `after ${this.restarts} restarts` });
    if (verdict.kind !== 'restart') return;
    this.#life.move('restarting', { reason: `in ${verdict.afterMs} ms` });
    // Whatever goes wrong is told by the events.
    this.#backoff.plan(verdict.afterMs, () => this.#launch().catch(() => {}));
  }

  #end(reason: string): Promise<void> {
    this.#life.move('stopping', reason === 'requested' ? {} : { reason });
    this.#stopping = this.#endRun(reason).finally(() => {
      this.#stopping = null;
    });
    return this.#stopping;
  }

  #endUnwanted(reason: string): void {
    this.#stopWanted = false;
    void this.#end(reason);
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
      this.#host.records.forgetRun(this.spec.id);
    }
    this.output.drain();
    this.#run = null;
    this.#usage = null;
    const circumstances = exit === null ? {} : circumstancesOf(exit);
    if (this.#stopWanted) this.#life.move('stopped', circumstances);
    else this.#crash(run === null ? 0 : Date.now() - run.startedAt, { ...circumstances, reason });
  }

  /** What a child leaves behind when it ends by itself goes the way of a stop. */
  async #clean(run: ChildRun): Promise<void> {
    await endGroup(run.pid, run.startTime, this.spec.stopTimeoutMs);
    this.output.drain();
    if (this.#run === null) this.#host.records.forgetRun(this.spec.id);
  }
}

function stoppedMeanwhile(): ControlError {
  return new ControlError('REFUSED', 'cliwrap: stopped before it was running');
}
