/** The options that `cat` and `tail` share. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumberOption } from '../quantities.js';
import { type CountOption, takesCount } from './limits.js';
import { RECORD_FORMATS, type RecordFormat } from './record-format.js';

export interface ReadingOptions extends CountOption {
  readonly format: RecordFormat;
  readonly json?: boolean;
}

export function takesReadingOptions(command: Command): Command {
  return takesCount(
    command
      .addOption(
        new Option('-f, --format <format>', 'how to print a record').choices(RECORD_FORMATS).default('lines'),
      )
      .option('--json', 'the same as --format json; errors are JSON, too'),
  );
}

export function formatOf({ format, json }: ReadingOptions): RecordFormat {
  return json ? 'json' : format;
}

export const FORMATS_HELP = `
Formats:
  lines            the record and a newline, unless it ends in one
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
