/**
 * The one file that declares functions of libc. Everything here is a thin, named call: policy lives with the
 * callers. Linux on x64 and arm64; elsewhere {@link libc} throws `UNSUPPORTED_PLATFORM`.
 *
 * koffi hands out addresses as BigInt; `errno` must be read before the next foreign call.
 */
import os from 'node:os';
import { loadNative } from './native.js';
import { RingwireError } from './ringwire-error.js';

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 0x1;
export const MAP_PRIVATE = 0x2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
export const MS_SYNC = 4;
export const MADV_POPULATE_WRITE = 23;
export const F_SETFL = 4;
export const F_OFD_GETLK = 36;
export const F_OFD_SETLK = 37;
export const F_SETPIPE_SZ = 1031;
export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVTIMEO = 20;
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const MSG_CTRUNC = 0x8;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x4000_0000;
export const POLLIN = 1;
export const EFD_NONBLOCK = 0x800;
export const EFD_CLOEXEC = 0x80000;
export const SPLICE_F_NONBLOCK = 2;
const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;
/** The same number on every architecture: it is younger than their common table. */
const FUTEX_WAITV_SYSCALL = 449;

/** An asynchronous foreign call: runs on a thread of the libuv pool. */
type Async<Arguments extends unknown[]> = (
  ...args: [...Arguments, (error: Error | null, result: number) => void]
) => void;

export interface Libc {
  mmap(addr: bigint | null, length: number, prot: number, flags: number, fd: number, offset: number): bigint;
  munmap(addr: bigint, length: number): number;
  msync(addr: bigint, length: number, flags: number): number;
  msyncAsync: Async<[addr: bigint, length: number, flags: number]>;
  madvise(addr: bigint, length: number, advice: number): number;
  /** Answers the error number itself, 0 for success. */
  posixFallocate(fd: number, offset: number, length: number): number;
  fcntl(fd: number, command: number, flock: Uint8Array): number;
  /** The same with a number. */
  fcntlNumber(fd: number, command: number, value: number): number;
  futex(addr: bigint, op: number, value: number, timeout: Uint8Array | null): number;
  futexAsync: Async<[addr: bigint, op: number, value: number, timeout: Uint8Array | null]>;
  /** Sleeps on several words at once, until an absolute time of CLOCK_MONOTONIC. */
  futexWaitvAsync: Async<[waiters: Uint8Array, count: number, timeout: Uint8Array]>;
  hasFutexWaitv(): boolean;
  schedYield(): number;
  /** Fills seconds and nanoseconds of CLOCK_REALTIME into two 64-bit words. */
  clockRealtime(time: BigInt64Array): number;
  /** A descriptor, or -1. The calls on sockets all answer -1 and set errno when they fail. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** Fills `value`; `length` holds its size, u32, in and out. */
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  /** Bytes sent. */
  send(fd: number, data: Uint8Array, length: number, flags: number): number;
  /** Bytes received; `message` is a `struct msghdr` (message-header-layout.ts). */
  recvmsg(fd: number, message: Uint8Array, flags: number): number;
  /**
   * Receives up to `count` datagrams, on another thread: how many `struct mmsghdr` are filled, -1 for none. With `timeout`, a
   * `struct timespec`, it ends at the first datagram after that time.
   */
  recvmmsgAsync: Async<[fd: number, messages: Uint8Array, count: number, flags: number, timeout: Uint8Array]>;
  /** How many of the `count` `struct pollfd` are ready, after at most `millis`; -1 with errno. */
  poll(descriptors: Uint8Array, count: number, millis: number): number;
  /** The same on another thread. */
  pollAsync: Async<[descriptors: Uint8Array, count: number, millis: number]>;
  eventfd(value: number, flags: number): number;
  /** For descriptors that Node did not open: other runtimes write to their own descriptors only. */
  write(fd: number, data: Uint8Array, length: number): number;
  /** Moves bytes from a pipe to a file at an offset. @returns how many, 0 at the end, -1 with errno */
  splice(
    pipe: number,
    from: null,
    file: number,
    offset: BigInt64Array,
    length: number,
    flags: number,
  ): number;
  /** For descriptors that Node did not open: its own close warns about them in worker threads. */
  close(fd: number): number;
  /** Where the memory of a view begins. */
  addressOf(memory: ArrayBuffer): bigint;
  errno(): number;
  /** An ArrayBuffer over foreign memory: nothing unmaps by itself. */
  view(addr: bigint, length: number): ArrayBuffer;
  pageSize: number;
}

