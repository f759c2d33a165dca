/** End of the stream of an image: read from the log, and from a copy after the image was closed. */
import { ACTIVE_TRANSPORT_COUNT_OFFSET } from '../../layout/log-layout.js';
import type { LogBuffers } from '../log-buffers.js';

/** End of one stream. */
export class StreamEnd {
  readonly #log: LogBuffers;
  #final: { readonly position: bigint; readonly isRevoked: boolean } | null = null;

  constructor(log: LogBuffers) {
    this.#log = log;
  }

  /** Copies the fields: the log may be unmapped afterwards. */
  freeze(): void {
    this.#final = { position: this.#log.endOfStreamPosition, isRevoked: this.#log.isRevoked };
  }

  /** 2^63-1 while the stream is open. */
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
