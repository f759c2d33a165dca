/** The process manager: what it supervises, and what it answers on its socket. */
import fs from 'node:fs';
import path from 'node:path';
import {
  type ControlEvent,
  ControlServer,
  type ControlService,
  type EventFilter,
  type LogStream,
  QueueWatch,
  refusal,
  type ServerOptions,
  type SnapshotOptions,
  SOCKET_NAME,
  type SocketOptions,
  type Watch,
  type WireEntry,
} from '../control/index.js';
import type { OutputFileOptions } from './output/output-file.js';
import { OutputFollowers } from './output/output-followers.js';
import { ProcessOutput } from './output/process-output.js';
import type { LivenessSource } from './process/liveness-source.js';
import { ManagedProcess, type ProcessHost } from './process/managed-process.js';
import { ProcessRecords } from './process/process-record.js';
import { type ProcessSpec, type ResolvedSpec, resolveSpec } from './process/process-spec.js';
import { inOrder, startOrder, stopOrder } from './process/start-order.js';
import { Survivors } from './process/survivors.js';
import { Watchdog } from './process/watchdog.js';
import { statusEntry } from './status-entry.js';
import { EventFeed } from './storage/event-feed.js';
import type { Storage } from './storage/storage.js';
import { unixNanos } from './storage/unix-time.js';
import { SupervisorError } from './supervisor-error.js';

export interface ManagerOptions {
  /** Folder of the socket, the records, the pipes and the ring channels; made with mode 0700. */
  readonly runtimeDir: string;
  /** Where output and events are kept. */
  readonly storage: Storage;
  /** Output in files as well. Default: none. */
  readonly logFiles?: OutputFileOptions;
  /** Makes what health beats come from, for readiness and liveness, once the folder is ours. Default: none. */
  readonly beats?: () => LivenessSource;
  readonly server?: ServerOptions;
  readonly socket?: SocketOptions;
  /** Milliseconds between looks at memory, CPU and beats. Default 1000. */
  readonly sampleIntervalMs?: number;
}

export class Manager implements ControlService {
  readonly #options: ManagerOptions;
  readonly #processes = new Map<string, ManagedProcess>();
  readonly #records: ProcessRecords;
  readonly #survivors: Survivors;
  readonly #events: EventFeed;
  readonly #server: ControlServer;
  readonly #host: ProcessHost;
  readonly #followers = new OutputFollowers();
  readonly #watchdog: Watchdog;
  #shutdown: Promise<void> | null = null;

  /**
   * Takes possession of the runtime folder, finds children of a manager that died, and answers on the socket.
   * @throws ControlError `SERVER_RUNNING`, `NOT_A_SOCKET`, `PATH_TOO_LONG`, `ACCESS_DENIED`; RingwireError
   * `WRITER_EXISTS` when another manager has the folder
   */
  static async open(options: ManagerOptions): Promise<Manager> {
    fs.mkdirSync(path.join(options.runtimeDir, 'pipes'), { recursive: true, mode: 0o700 });
    const events = new EventFeed(options.storage.eventLog());
    const manager = new Manager(options, events);
    try {
      await manager.#server.listen(path.join(options.runtimeDir, SOCKET_NAME), options.socket);
      if (options.beats !== undefined) manager.#watchdog.listenTo(options.beats());
      return manager;
    } catch (error) {
      manager.#watchdog.close();
      await manager.#server.close();
      events.close();
      throw error;
    }
  }

