import type { Codec } from './codec.js';
import { optionalPackage } from './optional-package.js';

/**
 * What is used of a message type of protobufjs: a `Type` of a loaded schema, or a class that `pbjs --target static` made.
 */
export interface ProtobufType<T> {
  encode(value: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  /** Why a value is no such message, or null. A static class without checks has none. */
  verify?(value: { [key: string]: unknown }): string | null;
}

/** What is used of a message schema of `@bufbuild/protobuf`. */
export interface ProtobufSchema {
  readonly typeName: string;
}

interface Bufbuild {
  toBinary(schema: ProtobufSchema, value: unknown): Uint8Array;
  fromBinary(schema: ProtobufSchema, bytes: Uint8Array): unknown;
}

/**
 * Messages of Protocol Buffers. `type` is a message type of `protobufjs`, or a schema that `protoc-gen-es` made for
 * `@bufbuild/protobuf`. An empty message has no bytes and is refused, since a record of no bytes is a heartbeat.
 * @throws RingwireError `CODEC_UNAVAILABLE` for a schema without the package `@bufbuild/protobuf`
 * @throws TypeError for anything that is neither
 */
export function protobuf<T>(type: ProtobufType<T> | ProtobufSchema): Codec<T> {
  const { toBytes, fromBytes } = coderOf<T>(type);
  // sizeBound makes the bytes that encode writes right after it.
  let kept: Uint8Array | null = null;
  return {
    mediaType: 'application/protobuf',
    formatId: null,
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
    // A copy: fields of type `bytes` are views of what they were decoded from.
    decode: (buffer, offset, length) => fromBytes(new Uint8Array(buffer.subarray(offset, offset + length))),
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
