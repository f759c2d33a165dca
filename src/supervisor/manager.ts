/** The process manager: its processes, their output and events, and the control socket. */
import { EventEmitter } from 'node:events';
import path from 'node:path';
import {
  type ControlEvent,
  ControlServer,
  type EventFilter,
  type LogStream,
  type ReloadReport,
  refusal,
  type ServerOptions,
  type SnapshotOptions,
  SOCKET_NAME,
  type SocketOptions,
  type Watch,
  type WireEntry,
} from '../control/index.js';
import { RingwireError } from '../platform/index.js';
import { DeclaredProcesses } from './changes/declared-processes.js';
import { ControlAdapter } from './control-adapter.js';
import type { OutputFileOptions } from './output/output-file.js';
import { ChildMarks } from './process/child-marks.js';
import type { LivenessSource } from './process/liveness-source.js';
import { ProcessRecords } from './process/process-record.js';
import { Survivors } from './process/survivors.js';
import { Watchdog } from './process/watchdog.js';
import { ProcessHolder } from './process-holder.js';
import { ProcessRegistry, type StartFailure } from './process-registry.js';
import { RuntimeFolder } from './runtime-folder.js';
import { type ProcessSpec, resolveSpec } from './specification/process-spec.js';
import { EventFeed } from './storage/event-feed.js';
import type { Storage } from './storage/storage.js';

/** Options of {@link Manager.open}. */
export interface ManagerOptions {
  /**
   * Folder of the socket, the records and the pipes. Created with mode 0700; an existing folder must belong to this user
   * alone.
   */
  readonly runtimeDir: string;
  /** Stores output and events. */
  readonly storage: Storage;
  /** Also writes output to files. Default: no files. */
  readonly logFiles?: OutputFileOptions;
  /**
   * Creates the source of health beats, for readiness and liveness; called when the first process that needs it is
   * registered. Default: none.
   */
  readonly beats?: () => LivenessSource;
  /** Limits of the control socket. Default: those of {@link ServerOptions}. */
  readonly server?: ServerOptions;
  /** Mode and owner of the control socket. Default: mode 0600, the user of this process. */
  readonly socket?: SocketOptions;
  /** Milliseconds between checks of memory, CPU and beats, at least 1. Default 1000. */
  readonly sampleIntervalMs?: number;
}

/**
 * Starts, watches, restarts and stops processes. Emits `event` for each event.
 * @example
 * const storage = new RingStorage('/run/app/channels', { outputCapacity: 1024 * 1024 });
 * const manager = await Manager.open({ runtimeDir: '/run/app', storage });
 * manager.on('event', ({ type, id }) => console.log(type, id));
 * await manager.register({ id: 'web', command: 'node', args: ['server.js'], restart: 'always' });
 * await manager.start('web');
 * await manager.shutdown();
 */
export class Manager extends EventEmitter<{ event: [event: ControlEvent] }> {
  readonly #folder: RuntimeFolder;
  readonly #registry = new ProcessRegistry();
  readonly #records: ProcessRecords;
  readonly #survivors: Survivors;
  readonly #events: EventFeed;
  readonly #adapter: ControlAdapter;
  readonly #server: ControlServer;
  readonly #watchdog: Watchdog;
  readonly #declared: DeclaredProcesses;
  readonly #holder: ProcessHolder;
  #shutdown: Promise<void> | null = null;
  #end: () => void = () => {};

  /** Resolves when the manager has shut down, also at the request of a client. */
  readonly ended: Promise<void>;

