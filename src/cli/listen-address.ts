/** The address that a command listens on, as an option: `ip:port`. */
import net from 'node:net';
import { InvalidArgumentError } from 'commander';

/** Where a command listens. */
export interface ListenAddress {
  /** IP address. */
  readonly host: string;
  /** Port, 0 to 65535. 0: the kernel chooses one. */
  readonly port: number;
}

/** `127.0.0.1:9464` or `[::1]:9464`. @throws InvalidArgumentError */
export function listenAddressOption(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (match === null || Number(match[3]) > 65_535 || net.isIP(host) === 0) {
    throw new InvalidArgumentError(`not a valid socket address: "${text}"`);
  }
  return { host, port: Number(match[3]) };
}
