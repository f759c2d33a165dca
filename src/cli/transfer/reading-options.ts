/** The options that `cat` and `tail` share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumberOption } from '../quantities.js';
import type { ByteOutput } from './byte-output.js';
import { type CountOption, takesCount } from './limits.js';
import { RECORD_FORMATS, type RecordFormat, type RecordPrinter, recordPrinter } from './record-format.js';

export interface ReadingOptions extends CountOption {
  readonly format: RecordFormat;
  readonly json?: boolean;
  readonly raw?: boolean;
}

export function takesReadingOptions(command: Command): Command {
  return takesCount(
    command
      .addOption(
        new Option('-f, --format <format>', 'how to print a record').choices(RECORD_FORMATS).default('lines'),
      )
      .option('--json', 'the same as --format json; errors are JSON also')
      .option('--raw', 'lines keep their control characters on a terminal also'),
  );
}

/** The printer for the format that was asked for. Lines on a terminal lose their control characters. */
export function printerOf({ format, json, raw }: ReadingOptions, output: ByteOutput): RecordPrinter {
  return recordPrinter(json ? 'json' : format, output, process.stdout.isTTY === true && !raw);
}

export const FORMATS_HELP = `
Formats:
  lines            the record and a newline, unless it ends in one; on a terminal without control characters
  raw              its bytes, nothing else
  hex              a dump for people
  json             an object a line: position, length, encoding (utf8 or base64), data
  length-prefixed  its length (32 bits, little endian) and its bytes; what write --framing length-prefixed reads`;

/** A position in the data area, in bytes. */
export function positionOption(text: string): number {
  try {
    return wholeNumberOption(0, Number.MAX_SAFE_INTEGER)(text);
  } catch {
    throw new InvalidArgumentError('It must be the position of a record, in bytes.');
  }
}
