export type { Codec } from './codec.js';
export { type Encodable, encodable } from './encodable-codec.js';
export { json } from './json-codec.js';
export { type MsgpackOptions, msgpack } from './msgpack-codec.js';
export { type ProtobufSchema, type ProtobufType, protobuf } from './protobuf-codec.js';
export { raw } from './raw-codec.js';
export { utf8 } from './utf8-codec.js';
