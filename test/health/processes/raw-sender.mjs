// A datagram socket of the kernel, beside the library: for senders that say what the library would not.
import koffi from 'koffi';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

export const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const connect = libc.func('int connect(int fd, const void *address, uint32_t length)');

/** A descriptor whose sends wait until there is room. */
export function connectTo(path) {
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX);
  address.write(path, 2);
  if (connect(fd, address, 2 + path.length + 1) !== 0) throw new Error('cannot connect');
  return fd;
}
