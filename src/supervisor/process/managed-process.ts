/** One process under supervision: the state machine of process-state.ts over runs of its command. */
import { ControlError, refusal } from '../../control/index.js';
import { reasonOf } from '../../platform/index.js';
import type { ProcessOutput } from '../output/process-output.js';
import type { ResolvedSpec } from '../specification/process-spec.js';
import { specDigest } from '../specification/spec-digest.js';
import type { NewEvent } from '../storage/event-feed.js';
import { adoptChild, type ChildExit, type ChildRun, spawnChild } from './child-run.js';
import { childUser } from './child-user.js';
import { endGroup, signalGroup, signalLeader } from './process-group.js';
import { detailsOf, ProcessLifecycle, type TransitionDetails } from './process-lifecycle.js';
import type { ProcessRecord, ProcessRecords } from './process-record.js';
import type { ProcessState } from './process-state.js';
import { awaitReadiness } from './readiness.js';
import { RestartBackoff } from './restart-backoff.js';
import { UsageSampler } from './usage-sampler.js';

/** The parts of a manager that a process uses. */
export interface ProcessHost {
  readonly records: ProcessRecords;
  emit(event: NewEvent): void;
  /** Descriptor of the listening socket of a process that has one; else null. @throws RingwireError */
  listeningSocket(spec: ResolvedSpec): number | null;
  /** Resolves at the next health beat from this pid. @throws the signal's reason when it aborts */
  beat(pid: number, signal: AbortSignal): Promise<void>;
}

