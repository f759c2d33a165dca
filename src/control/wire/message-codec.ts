/** Bodies of messages to bytes and back, driven by the field tables of message-layout.ts. */

import { ControlError } from '../control-error.js';
import { BodyReader } from './body-reader.js';
import { BodyWriter } from './body-writer.js';
import { HEADER_LENGTH, MAX_BODY_LENGTH, putHeader } from './frame-layout.js';
import {
  ENTRY_FIELDS,
  type Field,
  type Kind,
  MESSAGE_FIELDS,
  type MessageType,
  type WireBodies,
} from './message-layout.js';

/** More processes than any manager lists: limits the memory that a hostile reply can claim. */
const MAX_ENTRIES = 65_536;
const INT64_MIN = -0x8000_0000_0000_0000n;
const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

type Value = unknown;
type Values = Record<string, Value>;

/** The body of a message, byte-identical with the original encoder. @throws ControlError `INVALID_ARGUMENT` */
export function encodeBody<T extends MessageType>(type: T, body: WireBodies[T]): Buffer {
  // The original sends no body with a list request, not an empty map.
  if (MESSAGE_FIELDS[type].length === 0) return Buffer.alloc(0);
  const writer = new BodyWriter();
  writeFields(writer, MESSAGE_FIELDS[type], body as Values);
  return writer.bytes;
}

/** Header and body in one buffer, for one write. @throws ControlError `INVALID_ARGUMENT`, `FRAME_TOO_LONG` */
export function encodeMessage<T extends MessageType>(type: T, seq: bigint, body: WireBodies[T]): Buffer {
  const bytes = encodeBody(type, body);
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + bytes.length);
  putHeader(frame, type, seq, bytes.length);
  bytes.copy(frame, HEADER_LENGTH);
  return frame;
}

/** Bytes of a log message beside its data: the keys, the id, the widest length, `eof`. */
const LOG_OVERHEAD = 64;

/** The most log bytes that fit one frame for this id. */
export function maxLogData(id: string): number {
  return MAX_BODY_LENGTH - LOG_OVERHEAD - Buffer.byteLength(id);
}

/**
 * The values of a body. Missing keys and nil give '' , 0, false, null or an empty list; unknown keys are skipped; bytes
 * after the map are ignored. An array in place of the map is taken when it has exactly as many elements as the message
 * has keys.
 * @throws ControlError `BAD_BODY`; a damaged body returns nothing
 */
export function decodeBody<T extends MessageType>(type: T, body: Buffer): WireBodies[T] {
  if (MESSAGE_FIELDS[type].length === 0) return {} as WireBodies[T];
  return readFields(new BodyReader(body), MESSAGE_FIELDS[type]) as WireBodies[T];
}

function writeFields(writer: BodyWriter, fields: readonly Field[], values: Values): void {
  let count = 0;
  for (const field of fields) if (isWritten(field, values[field.key])) count++;
  writer.map(count);
  for (const field of fields) {
    const value = values[field.key];
    if (!isWritten(field, value)) continue;
    writer.str(field.key);
    writeValue(writer, field.kind, value);
  }
}

function isWritten(field: Field, value: Value): boolean {
  if (field.ours) return value !== undefined;
  if (!field.optional) return true;
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== 0 && value !== 0n && value !== '';
}

function writeValue(writer: BodyWriter, kind: Kind, value: Value): void {
  switch (kind) {
    case 'str':
      writer.str(String(value));
      break;
    case 'bool':
      writer.bool(value === true);
      break;
    case 'uint8':
      writer.uint8(Number(wholeNumber(value)));
      break;
    case 'int':
      writer.int(wholeNumber(value));
      break;
    case 'uint64':
      writer.uint64(BigInt(value as number | bigint));
      break;
    case 'int64':
      writer.int64(BigInt(value as number | bigint));
      break;
    case 'bin':
      if (value === null || value === undefined) writer.nil();
      else writer.bin(value as Uint8Array);
      break;
    case 'entry':
      writeFields(writer, ENTRY_FIELDS, value as Values);
      break;
    case 'strings':
    case 'entries':
      writeList(writer, kind, value as readonly Value[] | null | undefined);
  }
}

function writeList(
  writer: BodyWriter,
  kind: 'strings' | 'entries',
  list: readonly Value[] | null | undefined,
): void {
  if (list === null || list === undefined) {
    writer.nil();
    return;
  }
  writer.array(list.length);
  for (const element of list) writeValue(writer, kind === 'strings' ? 'str' : 'entry', element);
}

function wholeNumber(value: Value): number | bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return value as number | bigint;
  throw new ControlError('INVALID_ARGUMENT', `${String(value)} is not a whole number`);
}

function readFields(reader: BodyReader, fields: readonly Field[]): Values {
  const values: Values = {};
  for (const field of fields) if (!field.optional && !field.ours) values[field.key] = zero(field.kind);
  if (reader.takeNil()) return values;
  const elements = reader.tryArraySize();
  if (elements >= 0) return readArray(reader, fields, elements, values);
  for (let left = reader.mapSize(); left > 0; left--) {
    const key = reader.takeNil() ? '' : reader.str();
    const field = fields.find((candidate) => candidate.key === key);
    if (field === undefined) reader.skip();
    else values[key] = readValue(reader, field.kind);
  }
  return values;
}

/** A struct as array, as the original's decoder takes it: the same number of elements as it knows keys. */
function readArray(reader: BodyReader, fields: readonly Field[], elements: number, values: Values): Values {
  const known = fields.filter((field) => !field.ours);
  const required = known.filter((field) => !field.optional);
  const taken = elements === required.length ? required : known;
  if (elements !== taken.length)
    throw new ControlError('BAD_BODY', 'msgpack: an array of a wrong length for a map');
  for (const field of taken) values[field.key] = readValue(reader, field.kind);
  return values;
}

function readValue(reader: BodyReader, kind: Kind): Value {
  if (kind !== 'entry' && reader.takeNil()) return zero(kind);
  switch (kind) {
    case 'str':
      return reader.str();
    case 'bool':
      return reader.bool();
    case 'uint8':
      return Number(reader.integer(0n, 0xffn));
    case 'int':
      return numberIfSafe(reader.integer(INT64_MIN, INT64_MAX));
    case 'uint64':
      return numberIfSafe(reader.integer(0n, UINT64_MAX));
    case 'int64':
      return reader.integer(INT64_MIN, INT64_MAX);
    case 'bin':
      return reader.bytes();
    case 'entry':
      return readFields(reader, ENTRY_FIELDS);
    case 'strings':
    case 'entries': {
      const size = reader.arraySize();
      if (size > MAX_ENTRIES)
        throw new ControlError('BAD_BODY', `msgpack: more than ${MAX_ENTRIES} elements`);
      const list: Value[] = [];
      for (let i = 0; i < size; i++) list.push(readValue(reader, kind === 'strings' ? 'str' : 'entry'));
      return list;
    }
  }
}

function numberIfSafe(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function zero(kind: Kind): Value {
  switch (kind) {
    case 'str':
      return '';
    case 'bool':
      return false;
    case 'uint8':
    case 'int':
    case 'uint64':
      return 0;
    case 'int64':
      return 0n;
    case 'entry':
      return { id: '', name: '', state: '', pid: 0, rss: 0 };
    case 'bin':
    case 'strings':
    case 'entries':
      return null;
  }
}
