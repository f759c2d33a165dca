/** Socket addresses in the form of the kernel. Source: unix(7), ip(7), ipv6(7); little-endian machines. */
import net from 'node:net';
import { AF_INET, AF_INET6, AF_UNIX } from '../libc.js';
import { RingwireError } from '../ringwire-error.js';

/** `sockaddr_un`: family u16, then the path and a NUL in 108 bytes. */
const PATH_OFFSET = 2;
/** The longest path of a socket in bytes. */
export const MAX_SOCKET_PATH = 107;

/** An address for bind(2) and connect(2). */
export interface SocketAddress {
  readonly family: number;
  readonly bytes: Buffer;
}

/**
 * The address of a path, or of an abstract name when it begins with `@`.
 * @throws RingwireError `INVALID_ARGUMENT` when it is empty, longer than 107 bytes, or contains a NUL
 */
export function unixAddress(path: string): SocketAddress {
  const name = Buffer.from(path);
  if (name.length === 0 || name.includes(0)) {
    throw new RingwireError('INVALID_ARGUMENT', `not a socket path: ${JSON.stringify(path)}`);
  }
  if (name.length > MAX_SOCKET_PATH) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `the socket path has ${name.length} bytes, the kernel accepts ${MAX_SOCKET_PATH}: use a shorter folder, such as /run (${path})`,
      { path },
    );
  }
  const abstract = name[0] === 0x40;
  const bytes = Buffer.alloc(PATH_OFFSET + name.length + (abstract ? 0 : 1));
  bytes.writeUInt16LE(AF_UNIX);
  name.copy(bytes, PATH_OFFSET);
  if (abstract) bytes[PATH_OFFSET] = 0;
  return { family: AF_UNIX, bytes };
}

/**
 * The address of a port. `host` is an IP address; names are not resolved, because that would block.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function inetAddress(host: string, port: number): SocketAddress {
  const version = net.isIP(host);
  if (version === 0) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `'${host}' is not an IP address: resolve the name first (dns.lookup)`,
    );
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new RingwireError('INVALID_ARGUMENT', `port must be from 1 to 65535, not ${port}`);
  }
  const bytes = Buffer.alloc(version === 4 ? 16 : 28);
  bytes.writeUInt16LE(version === 4 ? AF_INET : AF_INET6);
  bytes.writeUInt16BE(port, 2);
  if (version === 4) Buffer.from(host.split('.').map(Number)).copy(bytes, 4);
  else ipv6Bytes(host).copy(bytes, 8);
  return { family: version === 4 ? AF_INET : AF_INET6, bytes };
}

/** The 16 bytes of an IPv6 address that `net.isIP` accepts, without a zone. */
function ipv6Bytes(host: string): Buffer {
  if (host.includes('%'))
    throw new RingwireError('INVALID_ARGUMENT', `'${host}' contains a zone, which is not supported`);
  // The URL parser writes the address in its canonical form, an embedded IPv4 address included.
  const canonical = new URL(`http://[${host}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(8 - left.length - right.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...left, ...zeros, ...right].forEach((group, i) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2);
  });
  return bytes;
}