const FUTEX_SYSCALL: Partial<Record<NodeJS.Architecture, number>> = { x64: 202, arm64: 98 };

let loaded: Libc | undefined;

/**
 * Loads libc at the first call.
 * @throws RingwireError `UNSUPPORTED_PLATFORM` where ringwire cannot run, `NATIVE_MODULE_MISSING` where it is not
 * completely installed
 */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

/**
 * Refuses a machine that cannot open a channel, before anything else is started.
 * @throws RingwireError `UNSUPPORTED_PLATFORM` or `NATIVE_MODULE_MISSING`, as {@link libc}
 */
export function requireLibc(): void {
  libc();
}

function load(): Libc {
  const futexNumber = FUTEX_SYSCALL[process.arch];
  if (process.platform !== 'linux' || futexNumber === undefined) {
    throw new RingwireError(
      'UNSUPPORTED_PLATFORM',
      `ringwire needs Linux on x64 or arm64; this is ${process.platform} on ${process.arch}. Its types and constants can be imported here; run the program on Linux, in a container or a virtual machine`,
    );
  }
  const koffi = loadNative();
  const library = koffi.load(null);
  const fcntl = library.func('int fcntl(int fd, int command, ...)');
  const futex = library.func(
    'long syscall(long number, void *addr, int op, uint32_t value, const void *timeout, void *addr2, int value3)',
  );
  const futexWaitv = library.func(
    'long syscall(long number, void *waiters, uint32_t count, uint32_t flags, const void *timeout, int clock)',
  );
  const clockGettime = library.func('int clock_gettime(int clock, void *time)');
  const poll = library.func('int poll(void *descriptors, unsigned long count, int millis)');
  const msync = library.func('int msync(void *addr, size_t length, int flags)');
  return {
    mmap: library.func('void *mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)'),
    munmap: library.func('int munmap(void *addr, size_t length)'),
    msync,
    msyncAsync: msync.async,
    madvise: library.func('int madvise(void *addr, size_t length, int advice)'),
    posixFallocate: library.func('int posix_fallocate(int fd, int64_t offset, int64_t length)'),
    fcntl: (fd, command, flock) => fcntl(fd, command, 'void *', flock),
    fcntlNumber: (fd, command, value) => fcntl(fd, command, 'int', value),
    futex: (addr, op, value, timeout) => futex(futexNumber, addr, op, value, timeout, null, 0),
    futexAsync: (addr, op, value, timeout, done) =>
      futex.async(futexNumber, addr, op, value, timeout, null, 0, done),
    futexWaitvAsync: (waiters, count, timeout, done) =>
      futexWaitv.async(FUTEX_WAITV_SYSCALL, waiters, count, 0, timeout, CLOCK_MONOTONIC, done),
    // Nothing to wait for is an invalid argument, unless the kernel does not know the call at all.
    hasFutexWaitv: () =>
      futexWaitv(FUTEX_WAITV_SYSCALL, null, 0, 0, null, CLOCK_MONOTONIC) !== 0 &&
      koffi.errno() === os.constants.errno.EINVAL,
    schedYield: library.func('int sched_yield()'),
    clockRealtime: (time) => clockGettime(CLOCK_REALTIME, time),
    socket: library.func('int socket(int domain, int type, int protocol)'),
    bind: library.func('int bind(int fd, const void *address, uint32_t length)'),
    listen: library.func('int listen(int fd, int backlog)'),
    connect: library.func('int connect(int fd, const void *address, uint32_t length)'),
    setsockopt: library.func(
      'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
    ),
    getsockopt: library.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    send: library.func('long send(int fd, const void *data, size_t length, int flags)'),
    recvmsg: library.func('long recvmsg(int fd, void *message, int flags)'),
    recvmmsgAsync: library.func(
      'int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)',
    ).async,
    poll,
    pollAsync: poll.async,
    write: library.func('long write(int fd, const void *data, size_t length)'),
    eventfd: library.func('int eventfd(uint32_t value, int flags)'),
    splice: library.func(
      'long splice(int pipe, void *from, int file, void *offset, size_t length, uint32_t flags)',
    ),
    close: library.func('int close(int fd)'),
    addressOf: (memory) => koffi.address(memory),
    errno: () => koffi.errno(),
    view: (addr, length) => koffi.view(addr, length),
    pageSize: library.func('int getpagesize()')(),
  };
}

/** The symbolic name of an error number: `'ENOSPC'`. */
export function errnoName(errno: number): string {
  for (const [name, value] of Object.entries(os.constants.errno)) if (value === errno) return name;
  return `errno ${errno}`;
}
