/** Values of the options of `ringwire vlp watch` that only it has. */
import net from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Where metrics are served. */
export interface PromAddress {
  readonly host: string;
  readonly port: number;
}

/** Permissions: `600`, `0600`, `0o600` or `0O600`. @throws InvalidArgumentError */
export function octalOption(text: string): number {
  const match = /^(?:0o|0)?([0-7]{1,3})$/i.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`expected octal digits (e.g. 600, 0600, or 0o600), got: "${text}"`);
  }
  return Number.parseInt(match[1] as string, 8);
}

/** `127.0.0.1:9464` or `[::1]:9464`. @throws InvalidArgumentError */
export function promAddressOption(text: string): PromAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (match === null || Number(match[3]) > 65_535 || net.isIP(host) === 0) {
    throw new InvalidArgumentError(`not a valid socket address: "${text}"`);
  }
  return { host, port: Number(match[3]) };
}
