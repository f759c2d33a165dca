import { create, createFileRegistry } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import protobufjs from 'protobufjs';
import { describe, expect, it } from 'vitest';
import {
  protobuf,
  ShmReader,
  ShmWriter,
  TickUnit,
  TypedReader,
  TypedWriter,
} from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';

const quoteType = protobufjs
  .parse('syntax = "proto3"; message Quote { string symbol = 1; double price = 2; bytes raw = 3; }')
  .root.lookupType('Quote');

/** The same message as `protoc-gen-es` describes it. */
function quoteSchema() {
  const field = (name: string, number: number, type: FieldDescriptorProto_Type) => ({
    name,
    number,
    type,
    label: 1,
  });
  const { STRING, DOUBLE, BYTES } = FieldDescriptorProto_Type;
  const messageType = [
    { name: 'Quote', field: [field('symbol', 1, STRING), field('price', 2, DOUBLE), field('raw', 3, BYTES)] },
  ];
  const file = create(FileDescriptorProtoSchema, { name: 'quote.proto', syntax: 'proto3', messageType });
  const schema = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage('Quote');
  if (schema === undefined) throw new Error('no schema');
  return schema;
}

function channel() {
  const root = temporaryFolder();
  const sizes = { capacity: 65_536, maxMessageLength: 400 };
  const options = { writerId: 1, channelId: 7, timeout: 1000, tickUnit: TickUnit.Millis, ...sizes };
  return { writer: ShmWriter.create(root, options), reader: ShmReader.open(root, 7) };
}

describe('the codec of Protocol Buffers', () => {
  it('encodes and decodes messages of protobufjs', () => {
    const { writer, reader } = channel();
    using typedWriter = new TypedWriter(
      writer,
      protobuf<{ symbol: string; price: number; raw: Uint8Array }>(quoteType as never),
    );
    using typedReader = new TypedReader(reader, protobuf<protobufjs.Message>(quoteType as never));
    typedWriter.write({ symbol: 'RW', price: 10.5, raw: Buffer.from([1, 2]) });
    expect(typedReader.tryRead()?.value.toJSON()).toEqual({ symbol: 'RW', price: 10.5, raw: 'AQI=' });
  });

  it('encodes and decodes messages of @bufbuild/protobuf, which protobufjs reads', () => {
    const schema = quoteSchema();
    const { writer, reader } = channel();
    using typedWriter = new TypedWriter(writer, protobuf<object>(schema));
    using typedReader = new TypedReader(reader, protobuf<protobufjs.Message>(quoteType as never));
    typedWriter.write(create(schema, { symbol: 'RW', price: 2 }));
    expect(typedReader.tryRead()?.value.toJSON()).toEqual({ symbol: 'RW', price: 2 });
  });

  it('refuses an invalid message and an empty one', () => {
    const { writer } = channel();
    using typed = new TypedWriter(writer, protobuf<object>(quoteType as never));
    expect(codeOf(() => typed.write({ symbol: 7 }))).toBe('ENCODING_ERROR');
    expect(codeOf(() => typed.write({}))).toBe('ENCODING_ERROR');
    expect(() => protobuf({} as never)).toThrow('takes a message type of protobufjs or a schema');
  });

  it('reports bytes that are not a message', () => {
    const { writer, reader } = channel();
    writer.write(Buffer.from([0x0a, 0xff]));
    using typed = new TypedReader(reader, protobuf<object>(quoteType as never));
    expect(codeOf(() => typed.tryRead())).toBe('DECODING_ERROR');
  });
});
