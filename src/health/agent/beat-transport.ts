/** Transports of frames: one interface for all kinds of targets. */
import type { FrameBuffer } from '../frame/frame-layout.js';
import type { NonceSource } from '../secure/nonce-source.js';

/** A connection to one target. */
export interface BeatTransport {
  /** Name of the target, for error messages. */
  readonly target: string;
  readonly nonces: NonceSource;
  /**
   * Selects the memory of the next frame: that of the channel, or its own. Never blocks, never throws.
   * @returns 0; or an error number: the frame is encoded in its own memory and can only be sent after {@link reopen}
   */
  prepare(frame: FrameBuffer): number;
  /** Sends the frame. Never blocks, never throws. @returns 0, or an error number */
  finish(frame: FrameBuffer): number;
  /** Connects again. The old connection remains after an error. @throws RingwireError */
  reopen(): void;
  close(): void;
}
