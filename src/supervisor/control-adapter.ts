/** Serves a manager on the control socket. */
import {
  type ControlEvent,
  type ControlService,
  type EventFilter,
  type LogStream,
  QueueWatch,
  type SnapshotOptions,
  type Watch,
  type WireEntry,
} from '../control/index.js';
import { OutputFollowers } from './output/output-followers.js';
import type { ProcessOutput } from './output/process-output.js';
import type { ManagedProcess } from './process/managed-process.js';
import type { ProcessRegistry } from './process-registry.js';
import { statusEntry } from './status-entry.js';
import type { EventFeed } from './storage/event-feed.js';

/** Answers the requests of the control socket from the registry, the outputs and the events of a manager. */
export class ControlAdapter implements ControlService {
  readonly #registry: ProcessRegistry;
  readonly #events: EventFeed;
  readonly #channelsOf: (id: string) => string;
  readonly #followers = new OutputFollowers();

  /** @param channelsOf folder and number of the channels of a process */
  constructor(registry: ProcessRegistry, events: EventFeed, channelsOf: (id: string) => string) {
    this.#registry = registry;
    this.#events = events;
    this.#channelsOf = channelsOf;
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
    return this.#registry.get(id).stop();
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
