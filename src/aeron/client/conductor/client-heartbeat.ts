/** The heartbeat of a client: a counter that the driver allocates and in which the client stores the time. */
import {
  COUNTER_METADATA_LENGTH,
  CounterState,
  CounterType,
  LABEL_LENGTH_OFFSET,
  LABEL_OFFSET,
  MAX_LABEL_LENGTH,
} from '../../layout/counter-layout.js';
import { cutText } from '../../layout/cut-text.js';
import { CLIENT_COMMIT, CLIENT_VERSION } from '../client-version.js';
import type { DriverFiles } from './driver-files.js';

/** The heartbeat counter of one client. */
export class ClientHeartbeat {
  readonly #files: DriverFiles;
  readonly #clientId: bigint;
  readonly #suffix: string;
  #counterId: number | null = null;

  constructor(files: DriverFiles, clientId: bigint, clientName: string) {
    this.#files = files;
    this.#clientId = clientId;
    this.#suffix = ` name=${clientName} version=${CLIENT_VERSION} commit=${CLIENT_COMMIT}`;
  }

  /** Stores the time. @param nowMs Unix milliseconds. @returns false when the driver has removed the counter */
  beat(nowMs: number): boolean {
    if (this.#counterId === null) {
      this.#counterId = this.#files.counters.find(CounterType.ClientHeartbeat, this.#clientId);
      if (this.#counterId === null) return true;
      this.#extendLabel(this.#counterId);
    } else {
      const counter = this.#files.counters.get(this.#counterId);
      const isMine =
        counter?.typeId === CounterType.ClientHeartbeat && counter.key.readBigInt64LE() === this.#clientId;
      if (!isMine) return false;
    }
    const { i64, index } = this.#files.counterSlot(this.#counterId);
    Atomics.store(i64, index >> 1, BigInt(nowMs));
    return true;
  }

  #extendLabel(counterId: number): void {
    const { metadata } = this.#files;
    const at = counterId * COUNTER_METADATA_LENGTH;
    if (metadata.load32(at) !== CounterState.Allocated) return;
    const length = metadata.load32(at + LABEL_LENGTH_OFFSET);
    if (length < 0 || length > MAX_LABEL_LENGTH) return;
    const text = cutText(this.#suffix, MAX_LABEL_LENGTH - length);
    text.copy(metadata.bytes, at + LABEL_OFFSET + length);
    metadata.store32(at + LABEL_LENGTH_OFFSET, length + text.length);
  }
}
