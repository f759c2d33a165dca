/** Heartbeats in silence and flushes at intervals, beside the writes. */
import type { Writer } from '../../channel/index.js';
import { everyMs, type LongTimer } from '../../platform/index.js';

const NOTHING = new Uint8Array(0);

/** Intervals of heartbeats and flushes. */
export interface UpkeepOptions {
  /** Milliseconds of silence before a heartbeat; undefined for none. */
  readonly heartbeatMillis: number | undefined;
  /** Milliseconds between flushes; undefined for a flush at close only. */
  readonly flushMillis: number | undefined;
}

/** Sends heartbeats and flushes until {@link end}. */
export class WriterUpkeep {
  heartbeats = 0;
  readonly #writer: Writer;
  readonly #beat: LongTimer | undefined;
  readonly #flush: LongTimer | undefined;
  #position: number;
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  constructor(writer: Writer, { heartbeatMillis, flushMillis }: UpkeepOptions) {
    this.#writer = writer;
    this.#position = writer.writeOffset;
    if (heartbeatMillis !== undefined) this.#beat = everyMs(heartbeatMillis, () => this.#beatInSilence());
    if (flushMillis !== undefined) this.#flush = everyMs(flushMillis, () => this.#flushOnce());
  }

  /** Reports a failed flush. @throws RingwireError `FLUSH_FAILED` when an earlier flush failed */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Stops both, and waits for a running flush. */
  async end(): Promise<void> {
    this.#beat?.stop();
    this.#flush?.stop();
    await this.#flushing;
  }

  /** A record replaces a heartbeat. A channel that is full or back-pressured has no space for one. */
  #beatInSilence(): void {
    if (this.#writer.writeOffset === this.#position && this.#writer.tryWrite(NOTHING) > 0) this.heartbeats++;
    this.#position = this.#writer.writeOffset;
  }

  #flushOnce(): void {
    this.#flushing ??= this.#writer
      .flushAsync()
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }
}
