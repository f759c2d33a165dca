// Beats with an open file attached to each datagram (SCM_RIGHTS), so many times.
import fs from 'node:fs';
import koffi from 'koffi';
import { encodeFrame, Status } from 'ringwire/health';

const [, , path, count] = process.argv;
const library = koffi.load(null);
const socket = library.func('int socket(int domain, int type, int protocol)');
const connect = library.func('int connect(int fd, const void *address, uint32_t length)');
const sendmsg = library.func('long sendmsg(int fd, const void *message, int flags)');

const fd = socket(1, 2, 0);
const address = Buffer.alloc(110);
address.writeUInt16LE(1);
address.write(path, 2);
if (connect(fd, address, 2 + path.length + 1) !== 0) throw new Error('cannot connect');

const attached = fs.openSync(`${path}.smuggled`, 'w');
const memory = new ArrayBuffer(256);
const bytes = Buffer.from(memory);
const base = koffi.address(memory);
const [IOVEC, CONTROL, FRAME] = [64, 96, 160];
bytes.writeBigUInt64LE(base + BigInt(IOVEC), 16);
bytes.writeBigUInt64LE(1n, 24);
bytes.writeBigUInt64LE(base + BigInt(CONTROL), 32);
bytes.writeBigUInt64LE(24n, 40);
bytes.writeBigUInt64LE(base + BigInt(FRAME), IOVEC);
bytes.writeBigUInt64LE(32n, IOVEC + 8);
// cmsghdr: length, level SOL_SOCKET, type SCM_RIGHTS, the descriptor.
bytes.writeBigUInt64LE(20n, CONTROL);
bytes.writeInt32LE(1, CONTROL + 8);
bytes.writeInt32LE(1, CONTROL + 12);
bytes.writeInt32LE(attached, CONTROL + 16);

let sent = 0;
for (let i = 1; i <= Number(count); i++) {
  const frame = {
    version: 1,
    status: Status.Ok,
    pid: process.pid,
    timestamp: 1n,
    nonce: BigInt(i),
    payload: 0n,
  };
  encodeFrame(frame).copy(bytes, FRAME);
  if (sendmsg(fd, bytes, 0) === 32) sent++;
}
process.send({ sent });
process.disconnect();
