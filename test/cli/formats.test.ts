/** What cat prints, byte for byte, in every format, with megabytes pending: nothing else may come out of its buffer. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { RingWriter, ShmWriter, TickUnit } from '../../src/channel/index.js';
import type { ByteOutput } from '../../src/cli/transfer/printing/byte-output.js';
import { RECORD_FORMATS, recordPrinter } from '../../src/cli/transfer/printing/record-format.js';
import { start } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const OPTIONS = { channelId: 1, writerId: 1, timeout: 10, tickUnit: TickUnit.Secs };

type Format = (record: Buffer, position: number) => Buffer;

/** The formats as docs/cli.md describes them, written down once more. */
const FORMATS: Record<string, Format> = {
  raw: (record) => record,
  lines: (record) => (record.at(-1) === 10 ? record : Buffer.concat([record, Buffer.from('\n')])),
  'length-prefixed': (record) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return Buffer.concat([length, record]);
  },
  json: (record, position) => {
    const text = new TextDecoder().decode(record);
    const isText = Buffer.from(text).equals(record);
    const fields = { position, length: record.length, encoding: isText ? 'utf8' : 'base64' };
    return Buffer.from(`${JSON.stringify({ ...fields, data: isText ? text : record.toString('base64') })}\n`);
  },
  hex: (record, position) => {
    const lines = [`position ${position}, ${record.length} bytes`];
    for (let at = 0; at < record.length; at += 16) {
      const row = [...record.subarray(at, at + 16)];
      const bytes = row.map((byte) => byte.toString(16).padStart(2, '0'));
      const left = bytes.slice(0, 8).join(' ').padEnd(23);
      const right = bytes.slice(8).join(' ').padEnd(23);
      const letters = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'));
      lines.push(`${at.toString(16).padStart(8, '0')}  ${left}  ${right}  |${letters.join('')}|`);
    }
    return Buffer.from(`${lines.join('\n')}\n`);
  },
};

async function printed(root: string, format: string): Promise<Buffer> {
  const child = start(['cat', '1', '-r', root, '--format', format]);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function expectFormats(root: string, records: readonly (readonly [Buffer, number])[]): Promise<void> {
  for (const [name, format] of Object.entries(FORMATS)) {
    const expected = Buffer.concat(records.map(([record, position]) => format(record, position)));
    const seen = await printed(root, name);
    expect(seen.length, name).toBe(expected.length);
    expect(seen.equals(expected), name).toBe(true);
  }
}

test('many records of some kilobytes are printed unchanged', async () => {
  const root = temporaryRoot();
  const writer = ShmWriter.create(root, { ...OPTIONS, capacity: 8 << 20, maxMessageLength: 4000 });
  const records = Array.from({ length: 750 }, (_, i) => {
    const text = Buffer.alloc(4000, `record ${i}, größer\n`);
    return [i % 3 === 0 ? randomBytes(4000) : text.subarray(0, 3990 + (i % 11)), writer.writeOffset] as const;
  }).map(([record]) => {
    const position = writer.writeOffset;
    writer.write(record);
    return [record, position] as const;
  });
  writer.close();
  await expectFormats(root, records);
});

test('records of several megabytes are printed in pieces that join without a gap', async () => {
  const root = temporaryRoot();
  const writer = RingWriter.create(root, { ...OPTIONS, capacity: 32 << 20, maxMessageLength: 2 << 20 });
  const contents = [
    Buffer.from('short'),
    randomBytes((1 << 20) + 77),
    // Characters of one to four bytes, so that a piece ends inside of one.
    Buffer.from('aü€😀\u0000"\\'.repeat(90_000)),
    Buffer.from(`x${'😀'.repeat(300_000)}`),
    Buffer.from('short again'),
  ];
  const records = contents.map((record) => {
    const position = writer.writeOffset;
    writer.write(record);
    return [record, position] as const;
  });
  writer.close();
  await expectFormats(root, records);
});

test.each(RECORD_FORMATS)('the text of a record in the format %s never becomes one string', (format) => {
  let largest = 0;
  const take = (length: number) => {
    largest = Math.max(largest, length);
  };
  const output = {
    append: (_source: Buffer, _at: number, length: number) => take(length),
    appendLine: (_source: Buffer, _at: number, length: number) => take(length),
    appendText: (text: string) => take(text.length),
    appendUint32: () => {},
  } as unknown as ByteOutput;
  // Each byte becomes six characters of JSON.
  const record = Buffer.alloc(8 << 20, 1);
  const printer = recordPrinter(format, output, { forTerminal: true, rendering: null, mark: null });
  printer.begin(record, 0, record.length, 0);
  for (let at = 0; at < record.length; ) at = printer.piece(record, at, record.length);
  printer.finish(record, record.length);
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(2 << 20);
});
