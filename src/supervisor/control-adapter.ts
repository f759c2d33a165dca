/** Serves a manager on the control socket. */
import {
  ControlError,
  type ControlEvent,
  type ControlService,
  type EventFilter,
  type LogStream,
  QueueWatch,
  type ReloadReport,
  refusal,
  type SnapshotOptions,
  type Watch,
  type WireEntry,
} from '../control/index.js';
import { reasonOf } from '../platform/index.js';
import type { DeclaredProcesses } from './changes/declared-processes.js';
import { OutputFollowers } from './output/output-followers.js';
import type { ProcessOutput } from './output/process-output.js';
import type { ManagedProcess } from './process/managed-process.js';
import type { ProcessRegistry } from './process-registry.js';
import type { ProcessSpec } from './specification/process-spec.js';
import { signalNamed } from './specification/stop-signal.js';
import { statusEntry } from './status-entry.js';
import type { EventFeed } from './storage/event-feed.js';

/** What an adapter serves. */
export interface AdapterParts {
  readonly registry: ProcessRegistry;
  readonly changes: DeclaredProcesses;
  readonly events: EventFeed;
  /** Folder and number of the channels of a process. */
  readonly channelsOf: (id: string) => string;
  /** Begins to shut the manager down. */
  readonly shutDown: () => void;
}

/** Answers the requests of the control socket from the registry, the outputs and the events of a manager. */
export class ControlAdapter implements ControlService {
  readonly #registry: ProcessRegistry;
  readonly #changes: DeclaredProcesses;
  readonly #events: EventFeed;
  readonly #shutDown: () => void;
  readonly #channelsOf: (id: string) => string;
  readonly #followers = new OutputFollowers();

  constructor(parts: AdapterParts) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#events = parts.events;
    this.#channelsOf = parts.channelsOf;
    this.#shutDown = parts.shutDown;
  }

  /** Adds this output to the followers of all processes. */
  addOutput(output: ProcessOutput): void {
    this.#followers.add(output);
  }

  list(): readonly WireEntry[] {
    return [...this.#registry].map((process) => this.#entry(process));
  }

  statusOf(id: string): WireEntry {
    return this.#entry(this.#registry.get(id));
  }

  start(id: string): Promise<void> {
    return this.#registry.start(id);
  }

  stop(id: string): Promise<void> {
    return this.#registry.stop(id);
  }

  reload(processes: readonly object[], dryRun: boolean): Promise<ReloadReport> {
    return this.#changes.reload(processes as readonly ProcessSpec[], dryRun);
  }

  scale(id: string, count: number): Promise<void> {
    return this.#changes.scale(id, count);
  }

  signal(id: string, name: string, group: boolean): void {
    let signal: NodeJS.Signals;
    try {
      signal = signalNamed(name);
    } catch (error) {
      throw new ControlError('REFUSED', `cliwrap: the signal ${reasonOf(error)}`, { cause: error });
    }
    const running = this.#registry.named(id).filter(({ run }) => run !== null);
    if (running.length === 0) throw refusal('NOT_RUNNING');
    for (const process of running) process.signal(signal, group);
  }

  restart(id: string): Promise<void> {
    return this.#changes.restart(id);
  }

  shutdown(): Promise<void> {
    this.#shutDown();
    return this.#registry.stopAll();
  }

  logsSnapshot(id: string, stream: LogStream, options: SnapshotOptions): Buffer | null {
    return this.#registry.find(id)?.output.snapshot(stream, options) ?? null;
  }

  watchLogs(id: string, stream: LogStream): Watch<Uint8Array> {
    if (id === '') {
      const outputs = [...this.#registry].map(({ output }) => output);
      return this.#followers.watch(stream, outputs);
    }
    return this.#registry.find(id)?.output.watch(stream) ?? new QueueWatch<Uint8Array>(0, () => 0);
  }

  events(filter: EventFilter): Watch<ControlEvent> {
    return this.#events.watch(filter);
  }

  #entry(process: ManagedProcess): WireEntry {
    return statusEntry(process, this.#channelsOf(process.spec.id));
  }
}