  /**
   * Locks the runtime folder, finds children of a manager that died, and listens on the socket.
   * @throws SupervisorError `MANAGER_RUNNING` when another manager has the folder; ControlError `SERVER_RUNNING`,
   * `NOT_A_SOCKET`, `PATH_TOO_LONG`, `ACCESS_DENIED`; RingwireError `COULD_NOT_ACCESS_STORAGE` when the folder is not
   * ours alone, `NO_SPACE`
   */
  static async open(options: ManagerOptions): Promise<Manager> {
    if (process.versions['deno'] !== undefined) {
      const message = 'a manager does not run on Deno, whose sockets do not watch pipes: use Node or Bun';
      throw new RingwireError('UNSUPPORTED_PLATFORM', message);
    }
    const folder = await RuntimeFolder.claim(options.runtimeDir);
    let events: EventFeed | null = null;
    let manager: Manager | null = null;
    try {
      events = new EventFeed(options.storage.eventLog());
      manager = new Manager(options, folder, events);
      await manager.#server.listen(path.join(folder.path, SOCKET_NAME), options.socket);
      return manager;
    } catch (error) {
      if (manager !== null) {
        manager.#watchdog.close();
        await manager.#server.close();
      }
      events?.close();
      folder.release();
      throw error;
    }
  }

