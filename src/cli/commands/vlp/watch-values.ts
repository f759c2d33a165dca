/** Values of the options of `ringwire vlp watch` that only it has. */
import { InvalidArgumentError } from 'commander';

/** Permissions: `600`, `0600`, `0o600` or `0O600`. @throws InvalidArgumentError */
export function octalOption(text: string): number {
  const match = /^(?:0o|0)?([0-7]{1,3})$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`expected octal digits (e.g. 600, 0600, or 0o600), got: "${text}"`);
  }
  return Number.parseInt(match[1] as string, 8);
}
