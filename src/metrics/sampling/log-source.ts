/** Samples of a log. A log has no counters: its records are read once, in steps. */
import { isBehind, logOwner, ShmReader } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { type ChannelLook, type ChannelSource, timeoutOf } from './channel-source.js';

/** Records that are read between two checks of the time. */
const STRIDE = 8192;

/** A log, read up to a position. */
export class LogSource implements ChannelSource {
  readonly #reader: ShmReader;
  readonly #pid: number | null;
  readonly #timeoutMs: number | null;
  #records = 0;
  #payloadBytes = 0;
  readonly #count = (_: Buffer, _offset: number, length: number) => {
    this.#records++;
    this.#payloadBytes += length;
  };

  constructor(root: string, id: bigint) {
    this.#reader = ShmReader.open(root, id, { timeout: 'never' });
    this.#pid = logOwner(root, id)?.pid ?? null;
    this.#timeoutMs = timeoutOf(this.#reader.header);
  }

  look(deadline: number): ChannelLook {
    const reader = this.#reader;
    // The lock is checked first: otherwise a writer that closes meanwhile would count as dead.
    const alive = reader.writerAlive;
    let caughtUp = this.#readUntil(deadline);
    const { endReason, path, position, header } = reader;
    const damage = endReason === null || endReason.code === 'CLOSED' ? null : endReason;
    if (endReason !== null) caughtUp = true;
    return {
      ...{ path, kind: 'log', pid: this.#pid, capacity: header.capacity, position, oldestPosition: 0 },
      ...{ records: this.#records, payloadBytes: this.#payloadBytes, payloadExact: true, caughtUp },
      state: damage !== null ? 'damaged' : endReason !== null ? 'closed' : alive === false ? 'dead' : 'alive',
      readableRecords: this.#records,
      fill: position,
      restarts: null,
      timeoutMs: this.#timeoutMs,
      readers: [],
      error: damage?.message ?? null,
      errorCode: damage?.code ?? null,
    };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  /** Returns whether it reached the end. */
  #readUntil(deadline: number): boolean {
    try {
      for (;;) {
        const found = this.#reader.poll(this.#count, STRIDE);
        if (found < STRIDE && !isBehind(this.#reader)) return true;
        if (performance.now() >= deadline) return false;
      }
    } catch (error) {
      // Damage: `endReason` has it.
      if (!(error instanceof RingwireError)) throw error;
      return true;
    }
  }
}
