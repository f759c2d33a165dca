/** How a frame leaves the process: one small interface, so that an agent is the same over each way. */
import type { FrameBuffer } from '../frame/frame-layout.js';
import type { NonceSource } from '../secure/nonce-source.js';

export interface BeatTransport {
  /** Names the other end, for messages. */
  readonly target: string;
  readonly nonces: NonceSource;
  /**
   * Says where the next frame is to be written: where readers will find it, or in the memory of `frame`. Never waits,
   * never throws.
   * @returns 0; or an error number: the frame, written to its own memory, can only be sent behind {@link reopen}
   */
  prepare(frame: FrameBuffer): number;
  /** Sends the frame, wherever it was written. Never waits, never throws. @returns 0, or an error number */
  finish(frame: FrameBuffer): number;
  /** Connects anew; what there was stays if this fails. @throws RingwireError */
  reopen(): void;
  close(): void;
}
