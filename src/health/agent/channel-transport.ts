/** Frames as records of a log or ring channel. */
import os from 'node:os';
import { WriteResult, type Writer } from '../../channel/index.js';
import { FRAME_LENGTH, type FrameBuffer } from '../frame/frame-layout.js';
import { channelNonces, type NonceSource } from '../secure/nonce-source.js';
import type { BeatTransport } from './beat-transport.js';

const { EAGAIN, EBADF, EBUSY, EMSGSIZE, ENOSPC } = os.constants.errno;

/** Writes frames into a channel. */
export class ChannelTransport implements BeatTransport {
  /** Path of the channel, or its number. */
  readonly target: string;
  /** The nonces of this channel. */
  readonly nonces: NonceSource;
  readonly #writer: Writer;
  /** The memory of the writer, as bytes and as words. */
  #buffer: Buffer;
  #i32: Int32Array;
  readonly #release: (() => void) | undefined;

  /** @param release closes a writer that this transport created; a writer of the application remains open */
  constructor(writer: Writer, release?: () => void) {
    this.target = channelName(writer);
    this.nonces = channelNonces(this.target);
    this.#writer = writer;
    this.#buffer = writer.buffer;
    this.#i32 = wordsOf(this.#buffer);
    this.#release = release;
  }

  /** Frames are encoded in the channel's memory: a copy would cost a third more. */
  prepare(frame: FrameBuffer): number {
    const writer = this.#writer;
    frame.placeHere();
    let at: number;
    try {
      at = writer.tryClaim(FRAME_LENGTH);
    } catch {
      return EBUSY; // The application has an open claim on this writer.
    }
    if (at <= 0) return errorNumber(at);
    // A writer may move to other memory.
    if (writer.buffer !== this.#buffer) {
      this.#buffer = writer.buffer;
      this.#i32 = wordsOf(this.#buffer);
    }
    frame.placeAt(this.#i32, at / 4);
    return 0;
  }

  finish(frame: FrameBuffer): number {
    if (frame.isHere) return this.#write(frame.bytes);
    this.#writer.commit();
    return 0;
  }

  /** No effect: a channel has no connection. */
  reopen(): void {}

  close(): void {
    this.#release?.();
  }

  #write(bytes: Buffer): number {
    try {
      const taken = this.#writer.tryWrite(bytes);
      return taken > 0 ? 0 : errorNumber(taken);
    } catch {
      return EBUSY; // The application has an open claim on this writer.
    }
  }
}

/** Path of the channel of a writer, or its number. */
export function channelName(writer: Writer): string {
  const { path = `channel ${writer.header.channelId}` } = writer as { readonly path?: string };
  return path;
}

function wordsOf({ buffer, byteOffset, length }: Buffer): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2);
}

/** Error number for an error of a channel. */
function errorNumber(result: number): number {
  switch (result) {
    case WriteResult.BackPressured:
      return EAGAIN;
    case WriteResult.ChannelFull:
      return ENOSPC;
    case WriteResult.RecordTooLong:
      return EMSGSIZE;
    default:
      return EBADF;
  }
}
