import type { Codec } from './codec.js';
import { optionalPackage } from './optional-package.js';

/** Options of the codec `msgpack`. */
export interface MsgpackOptions {
  /** Whether integers of 64 bits are bigints. Default false: numbers, exact up to 2^53. */
  readonly useBigInt64?: boolean;
}

/** What is used of the optional package @msgpack/msgpack. */
interface Msgpack {
  Encoder: new (options: MsgpackOptions) => { encodeSharedRef(value: unknown): Uint8Array };
  Decoder: new (options: MsgpackOptions) => { decode(bytes: Uint8Array): unknown };
}

/**
 * Values as MessagePack. `T` is what the application says it is: nothing is checked while reading.
 * @throws RingwireError `CODEC_UNAVAILABLE` without the package `@msgpack/msgpack`
 */
export function msgpack<T = unknown>(options: MsgpackOptions = {}): Codec<T> {
  const { Encoder, Decoder } = optionalPackage('@msgpack/msgpack') as Msgpack;
  const encoder = new Encoder(options);
  const decoder = new Decoder(options);
  // sizeBound makes the bytes that encode writes right after it.
  let kept: Uint8Array | null = null;
  return {
    mediaType: 'application/vnd.msgpack',
    formatId: null,
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
    // A copy: values of type `bin` are views of what they were decoded from.
    decode: (buffer, offset, length) =>
      decoder.decode(new Uint8Array(buffer.subarray(offset, offset + length))) as T,
  };
}
