/** A stream of answers: frame after frame, until one side closes it. */
import type { ControlFrame } from '../wire/frame-layout.js';
import type { FrameStream, WaitLimit } from '../wire/frame-stream.js';

/**
 * Frames of one stream, on a connection of its own. {@link ControlClient.stream} opens it.
 * @example
 * const stream = await client.stream(MessageType.EventsSubscribe, { pids: null });
 * for await (const frame of stream) console.log(frame.type);
 */
export class ControlStream implements AsyncIterable<ControlFrame> {
  readonly #frames: FrameStream;
  readonly #limit: WaitLimit;

  /** @internal Use {@link ControlClient.stream}. */
  constructor(frames: FrameStream, limit: WaitLimit) {
    this.#frames = frames;
    this.#limit = limit;
  }

  /** The next frame, null when the server has closed. @throws ControlError `ABORTED`, `TIMEOUT`, `CLOSED` */
  readFrame(): Promise<ControlFrame | null> {
    return this.#frames.read(this.#limit);
  }

  /** Closes the connection. A second call does nothing. */
  close(): void {
    this.#frames.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ControlFrame, void, undefined> {
    try {
      for (let frame = await this.readFrame(); frame !== null; frame = await this.readFrame()) yield frame;
    } finally {
      this.close();
    }
  }
}
