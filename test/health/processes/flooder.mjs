// Floods a socket with what an observer must refuse: garbage, wrong sizes, foreign pids, replays.

import koffi from 'koffi';
import { encodeFrame, Status } from 'ringwire/health';

const [, , path, count] = process.argv;
const library = koffi.load(null);
const socket = library.func('int socket(int domain, int type, int protocol)');
const connect = library.func('int connect(int fd, const void *address, uint32_t length)');
const send = library.func('long send(int fd, const void *data, size_t length, int flags)');

const frame = (pid, nonce) =>
  encodeFrame({ version: 1, status: Status.Ok, pid, timestamp: 1n, nonce, payload: 0n });
const fd = socket(1, 2, 0);
const address = Buffer.alloc(110);
address.writeUInt16LE(1);
address.write(path, 2);
if (connect(fd, address, 2 + path.length + 1) !== 0) throw new Error('cannot connect');

const first = frame(process.pid, 5n);
send(fd, first, 32, 0);
const garbage = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 37) & 0xff));
const refused = [garbage, Buffer.alloc(5000, 1), frame(process.pid + 1, 9n), first];

/** Blocking sends: the kernel holds us back until there is room. */
function flood(datagrams) {
  let sent = 0;
  for (let i = 0; i < datagrams; i++) {
    const bytes = refused[i % refused.length];
    if (send(fd, bytes, bytes.length, 0) === bytes.length) sent++;
  }
  return sent;
}

flood(Number(count) / 10);
process.once('message', () => {
  process.send({ sent: flood(Number(count)) });
  process.disconnect();
});
process.send('warm');
