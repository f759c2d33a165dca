/** The options that `cat` and `tail` share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumberOption } from '../quantities.js';
import type { ByteOutput } from './byte-output.js';
import { type CountOption, takesCount } from './limits.js';
import { RECORD_FORMATS, type RecordFormat, type RecordPrinter, recordPrinter } from './record-format.js';

/** Parsed options of `cat` and `tail`. */
export interface ReadingOptions extends CountOption {
  readonly format: RecordFormat;
  readonly json?: boolean;
  readonly raw?: boolean;
}

/** Adds the options `--count`, `--format`, `--json` and `--raw`. */
export function takesReadingOptions(command: Command): Command {
  return takesCount(
    command
      .addOption(
        new Option('-f, --format <format>', 'output format').choices(RECORD_FORMATS).default('lines'),
      )
      .option('--json', 'same as --format json; errors are JSON also')
      .option('--raw', 'keep control characters of lines on a terminal'),
  );
}

/** The printer for the chosen format. Lines on a terminal lose their control characters. */
export function printerOf({ format, json, raw }: ReadingOptions, output: ByteOutput): RecordPrinter {
  return recordPrinter(json ? 'json' : format, output, process.stdout.isTTY === true && !raw);
}

/** Help text that describes each format. */
export const FORMATS_HELP = `
Formats:
  lines            record and newline, unless it ends in one; on a terminal
                   without control characters
  raw              the bytes of the record
  hex              a dump
  json             one object per line: position, length, encoding, data
  length-prefixed  length (32 bits, little endian) and bytes, as
                   write --framing length-prefixed reads them`;

/** A position in the data area, in bytes. */
export function positionOption(text: string): number {
  try {
    return wholeNumberOption(0, Number.MAX_SAFE_INTEGER)(text);
  } catch {
    throw new InvalidArgumentError('It must be a record position in bytes.');
  }
}