  private constructor(options: ManagerOptions, folder: RuntimeFolder, events: EventFeed) {
    super();
    this.#folder = folder;
    this.#events = events;
    const { logFiles } = options;
    this.#records = new ProcessRecords(
      folder.folder('processes'),
      new ChildMarks(folder.path, folder.secret),
    );
    this.#survivors = new Survivors(this.#records);
    this.#holder = new ProcessHolder({
      registry: this.#registry,
      records: this.#records,
      survivors: this.#survivors,
      storage: options.storage,
      pipeFolder: folder.folder('pipes'),
      logFiles: logFiles && { ...logFiles, folder: path.resolve(logFiles.folder) },
      emit: (event) => events.report(event),
      beat: (pid, signal) => this.#watchdog.nextBeat(pid, signal),
      addOutput: (output) => this.#adapter.addOutput(output),
      listenForBeats: () => this.#watchdog.listenTo(options.beats),
    });
    this.#declared = new DeclaredProcesses(this.#registry, this.#holder);
    this.#adapter = new ControlAdapter({
      registry: this.#registry,
      changes: this.#declared,
      events,
      channelsOf: (id) => `${options.storage.folder}#${this.#records.of(id).channel}`,
      shutDown: () => void this.shutdown(),
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#server = new ControlServer(this.#adapter, options.server);
    this.#watchdog = new Watchdog(
      () => this.#registry,
      (event) => events.report(event),
      options.sampleIntervalMs ?? 1_000,
    );
    events.on('event', (event) => this.emit('event', event));
  }

  /** Absolute path of the socket. */
  get socketPath(): string {
    return this.#server.path;
  }

  /** Load of the control socket. */
  get load(): ControlServer['load'] {
    return this.#server.load;
  }

  /**
   * Adds a process, with all its instances. Before the promise resolves, a child of an earlier manager with this id is
   * adopted; it is ended if the specification says so, or if it was started with another specification.
   * @throws SupervisorError `INVALID_SPECIFICATION`, `DUPLICATE_ID`; ControlError `SHUTTING_DOWN`
   */
  async register(spec: ProcessSpec): Promise<void> {
    this.#registry.refuseIfClosed();
    await this.#declared.declare(resolveSpec(spec));
  }

  /** Stops a process, with all its instances, and forgets it. @throws ControlError `NOT_FOUND` */
  async unregister(id: string): Promise<void> {
    await this.#declared.forget(id);
  }

  /**
   * Compares these processes with the registered ones and applies the difference: starts, stops and restarts what
   * differs, in the order of the dependencies, and leaves the rest alone. A change that fails is reported, and the others
   * are made. Calls of this method and of {@link scale} wait for each other.
   * @param options `dryRun`: only compare. Default false
   * @throws SupervisorError `INVALID_SPECIFICATION`, `DUPLICATE_ID`: nothing is changed then
   */
  reload(specs: readonly ProcessSpec[], options: { readonly dryRun?: boolean } = {}): Promise<ReloadReport> {
    return this.#declared.reload(specs, options.dryRun ?? false);
  }

  /**
   * Starts or stops instances of a process until there are `count`, the highest first.
   * @param count 1 to 1000
   * @throws ControlError `NOT_FOUND`, `REFUSED`, `SHUTTING_DOWN`; SupervisorError `INVALID_SPECIFICATION` when another
   * process depends on an instance that would be stopped
   */
  scale(id: string, count: number): Promise<void> {
    return this.#declared.scale(id, count);
  }

  /**
   * Sends a signal to a process, or to all its instances.
   * @param options `group`: to the whole process group of each. Default: to the process alone
   * @throws ControlError `NOT_FOUND`, `NOT_RUNNING`, `REFUSED`
   */
  signal(id: string, signal: NodeJS.Signals, options: { readonly group?: boolean } = {}): void {
    this.#adapter.signal(id, signal, options.group ?? false);
  }

  /** Ends children of an earlier manager that are not registered, and the remaining members of their process groups. */
  async stopUnregistered(): Promise<void> {
    await this.#survivors.stopUnregistered();
  }

  /**
   * Starts all dependencies of the process, then the process; resolves when it is ready.
   * @throws ControlError `NOT_FOUND`, `ALREADY_RUNNING`, `SHUTTING_DOWN`, `REFUSED`; SupervisorError
   * `INVALID_SPECIFICATION` for a cycle or an unknown dependency: nothing is started then
   */
  start(id: string): Promise<void> {
    return this.#registry.start(id);
  }

  /**
   * Starts all processes that are not running, each as soon as its dependencies are ready; those with `autostart` false
   * only where another one depends on them.
   * @returns the processes that could not be started, with the reason
   * @throws SupervisorError `INVALID_SPECIFICATION` for a cycle or an unknown dependency; nothing is started then
   */
  startAll(): Promise<readonly StartFailure[]> {
    return this.#registry.startAll();
  }

  /** Stops a process; resolves when the whole process group has ended. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  async stop(id: string): Promise<void> {
    await this.#registry.stop(id);
  }

  /**
   * Stops the process if it runs, then starts it. Instances restart one after the other, each when the one before is
   * ready; the first that fails ends that.
   * @throws like {@link start}; ControlError `REFUSED` names the instance that failed
   */
  restart(id: string): Promise<void> {
    return this.#declared.restart(id);
  }

  /** Writes to the input of a process whose `stdin` is `pipe`. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  write(id: string, data: Uint8Array | string): void {
    const input = this.#registry.get(id).run?.stdin;
    if (input === null || input === undefined) throw refusal('NOT_RUNNING');
    input.write(data);
  }

  /** Status of all processes, in the order of their registration. */
  list(): readonly WireEntry[] {
    return this.#adapter.list();
  }

  /** Status of one process. @throws ControlError `NOT_FOUND` */
  statusOf(id: string): WireEntry {
    return this.#adapter.statusOf(id);
  }

  /**
   * The kept output of a process, oldest first; null for an unknown id or no output yet.
   * @param options default: everything
   */
  logsSnapshot(id: string, stream: LogStream, options: Partial<SnapshotOptions> = {}): Buffer | null {
    const { since = 0n, lines = 0, maxBytes = Number.MAX_SAFE_INTEGER } = options;
    return this.#adapter.logsSnapshot(id, stream, { since, lines, maxBytes });
  }

  /** Output from now on; the id '' means all processes. */
  watchLogs(id: string, stream: LogStream): Watch<Uint8Array> {
    return this.#adapter.watchLogs(id, stream);
  }

  /** Events from now on, for a consumer that pulls. */
  watchEvents(filter: EventFilter = { ids: null, types: null }): Watch<ControlEvent> {
    return this.#events.watch(filter);
  }

  /**
   * Stops all processes, dependents before their dependencies, and closes the socket. Takes at most the sum of stop
   * timeouts along the longest chain of dependencies. A second call returns the same promise.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stopEverything();
    return this.#shutdown;
  }

  /** Sends SIGKILL to all process groups without waiting; for a program that exits immediately afterwards. */
  kill(): void {
    this.#registry.kill();
    this.#survivors.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #stopEverything(): Promise<void> {
    this.#events.report({ id: '', type: 'system.shutdown_requested' });
    this.#watchdog.pause();
    await this.#registry.stopAll();
    await this.#server.close();
    this.#holder.close();
    this.#events.close();
    this.#watchdog.close();
    this.#folder.release();
    this.#end();
  }
}
