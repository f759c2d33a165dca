/** How a frame leaves the process: one interface for all kinds of targets. */
import type { FrameBuffer } from '../frame/frame-layout.js';
import type { NonceSource } from '../secure/nonce-source.js';

/** A connection to one target. */
export interface BeatTransport {
  /** The name of the target, for messages. */
  readonly target: string;
  readonly nonces: NonceSource;
  /**
   * Places the next frame: in the memory of the channel, or in its own. Never blocks, never throws.
   * @returns 0; or an error number: the frame, encoded in its own memory, can only be sent after {@link reopen}
   */
  prepare(frame: FrameBuffer): number;
  /** Sends the frame. Never blocks, never throws. @returns 0, or an error number */
  finish(frame: FrameBuffer): number;
  /** Connects again; the old connection stays if this fails. @throws RingwireError */
  reopen(): void;
  close(): void;
}