  private constructor(options: ManagerOptions, events: EventFeed) {
    this.#options = options;
    this.#events = events;
    this.#records = new ProcessRecords(options.runtimeDir);
    this.#survivors = new Survivors(this.#records);
    this.#server = new ControlServer(this, options.server);
    this.#host = {
      records: this.#records,
      emit: (event) => events.emit(event),
      beat: (pid, signal) => this.#watchdog.nextBeat(pid, signal),
    };
    this.#watchdog = new Watchdog(
      () => this.#processes.values(),
      (event) => events.emit(event),
      options.sampleIntervalMs ?? 1_000,
    );
  }

  /** The path of the socket. */
  get socketPath(): string {
    return this.#server.path;
  }

  /** Load of the control socket. */
  get load(): ControlServer['load'] {
    return this.#server.load;
  }

  /**
   * Makes a process known. A child of an earlier manager with this id is adopted, or ended if the specification says
   * so, before the promise resolves.
   * @throws SupervisorError `INVALID_SPECIFICATION`, `DUPLICATE_ID`
   */
  async register(spec: ProcessSpec): Promise<void> {
    this.#refuseIfClosed();
    const resolved = resolveSpec(spec);
    if (this.#processes.has(resolved.id)) {
      throw new SupervisorError('DUPLICATE_ID', `there is a process '${resolved.id}' already`);
    }
    const output = this.#outputOf(resolved);
    const process = new ManagedProcess(resolved, output, this.#host);
    this.#processes.set(resolved.id, process);
    this.#followers.add(output);
    await this.#survivors.settle(process);
  }

  /** Stops a process and forgets it. @throws ControlError `NOT_FOUND` */
  async unregister(id: string): Promise<void> {
    const process = this.#get(id);
    if (process.state !== 'pending') await process.stop();
    process.close();
    this.#processes.delete(id);
    this.#records.remove(id);
  }

  /** Ends children of an earlier manager that nobody registered, and what such children left. */
  async stopUnregistered(): Promise<void> {
    await this.#survivors.stopUnregistered();
  }

  /**
   * Starts what it depends on, then the process itself; resolves when it is ready.
   * @throws ControlError `NOT_FOUND`, `ALREADY_RUNNING`, `SHUTTING_DOWN`, `REFUSED`; SupervisorError
   * `INVALID_SPECIFICATION` when it depends on a circle, or on what does not exist: nothing is started then
   */
  async start(id: string): Promise<void> {
    this.#refuseIfClosed();
    const process = this.#get(id);
    if (process.state === 'running') throw refusal('ALREADY_RUNNING');
    startOrder(this.#specs(), [id]);
    await Promise.all(
      process.spec.dependsOn.map(async (needed) => {
        if (this.#get(needed).state !== 'running') await this.start(needed);
      }),
    );
    this.#refuseIfClosed();
    return process.start();
  }

  /**
   * Starts everything that does not run, each as soon as what it depends on is ready.
   * @returns what could not be started, with the reason
   * @throws SupervisorError `INVALID_SPECIFICATION` for a circle or an unknown dependency; nothing is started then
   */
  async startAll(): Promise<readonly { id: string; error: unknown }[]> {
    const starts = inOrder(
      startOrder(this.#specs()),
      (id) => this.#get(id).spec.dependsOn,
      async (id) => {
        if (this.#get(id).state !== 'running') await this.start(id);
      },
    );
    const failures: { id: string; error: unknown }[] = [];
    for (const [id, start] of starts) start.catch((error) => failures.push({ id, error }));
    await Promise.allSettled(starts.values());
    return failures;
  }

  /** Resolves when the whole process group is gone. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  async stop(id: string): Promise<void> {
    await this.#get(id).stop();
  }

  /** Stops the process if it runs, then starts it. @throws like {@link start} */
  async restart(id: string): Promise<void> {
    const process = this.#get(id);
    if (process.state !== 'pending') await process.stop();
    await this.start(id);
  }

  /** Writes to the input of a process whose `stdin` is `pipe`. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  write(id: string, data: Uint8Array | string): void {
    const input = this.#get(id).run?.stdin;
    if (input === null || input === undefined) throw refusal('NOT_RUNNING');
    input.write(data);
  }

  list(): readonly WireEntry[] {
    return [...this.#processes.values()].map((process) => this.#entry(process));
  }

  statusOf(id: string): WireEntry {
    return this.#entry(this.#get(id));
  }

  logsSnapshot(id: string, stream: LogStream, options: Partial<SnapshotOptions> = {}): Buffer | null {
    const { since = 0n, lines = 0, maxBytes = Number.MAX_SAFE_INTEGER } = options;
    return this.#processes.get(id)?.output.snapshot(stream, { since, lines, maxBytes }) ?? null;
  }

  watchLogs(id: string, stream: LogStream): Watch<Uint8Array> {
    if (id === '') {
      const outputs = [...this.#processes.values()].map(({ output }) => output);
      return this.#followers.watch(stream, outputs);
    }
    const process = this.#processes.get(id);
    return process?.output.watch(stream) ?? new QueueWatch<Uint8Array>(0, () => 0);
  }

  events(filter: EventFilter = { ids: null, types: null }): Watch<ControlEvent> {
    return this.#events.watch(filter);
  }

  /** Calls `listener` with every event from now on. @returns how to stop that */
  onEvent(listener: (event: ControlEvent) => void): () => void {
    return this.#events.onEvent(listener);
  }

  /**
   * Stops everything, those first that nobody depends on, and closes the socket. Takes at most the longest chain of
   * stop times.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stopEverything();
    return this.#shutdown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #stopEverything(): Promise<void> {
    this.#events.emit({ id: '', type: 'system.shutdown_requested' });
    this.#watchdog.pause();
    const specs = this.#specs();
    const stops = inOrder(
      stopOrder(specs),
      (id) => specs.filter(({ dependsOn }) => dependsOn.includes(id)).map((dependent) => dependent.id),
      async (id) => {
        const process = this.#processes.get(id);
        if (process !== undefined && process.state !== 'pending') await process.stop();
      },
    );
    await Promise.all(stops.values());
    await this.#server.close();
    for (const process of this.#processes.values()) process.close();
    this.#events.close();
    this.#watchdog.close();
  }

  #get(id: string): ManagedProcess {
    const process = this.#processes.get(id);
    if (process === undefined) throw refusal('NOT_FOUND');
    return process;
  }

  #refuseIfClosed(): void {
    if (this.#shutdown !== null) throw refusal('SHUTTING_DOWN');
  }

  #specs(): ResolvedSpec[] {
    return [...this.#processes.values()].map(({ spec }) => spec);
  }

  #outputOf({ id }: ResolvedSpec): ProcessOutput {
    return new ProcessOutput({
      id,
      storage: this.#options.storage,
      channel: this.#records.of(id).channel,
      pipeFolder: path.join(this.#options.runtimeDir, 'pipes'),
      files: this.#options.logFiles,
      now: unixNanos,
    });
  }

  #entry(process: ManagedProcess): WireEntry {
    const { channel } = this.#records.of(process.spec.id);
    return statusEntry(process, `${this.#options.storage.folder}#${channel}`);
  }
}
