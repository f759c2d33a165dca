// Floods a socket with what an observer must refuse: garbage, wrong sizes, foreign pids, replays.

import { encodeVlpFrame, Status } from 'ringwire/health';
import { connectTo, libc } from './raw-sender.mjs';

const [, , path, count] = process.argv;
const send = libc.func('long send(int fd, const void *data, size_t length, int flags)');

const frame = (pid, nonce) =>
  encodeVlpFrame({ version: 1, status: Status.Ok, pid, timestamp: 1n, nonce, payload: 0n });
const fd = connectTo(path);

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

const warm = flood(Number(count) / 10);
process.once('message', () => {
  process.send({ sent: flood(Number(count)) });
  process.disconnect();
});
process.send({ sent: warm });
