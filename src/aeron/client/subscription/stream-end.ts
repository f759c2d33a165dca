/** How the stream of an image ends: what its log says, and what it said last once the image is closed. */
import { ACTIVE_TRANSPORT_COUNT_OFFSET } from '../../layout/log-layout.js';
import type { LogBuffers } from '../log-buffers.js';

export class StreamEnd {
  readonly #log: LogBuffers;
  #final: { readonly position: bigint; readonly isRevoked: boolean } | null = null;

  constructor(log: LogBuffers) {
    this.#log = log;
  }

  /** From now on the log is not looked at any more: it may be unmapped. */
  freeze(): void {
    this.#final = { position: this.#log.endOfStreamPosition, isRevoked: this.#log.isRevoked };
  }

  /** 2^63-1 until it is known. */
  get position(): bigint {
    return this.#final === null ? this.#log.endOfStreamPosition : this.#final.position;
  }

  get isRevoked(): boolean {
    return this.#final === null ? this.#log.isRevoked : this.#final.isRevoked;
  }

  get activeTransportCount(): number {
    return this.#final === null ? this.#log.page.load32(ACTIVE_TRANSPORT_COUNT_OFFSET) : 0;
  }
}
