// @ts-check
/**
 * Cost and allocations of a beat, or of the bare send through the same foreign-function interface. The
 * receiver is drained between chunks, outside the time.
 */
import path from 'node:path';
import { hrtime } from 'node:process';
import koffi from 'koffi';
import { RingWriter, ShmWriter, TickUnit } from 'ringwire';
import { Status, VlpAgent } from 'ringwire/health';
import { percentile } from '../statistics.mjs';

const AF_UNIX = 1;
const DATAGRAM_NON_BLOCKING = 2 | 0x800 | 0x80000;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const MSG_NOSIGNAL = 0x4000;
/** Beats per chunk: the kernel holds 11 datagrams; a channel holds more than one chunk. */
const SOCKET_CHUNK = 10;
const CHANNEL_CHUNK = 100;
const WARM_UP = 3;

const library = koffi.load(null);
const libc = {
  socket: library.func('int socket(int domain, int type, int protocol)'),
  bind: library.func('int bind(int fd, const void *address, uint32_t length)'),
  connect: library.func('int connect(int fd, const void *address, uint32_t length)'),
  setsockopt: library.func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
  send: library.func('long send(int fd, const void *data, size_t length, int flags)'),
  recv: library.func('long recv(int fd, void *data, size_t length, int flags)'),
};

const { side, folder, beats } = JSON.parse(process.argv[2] ?? '{}');
const CHUNK = side === 'log' || side === 'ring' ? CHANNEL_CHUNK : SOCKET_CHUNK;
const { call, drain } = sideNamed(side);
for (let i = 0; i < WARM_UP; i++) measure(beats / 4);
const bytes = bytesPerCall();
process.stdout.write(`${JSON.stringify({ nanos: measure(beats), bytes })}\n`);

/** One side alone in its process, as an application would be. @param {string} name */
function sideNamed(name) {
  const nothing = () => {};
  if (name === 'log' || name === 'ring') {
    const agent = VlpAgent.connect({ channel: channel(name) });
    return { call: (/** @type {number} */ i) => agent.beat(Status.Ok, i) === 0, drain: nothing };
  }
  const socket = path.join(folder, 'beats');
  const drain = receiver(socket);
  if (name === 'send') {
    const frame = Buffer.alloc(32);
    const fd = connected(socket);
    return { call: () => libc.send(fd, frame, 32, MSG_NOSIGNAL) === 32, drain };
  }
  const agent = VlpAgent.connect(socket, { wireVersion: name === 'socketVersion2' ? 2 : 1 });
  return { call: (/** @type {number} */ i) => agent.beat(Status.Ok, i) === 0, drain };
}

/** Nanoseconds per call: the median over chunks, which a neighbour on the same core does not move. @param {number} calls */
function measure(calls) {
  const chunks = new Float64Array(calls / CHUNK);
  for (let chunk = 0; chunk < chunks.length; chunk++) {
    const from = hrtime.bigint();
    let done = 0;
    for (let i = 0; i < CHUNK; i++) if (call(i)) done++;
    chunks[chunk] = Number(hrtime.bigint() - from) / CHUNK;
    if (done !== CHUNK) throw new Error('a beat was not sent');
    drain();
  }
  return percentile(chunks, 0.5);
}

/** Bytes of heap per call, without a collection in between. */
function bytesPerCall() {
  const calls = 20_000;
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 15; attempt++) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) {
      call(i);
      if (i % CHUNK === 0) drain();
    }
    const grown = (process.memoryUsage().heapUsed - before) / calls;
    if (grown >= 0) least = Math.min(least, grown);
    drain();
  }
  return least;
}

/** @param {string} file @returns {() => void} takes everything that has come */
function receiver(file) {
  const fd = libc.socket(AF_UNIX, DATAGRAM_NON_BLOCKING, 0);
  const one = Buffer.from([1, 0, 0, 0]);
  if (libc.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, one, 4) !== 0) throw new Error('no credentials');
  const address = unixAddress(file);
  if (libc.bind(fd, address, address.length) !== 0) throw new Error(`cannot bind ${file}`);
  const data = Buffer.alloc(33);
  return () => {
    while (libc.recv(fd, data, 33, 0) >= 0);
  };
}

/** @param {string} file */
function connected(file) {
  const fd = libc.socket(AF_UNIX, DATAGRAM_NON_BLOCKING, 0);
  const address = unixAddress(file);
  if (libc.connect(fd, address, address.length) !== 0) throw new Error(`cannot connect to ${file}`);
  return fd;
}

/** @param {string} file */
function unixAddress(file) {
  const address = Buffer.alloc(2 + file.length + 1);
  address.writeUInt16LE(AF_UNIX);
  address.write(file, 2);
  return address;
}

/** @param {'log' | 'ring'} kind */
function channel(kind) {
  const options = {
    writerId: 1,
    channelId: 1,
    maxMessageLength: 32,
    timeout: 2n ** 64n - 1n,
    tickUnit: TickUnit.Nanos,
    prefault: true,
  };
  if (kind === 'ring') return RingWriter.create(folder, { ...options, capacity: 65_536 });
  return ShmWriter.create(folder, { ...options, capacity: beats * 48 * 2 + 16 * 2 ** 20 });
}
