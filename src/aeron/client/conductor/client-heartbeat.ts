/** A client's sign of life: the driver makes a counter for it, the client stores the time in it. */

import {
  COUNTER_METADATA_LENGTH,
  CounterState,
  CounterType,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_LABEL_LENGTH,
} from '../../layout/counter-layout.js';
import type { DriverFiles } from './driver-files.js';

export class ClientHeartbeat {
  readonly #files: DriverFiles;
  readonly #clientId: bigint;
  readonly #suffix: string;
  #counterId: number | null = null;

  constructor(files: DriverFiles, clientId: bigint, clientName: string) {
    this.#files = files;
    this.#clientId = clientId;
    this.#suffix = clientName === '' ? '' : ` name=${clientName}`;
  }

  /** Stores the time; false when the driver has taken the counter away. */
  beat(nowMillis: number): boolean {
    if (this.#counterId === null) {
      this.#counterId = this.#files.counters.find(CounterType.ClientHeartbeat, this.#clientId);
      if (this.#counterId === null) return true;
      this.#extendLabel(this.#counterId);
    } else {
      const counter = this.#files.counters.get(this.#counterId);
      const mine =
        counter?.typeId === CounterType.ClientHeartbeat && counter.key.readBigInt64LE() === this.#clientId;
      if (!mine) return false;
    }
    const { i64, index } = this.#files.counterSlot(this.#counterId);
    Atomics.store(i64, index >> 1, BigInt(nowMillis));
    return true;
  }

  #extendLabel(counterId: number): void {
    const { metadata } = this.#files;
    const at = counterId * COUNTER_METADATA_LENGTH;
    if (metadata.load32(at) !== CounterState.Allocated) return;
    const length = metadata.load32(at + LABEL_LENGTH_OFFSET);
    const text = Buffer.from(this.#suffix).subarray(0, Math.max(0, MAX_LABEL_LENGTH - length));
    text.copy(metadata.bytes, at + LABEL_OFFSET + length);
    metadata.store32(at + LABEL_LENGTH_OFFSET, length + text.length);
  }
}
