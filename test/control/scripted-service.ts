/** The manager behind the server of the recorded conversations: its state follows the script. */
import {
  type ControlEvent,
  type ControlService,
  type EventFilter,
  type LogStream,
  lastLines,
  QueueWatch,
  refusal,
  type SnapshotOptions,
  type Watch,
  type WireEntry,
} from '../../src/control/index.js';

const QUEUE_LIMIT = 1 << 20;

export class ScriptedService implements ControlService {
  readonly #entries: WireEntry[] = [
    { id: 'p1', name: 'Process One', state: 'running', pid: 4242, rss: 1048576 },
    { id: 'p2', name: '', state: 'pending', pid: 0, rss: 0 },
    { id: 'p3', name: 'crashy', state: 'crashed', pid: 70000, rss: 5368709120 },
  ];
  readonly #logs = new Map<string, Buffer>([
    ['p1/0', Buffer.from('hello\nworld\n')],
    ['p1/1', Buffer.from('fffe000a', 'hex')],
  ]);
  readonly #logWatches = new Set<{ id: string; stream: LogStream; watch: QueueWatch<Uint8Array> }>();
  readonly #eventWatches = new Set<{ filter: EventFilter; watch: QueueWatch<ControlEvent> }>();
  /** What was asked of the manager, in order. */
  readonly calls: string[] = [];

  list(): readonly WireEntry[] {
    return this.#entries;
  }

  statusOf(id: string): WireEntry {
    const entry = this.#entries.find((candidate) => candidate.id === id);
    if (entry === undefined) throw refusal('NOT_FOUND');
    return entry;
  }

  async stop(id: string): Promise<void> {
    this.calls.push(`stop ${id}`);
    const entry = this.statusOf(id);
    if (entry.state === 'pending') throw refusal('NOT_RUNNING');
    this.#entries[this.#entries.indexOf(entry)] = { ...entry, state: 'stopping' };
  }

  logsSnapshot(id: string, stream: LogStream, { lines }: SnapshotOptions): Uint8Array | null {
    const data = this.#logs.get(`${id}/${stream}`);
    return data === undefined ? null : lines > 0 ? lastLines(data, lines) : data;
  }

  watchLogs(id: string, stream: LogStream): Watch<Uint8Array> {
    const entry = {
      id,
      stream,
      watch: new QueueWatch<Uint8Array>(
        QUEUE_LIMIT,
        (item) => item.length,
        () => this.#logWatches.delete(entry),
      ),
    };
    this.#logWatches.add(entry);
    return entry.watch;
  }

  events(filter: EventFilter): Watch<ControlEvent> {
    const entry = {
      filter,
      watch: new QueueWatch<ControlEvent>(
        QUEUE_LIMIT,
        () => 64,
        () => this.#eventWatches.delete(entry),
      ),
    };
    this.#eventWatches.add(entry);
    return entry.watch;
  }

  log(id: string, stream: LogStream, data: Buffer): void {
    const key = `${id}/${stream}`;
    this.#logs.set(key, Buffer.concat([this.#logs.get(key) ?? Buffer.alloc(0), data]));
    for (const entry of this.#logWatches) {
      if ((entry.id === '' || entry.id === id) && entry.stream === stream) entry.watch.push(data);
    }
  }

  emit(event: ControlEvent): void {
    for (const { filter, watch } of this.#eventWatches) {
      if (filter.ids?.length && !filter.ids.includes(event.id)) continue;
      if (filter.types?.length && !filter.types.includes(event.type)) continue;
      watch.push(event);
    }
  }
}
