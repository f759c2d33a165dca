/** The frames of a connection that follows a log or a subscription: one frame for each piece or event. */

import type { ControlEvent } from '../control-service.js';
import type { Watch } from '../watch.js';
import type { BufferPool } from '../wire/buffer-pool.js';
import type { LogFrameEncoder } from '../wire/log-frame-encoder.js';
import { encodeEvent } from './request-handler.js';
import type { SendQueue } from './send-queue.js';

/** Where the frames of a stream come from. */
export type StreamSource =
  | { readonly kind: 'logs'; readonly watch: Watch<Uint8Array>; readonly encoder: LogFrameEncoder }
  | { readonly kind: 'events'; readonly watch: Watch<ControlEvent> };

/** Sends the frames of one stream. */
export class ServedStream {
  readonly #source: StreamSource;
  readonly #out: SendQueue;
  readonly #pool: BufferPool;
  #lostBefore = 0;

  constructor(source: StreamSource, out: SendQueue, pool: BufferPool) {
    this.#source = source;
    this.#out = out;
    this.#pool = pool;
  }

  get kind(): StreamSource['kind'] {
    return this.#source.kind;
  }

  onReadable(listener: () => void): void {
    this.#source.watch.onReadable(listener);
  }

  /** Sends one frame. @returns false when there is none now */
  sendNext(): boolean {
    const source = this.#source;
    if (source.kind === 'events') {
      const event = source.watch.next();
      if (event !== null) this.#out.write(encodeEvent(event));
      return event !== null;
    }
    const data = source.watch.next();
    if (data === null) return false;
    const buffer = this.#pool.take(source.encoder.sizeFor(data.length));
    this.#out.write(buffer.subarray(0, source.encoder.encode(data, buffer)), buffer);
    return true;
  }

  /** How many pieces or events the client was too slow for since the last call. */
  takeLost(): number {
    const { lost } = this.#source.watch;
    const since = lost - this.#lostBefore;
    this.#lostBefore = lost;
    return since;
  }

  close(): void {
    this.#source.watch.close();
  }
}
