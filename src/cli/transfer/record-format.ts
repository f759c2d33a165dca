/** How records are printed. */
import { isUtf8 } from 'node:buffer';
import type { RecordHandler } from '../../channel/index.js';
import type { ByteOutput } from './byte-output.js';

export const RECORD_FORMATS = ['lines', 'raw', 'hex', 'json', 'length-prefixed'] as const;
export type RecordFormat = (typeof RECORD_FORMATS)[number];

const NEWLINE = 10;
const ROW = 16;

/** A handler that puts every record into the output. */
export function recordPrinter(format: RecordFormat, output: ByteOutput): RecordHandler {
  switch (format) {
    case 'lines':
      return (buffer, offset, length) => printLine(output, buffer, offset, length);
    case 'raw':
      return (buffer, offset, length) => {
        const at = output.reserve(length);
        buffer.copy(output.bytes, at, offset, offset + length);
      };
    case 'length-prefixed':
      return (buffer, offset, length) => {
        const at = output.reserve(4 + length);
        output.bytes.writeUInt32LE(length, at);
        buffer.copy(output.bytes, at + 4, offset, offset + length);
      };
    case 'json':
      return (buffer, offset, length, position) => {
        output.append(`${jsonLine(buffer.subarray(offset, offset + length), position)}\n`);
      };
    case 'hex':
      return (buffer, offset, length, position) => {
        output.append(hexDump(buffer.subarray(offset, offset + length), position));
      };
  }
}

/** A record that ends in a newline (a kept one, or an empty line) gets no second one. */
function printLine(output: ByteOutput, buffer: Buffer, offset: number, length: number): void {
  const ended = buffer[offset + length - 1] === NEWLINE;
  const at = output.reserve(ended ? length : length + 1);
  buffer.copy(output.bytes, at, offset, offset + length);
  if (!ended) output.bytes[at + length] = NEWLINE;
}

/** Text where the bytes are UTF-8, else base64. */
function jsonLine(record: Buffer, position: number): string {
  const encoding = isUtf8(record) ? 'utf8' : 'base64';
  return JSON.stringify({ position, length: record.length, encoding, data: record.toString(encoding) });
}

/** The classic dump: offset in the record, 16 bytes, and what of them can be printed. */
function hexDump(record: Buffer, position: number): string {
  let text = `position ${position}, ${record.length} bytes\n`;
  for (let at = 0; at < record.length; at += ROW) {
    const row = record.subarray(at, at + ROW);
    const hex = row
      .toString('hex')
      .replace(/../g, '$& ')
      .padEnd(ROW * 3);
    const letters = row.toString('latin1').replace(/[^ -~]/g, '.');
    const offset = at.toString(16).padStart(8, '0');
    text += `${offset}  ${hex.slice(0, 24)} ${hex.slice(24)} |${letters}|\n`;
  }
  return text;
}
