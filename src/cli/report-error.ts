/** Errors, one line each, on stderr. */
import { RingwireError } from '../platform/index.js';
import { printError } from './print.js';
import { coloursFor } from './rendering/colours.js';
import { safeJson } from './rendering/printable.js';

/**
 * Prints `ringwire: CODE: message`, or one JSON object with the fields of the error. `channel`: the label of the channel, for
 * a command that reads several.
 */
export function reportError(error: unknown, json: boolean, channel?: string): void {
  if (json) {
    const about = channel === undefined ? {} : { channel };
    printError(safeJson(JSON.stringify({ error: { ...errorAsJson(error), ...about } })));
  } else printError(`ringwire: ${channel === undefined ? '' : `${channel}: `}${errorText(error)}`);
}

/** Reports wrong usage. @param text of commander, such as `error: unknown option ...` */
export function reportUsage(text: string, json: boolean): void {
  const message = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ');
  const { red, bold } = coloursFor(process.stderr);
  if (json) printError(safeJson(JSON.stringify({ error: { code: 'USAGE', message } })));
  else printError(`ringwire: ${red(bold('USAGE'))}: ${message} (ringwire --help explains the commands)`);
}

function errorText(error: unknown): string {
  const { red, bold } = coloursFor(process.stderr);
  if (!(error instanceof RingwireError)) {
    return `${red(bold('INTERNAL'))}: ${error instanceof Error ? error.stack : String(error)}`;
  }
  return `${red(bold(error.code))}: ${error.message}`;
}

/** Code, message and the fields of the error; numbers of 64 bits become strings, so that no reader rounds them. */
export function errorAsJson(error: unknown): object {
  if (!(error instanceof RingwireError)) return { code: 'INTERNAL', message: String(error) };
  const { code, message, name: _name, stack: _stack, cause: _cause, ...details } = error;
  const fields = Object.entries(details).map(([key, value]) => [
    key,
    typeof value === 'bigint' ? String(value) : value,
  ]);
  return { code, message, ...Object.fromEntries(fields) };
}
