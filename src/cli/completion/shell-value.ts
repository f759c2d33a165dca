/** The value of a word as it stands on the command line: shells hand it to completion before they expand it. */
import os from 'node:os';

/** Without quotes; `~` and variables of the environment have their values. Nothing is executed. */
export function shellValue(word: string): string {
  if (word.startsWith("'")) return word.replaceAll("'", '');
  return word
    .replace(/["\\]/g, '')
    .replace(/^~(?=\/|$)/, os.homedir())
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced, plain) => process.env[braced ?? plain] ?? '');
}
