/**
 * Server-sent events to one browser.
 *
 * INV-WEB-04: at most one event waits for a browser beside what its socket has taken. A browser that has not taken it
 * misses later events; after {@link STALLED_MS} its stream ends.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Milliseconds after which a browser that takes nothing is disconnected. */
export const STALLED_MS = 30_000;

/** One stream of events. The answer is complete when the browser or the server closes it. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #ended = new AbortController();
  #stalled: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.once('close', () => {
      clearTimeout(this.#stalled);
      this.#ended.abort();
    });
    response.on('drain', () => clearTimeout(this.#stalled));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
  }

  /** Aborts when the stream has ended. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether the browser has taken all events. */
  get isReady(): boolean {
    return !this.#ended.signal.aborted && !this.#response.writableNeedDrain;
  }

  /** Sends an event, or drops it when the browser has not taken the last one. `json` is one line. */
  send(event: string, json: string): void {
    if (!this.isReady || this.#response.write(`event: ${event}\ndata: ${json}\n\n`)) return;
    this.#stalled = setTimeout(() => this.#response.destroy(), STALLED_MS);
  }

  /** Resolves when the browser has taken all events, or the stream has ended. */
  async ready(): Promise<void> {
    if (!this.#ended.signal.aborted && this.#response.writableNeedDrain)
      await once(this.#response, 'drain', { signal: this.signal }).catch(() => {});
  }

  /** Ends the stream. */
  end(): void {
    this.#response.end();
  }
}
