// Beats with an open file attached to each datagram (SCM_RIGHTS), so many times.
import fs from 'node:fs';
import koffi from 'koffi';
import { encodeVlpFrame, Status } from 'ringwire/health';
import { connectTo, libc } from './raw-sender.mjs';

const [, , path, count] = process.argv;
const sendmsg = libc.func('long sendmsg(int fd, const void *message, int flags)');

const fd = connectTo(path);

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
  encodeVlpFrame(frame).copy(bytes, FRAME);
  if (sendmsg(fd, bytes, 0) === 32) sent++;
}
process.send({ sent });
process.disconnect();
