/** The options that `cat` and `tail` share: which records are printed, and how. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LimitOption, takesLimit } from '../limits.js';
import { RECORD_FORMATS, type RecordFormat } from './record-format.js';

/** Parsed options of `cat` and `tail`. */
export interface ReadingOptions extends LimitOption {
  readonly format: RecordFormat;
  readonly json?: boolean;
  readonly raw?: boolean;
  readonly grep?: RegExp;
  readonly fields?: readonly string[];
  readonly pretty?: boolean;
}

/** Adds the options `--limit`, `--grep`, `--fields`, `--pretty`, `--format`, `--json` and `--raw`. */
export function takesReadingOptions(command: Command): Command {
  return takesLimit(command)
    .option('--grep <pattern>', 'print only records that match this regular expression', patternOption)
    .addOption(
      new Option('--fields <names>', 'print only these fields of JSON records: level,req.id')
        .argParser(fieldsOption)
        .conflicts(['format', 'json']),
    )
    .addOption(
      new Option('--pretty', 'print JSON records indented, and lines of pino for people').conflicts([
        'format',
        'json',
      ]),
    )
    .addOption(new Option('--format <format>', 'output format').choices(RECORD_FORMATS).default('lines'))
    .option('--json', 'same as --format json; errors are JSON also')
    .option('--raw', 'keep control characters of lines on a terminal');
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

function patternOption(text: string): RegExp {
  try {
    return new RegExp(text, 'mu');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function fieldsOption(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('It must be names of fields with commas between them: level,req.id.');
}
