import type { Codec } from './codec.js';
import { plainCopies } from './copied-bytes.js';
import { optionalPackage } from './optional-package.js';

/** Options of the codec {@link msgpack}. */
export interface MsgpackOptions {
  /** Decode 64-bit integers as bigints. Default: false; they become numbers, exact up to 2^53. */
  readonly useBigInt64?: boolean;
}

/** The used part of the optional package @msgpack/msgpack. */
interface Msgpack {
  Encoder: new (options: MsgpackOptions) => { encodeSharedRef(value: unknown): Uint8Array };
  Decoder: new (options: MsgpackOptions) => { decode(bytes: Uint8Array): unknown };
}

/**
 * Codec for MessagePack. The application states `T`: decoding does not check it.
 * @throws RingwireError `CODEC_UNAVAILABLE` without the package `@msgpack/msgpack`
 */
export function msgpack<T = unknown>(options: MsgpackOptions = {}): Codec<T> {
  const { Encoder, Decoder } = optionalPackage('@msgpack/msgpack') as Msgpack;
  const encoder = new Encoder(options);
  const decoder = new Decoder(options);
  const copyOf = plainCopies();
  // sizeBound creates the bytes that the following encode writes.
  let kept: Uint8Array | null = null;
  return {
    mediaType: 'application/vnd.msgpack',
    formatId: null,
    whole: (value) => encoder.encodeSharedRef(value),
    sizeBound(value) {
      kept = encoder.encodeSharedRef(value);
      return kept.length;
    },
    encode(value, buffer, offset, limit) {
      const bytes = kept ?? encoder.encodeSharedRef(value);
      kept = null;
      if (bytes.length <= limit) buffer.set(bytes, offset);
      return bytes.length;
    },
    // Copies the bytes: values of type `bin` are views of the decoded buffer.
    decode: (buffer, offset, length) => decoder.decode(copyOf(buffer, offset, length)) as T,
  };
}