/**
 * Starts, watches, restarts and stops one process.
 *
 * INV-SUP-04: after any error while a process starts or ends, its state is one that a start may leave.
 */
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
  /** While {@link #stopping}: a caller requested the stop, so no policy restarts the process. */
  #stopWanted = false;
  #killed = false;
  /** Runs whose group is being ended after the leader ended by itself. */
  readonly #remains = new Set<ChildRun>();
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

  /** Restarts by the policy so far. */
  get restarts(): number {
    return this.#backoff.restarts;
  }

  /** The run in progress. */
  get run(): ChildRun | null {
    return this.#run;
  }

  get usage(): UsageSampler | null {
    return this.#usage;
  }

  /** How the last run ended; null while one is in progress. */
  get lastExit(): ChildExit | null {
    return this.#lastExit;
  }

  /** How the last run ended, and what led to it; kept while the next one is in progress. */
  get lastEnd(): TransitionDetails | null {
    return this.#life.lastEnd;
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

  /** Resolves when its whole group has ended. @throws ControlError `NOT_RUNNING` before the first start */
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

  /** Sends SIGKILL to everything it has started, without waiting, and restarts nothing. */
  kill(): void {
    this.#killed = true;
    this.#backoff.cancel();
    this.#starting?.abort.abort(stoppedMeanwhile());
    const runs = this.#run === null ? [...this.#remains] : [this.#run, ...this.#remains];
    for (const { pid, startTime } of runs) signalGroup(pid, startTime, 'SIGKILL');
  }

  /** Sends a signal to the child, or to its whole group. @throws ControlError `NOT_RUNNING` */
  signal(signal: NodeJS.Signals, group: boolean): void {
    const run = this.#run;
    if (run === null) throw refusal('NOT_RUNNING');
    if (group) signalGroup(run.pid, run.startTime, signal);
    else if (!signalLeader(run.pid, run.startTime, signal)) throw refusal('NOT_RUNNING');
  }

  /** Ends a run that misbehaves; the restart policy decides what follows. */
  terminate(reason: string): void {
    if (this.state === 'running') this.#endUnwanted(reason);
  }

  /** Takes over a child that outlived its manager. */
  async adopt(record: ProcessRecord): Promise<void> {
    await this.output.prepare();
    this.#begin(adoptChild(record));
    this.#host.records.save(record);
    this.#life.move('running', { reason: 'adopted' });
  }

  /** Drops a planned restart. */
  release(): void {
    this.#backoff.cancel();
  }

  /** Drops a planned restart, and closes the output. */
  close(): void {
    this.release();
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
    let run: ChildRun | null = null;
    try {
      await this.#cleanup;
      await this.output.prepare();
      if (signal.aborted) throw stoppedMeanwhile();
      run = await this.#spawn(signal);
      this.#begin(run);
      this.#host.records.saveRun(this.spec.id, { ...run, spec: specDigest(this.spec) });
      await this.#untilReady(run, signal);
      if (this.#run !== run || this.state !== 'starting') throw stoppedMeanwhile();
      this.#life.move('running');
    } catch (error) {
      this.#startFailed(run, error);
      if (error instanceof ControlError) throw error;
      const text = `cliwrap: cannot start ${this.spec.id}: ${reasonOf(error)}`;
      throw new ControlError('REFUSED', text, { cause: error });
    }
  }

  async #spawn(signal: AbortSignal): Promise<ChildRun> {
    const { spec } = this;
    const user = await childUser(spec);
    if (signal.aborted) throw stoppedMeanwhile();
    return spawnChild(spec, {
      user,
      marks: this.#host.records.marks(spec.id, specDigest(spec), user?.uid),
      listening: this.#host.listeningSocket(spec),
      openOutputs: () => this.output.openForChild(),
    });
  }

  /** After a failed start. A stop and the end of the run change the state themselves. */
  #startFailed(run: ChildRun | null, error: unknown): void {
    if (this.state !== 'starting') return;
    const reason = (error instanceof ControlError ? error.reason : undefined) ?? reasonOf(error);
    if (run === null) this.#crash(0, { reason });
    else if (this.#run === run) this.#endUnwanted(reason);
  }

  /** @throws ControlError `REFUSED` when the process ends, is stopped or takes too long */
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
    throw new ControlError('REFUSED', `cliwrap: ${spec.id} ${reason}`, { reason });
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
    // A stop lasts until the whole group has ended.
    if (this.state === 'stopping') return;
    this.#leave();
    this.#cleanup = this.#clean(run);
    const ranMs = performance.now() - run.startedAt;
    if (exit.code !== 0) {
      this.#crash(ranMs, detailsOf(exit));
      return;
    }
    this.#life.move('stopped', detailsOf(exit));
    this.#decide(false, ranMs);
  }

  #leave(): void {
    this.output.drain();
    this.#run = null;
    this.#usage = null;
  }

  #crash(ranMs: number, details: TransitionDetails): void {
    this.#life.move('crashed', details);
    this.#decide(true, ranMs);
  }

  #decide(crashed: boolean, ranMs: number): void {
    if (this.#killed) return;
    const verdict = this.#backoff.onEnd(crashed, ranMs);
    if (verdict.kind === 'give-up') this.#life.move('failed', { reason: `after ${this.restarts} restarts` });
    if (verdict.kind !== 'restart') return;
    this.#life.move('restarting', { reason: `in ${verdict.afterMs} ms` });
    // The events report a start that fails.
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
    // A spawn that is under way ends first, so that there is a run to stop.
    if (starting !== null && this.#run === null) await starting.done.catch(() => {});
    const run = this.#run;
    const details = run === null ? {} : await this.#endOf(run);
    this.#leave();
    if (this.#stopWanted) this.#life.move('stopped', details);
    else this.#crash(run === null ? 0 : performance.now() - run.startedAt, { ...details, reason });
  }

  async #endOf(run: ChildRun): Promise<TransitionDetails> {
    const left = await endGroup(run.pid, run.startTime, this.spec.stopTimeoutMs, this.spec.stopSignal);
    if (left.length > 0) return { reason: `SIGKILL did not end ${left.join(', ')}` };
    this.#host.records.forgetRun(this.spec.id);
    return detailsOf(await run.exit);
  }

  /** Ends the remaining members of the group of a child that ended by itself, as a stop does. */
  async #clean(run: ChildRun): Promise<void> {
    this.#remains.add(run);
    await endGroup(run.pid, run.startTime, this.spec.stopTimeoutMs, this.spec.stopSignal);
    this.#remains.delete(run);
    this.output.drain();
    if (this.#run === null) this.#host.records.forgetRun(this.spec.id);
  }
}

function stoppedMeanwhile(): ControlError {
  return new ControlError('REFUSED', 'cliwrap: stopped before it was running');
}
