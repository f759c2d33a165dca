import type { Codec } from './codec.js';
import { plainCopies } from './copied-bytes.js';
import { optionalPackage } from './optional-package.js';

/**
 * The used part of a message type of protobufjs: a `Type` of a loaded schema, or a class that `pbjs --target static`
 * generated.
 */
export interface ProtobufType<T> {
  /** Encodes a message. */
  encode(value: T): { finish(): Uint8Array };
  /** Decodes a message. */
  decode(bytes: Uint8Array): T;
  /** Returns why a value is not a valid message, or null. A static class without checks has no such method. */
  verify?(value: { [key: string]: unknown }): string | null;
}

/** The used part of a message schema of `@bufbuild/protobuf`. */
export interface ProtobufSchema {
  /** Full name of the message type. */
  readonly typeName: string;
}

interface Bufbuild {
  toBinary(schema: ProtobufSchema, value: unknown): Uint8Array;
  fromBinary(schema: ProtobufSchema, bytes: Uint8Array): unknown;
}

/**
 * Codec for Protocol Buffers. `type` is a message type of `protobufjs`, or a schema that `protoc-gen-es` generated
 * for `@bufbuild/protobuf`. Refuses an empty message, which has no bytes: a record without bytes is a heartbeat.
 * @throws RingwireError `CODEC_UNAVAILABLE` for a schema without the package `@bufbuild/protobuf`
 * @throws TypeError for a value of another type
 */
export function protobuf<T>(type: ProtobufType<T> | ProtobufSchema): Codec<T> {
  const { toBytes, fromBytes } = coderOf<T>(type);
  const copyOf = plainCopies();
  // sizeBound creates the bytes that the following encode writes.
  let kept: Uint8Array | null = null;
  return {
    mediaType: 'application/protobuf',
    formatId: null,
    whole: toBytes,
    sizeBound(value) {
      kept = toBytes(value);
      return kept.length;
    },
    encode(value, buffer, offset, limit) {
      const bytes = kept ?? toBytes(value);
      kept = null;
      if (bytes.length <= limit) buffer.set(bytes, offset);
      return bytes.length;
    },
    // Copies the bytes: fields of type `bytes` are views of the decoded buffer.
    decode: (buffer, offset, length) => fromBytes(copyOf(buffer, offset, length)),
  };
}

function coderOf<T>(type: ProtobufType<T> | ProtobufSchema): {
  toBytes: (value: T) => Uint8Array;
  fromBytes: (bytes: Uint8Array) => T;
} {
  if ('encode' in type && 'decode' in type) {
    return {
      toBytes(value) {
        const fault = type.verify?.(value as { [key: string]: unknown }) ?? null;
        if (fault !== null) throw new TypeError(fault);
        return type.encode(value).finish();
      },
      fromBytes: (bytes) => type.decode(bytes),
    };
  }
  if ('typeName' in type) {
    const { toBinary, fromBinary } = optionalPackage('@bufbuild/protobuf') as Bufbuild;
    return { toBytes: (value) => toBinary(type, value), fromBytes: (bytes) => fromBinary(type, bytes) as T };
  }
  throw new TypeError('protobuf takes a message type of protobufjs or a schema of @bufbuild/protobuf');
}
