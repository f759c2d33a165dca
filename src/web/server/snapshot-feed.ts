/**
 * Sends each snapshot of the sampler to all browsers.
 *
 * INV-WEB-05: a snapshot is taken and encoded once, whatever the number of browsers; none of them is awaited.
 */
import type { Snapshot } from '../../metrics/index.js';
import { onAbort } from '../../platform/index.js';
import { AgentTimelines } from '../history/agent-timeline.js';
import { ChannelHistory } from '../history/channel-history.js';
import type { EventStream } from './event-stream.js';
import { HttpError } from './http-error.js';

/** Most browsers that receive snapshots at a time. */
const MAX_STREAMS = 64;

/** Takes snapshots: a `Sampler`. */
export interface SnapshotSource {
  /** Passes a snapshot now and about every second. @returns a function that ends this */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
}

/** The snapshots of a server, and what it remembers of them. */
export class SnapshotFeed {
  /** Rates and lags of the last 15 minutes. */
  readonly channels = new ChannelHistory();
  /** Statuses of agents in the last 15 minutes. */
  readonly agents = new AgentTimelines();
  readonly #source: SnapshotSource;
  readonly #streams = new Set<EventStream>();
  #latest = 'null';
  #unsubscribe = () => {};

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  /** Resolves when the first snapshot was taken. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#unsubscribe = this.#source.subscribe((snapshot) => {
        this.#take(snapshot);
        resolve();
      });
    });
  }

  /** The last snapshot as JSON. */
  get latest(): string {
    return this.#latest;
  }

  /** Sends the last snapshot and all later ones. @throws HttpError 503 when too many browsers receive them */
  add(open: () => EventStream): void {
    if (this.#streams.size >= MAX_STREAMS) throw new HttpError(503, 'BUSY', 'too many pages are open');
    const stream = open();
    this.#streams.add(stream);
    onAbort(stream.signal, () => this.#streams.delete(stream));
    stream.send('snapshot', this.#latest);
  }

  /** Ends all streams. */
  stop(): void {
    this.#unsubscribe();
    for (const stream of this.#streams) stream.end();
  }

  #take(snapshot: Snapshot): void {
    this.channels.add(snapshot);
    this.agents.add(snapshot);
    this.#latest = JSON.stringify(snapshot);
    for (const stream of this.#streams) stream.send('snapshot', this.#latest);
  }
}
