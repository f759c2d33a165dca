/** What commands print. */

export function printText(text: string): void {
  process.stdout.write(text);
}

/** One JSON document and a newline. Numbers of 64 bits become strings, so that no reader rounds them. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, bigintsAsStrings, 2)}\n`);
}

export function bigintsAsStrings(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** A remark for people; never mixed with the output. */
export function printNote(text: string): void {
  process.stderr.write(`ringwire: ${text}\n`);
}
