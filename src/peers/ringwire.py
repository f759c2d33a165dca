"""ringwire.py: rings and logs of ringwire from Python.

One file, Python 3.9 or later, the standard library alone. Copy it into your project.

    with RingWriter.open('/dev/shm/app', 7) as writer:      for record in RingReader.open('/dev/shm/app', 7):
        writer.write(b'hello')                                  print(bytes(record))

What CPython can promise. A store of an aligned 32- or 64-bit number through ctypes is one instruction, and x86-64 keeps
stores in order and loads in order: so readers and writers work on x86-64. arm64 keeps neither order and CPython has no
means to demand it: readers there validate every record that they copy from an overwriting ring, and writers are
refused with UNSUPPORTED_PLATFORM. Where a store must be seen before a later load happens, one small call through
ctypes (:func:`_fence`) takes and frees an unused mutex, which on x86-64 is a full fence.

Formats: docs/format-ring.md and docs/format.md of ringwire; an id such as INV-RING-01 names an invariant of
docs/spec.md.

Copyright the ringwire authors. SPDX-License-Identifier: Apache-2.0
"""

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import stat
import struct
import time

__all__ = [
    'LogReader',
    'LogWriter',
    'RingReader',
    'RingWriter',
    'RingwireError',
    'open_reader',
    'structs',
]

# ---- errors ------------------------------------------------------------------------------------------------------


class RingwireError(Exception):
    """The only error class. Compare ``code``, not the message."""

    def __init__(self, code, message, **details):
        super().__init__(message)
        self.code = code
        self.details = details


def _os_error(path, error):
    if error.errno == errno.ENOENT:
        return RingwireError('STORAGE_NOT_FOUND', f'no channel at {path}: start its writer first', path=path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return RingwireError('NO_SPACE', f'no room at {path}: free space, or use a smaller capacity', path=path)
    return RingwireError('COULD_NOT_ACCESS_STORAGE', f'cannot access {path}: {error.strerror}', path=path)


# ---- orderings ---------------------------------------------------------------------------------------------------

_X64 = platform.machine() in ('x86_64', 'AMD64')
_libc = ctypes.CDLL(None, use_errno=True)
_mutex = ctypes.create_string_buffer(64)


def _fence():
    """Stores before it are seen before loads after it happen: two locked instructions on x86-64."""
    _libc.pthread_mutex_lock(_mutex)
    _libc.pthread_mutex_unlock(_mutex)


_SYS_FUTEX = 202 if _X64 else 98
_SYS_MEMBARRIER = 324
_MEMBARRIER_GLOBAL_EXPEDITED = 2
_FUTEX_WAIT = 0
_FUTEX_WAKE = 1


class _Timespec(ctypes.Structure):
    _fields_ = [('seconds', ctypes.c_long), ('nanoseconds', ctypes.c_long)]


class _Words:
    """Aligned numbers in a mapping, each loaded and stored by one instruction."""

    def __init__(self, memory, length):
        self._anchor = (ctypes.c_char * length).from_buffer(memory)
        self.address = ctypes.addressof(self._anchor)
        self.i32 = (ctypes.c_int32 * (length // 4)).from_buffer(memory)
        self.i64 = (ctypes.c_int64 * (length // 8)).from_buffer(memory)

    def release(self):
        self._anchor = self.i32 = self.i64 = None


class _ReadOnlyWords:
    """The same for a read-only mapping: ctypes accepts only writable buffers."""

    def __init__(self, memory, length):
        view = memoryview(memory)[: length // 8 * 8]
        self.address = 0
        self.i32 = view.cast('i')
        self.i64 = view.cast('q')
        self._view = view

    def release(self):
        for view in (self.i32, self.i64, self._view):
            view.release()


# ---- layout --------------------------------------------------------------------------------------------------------

_SIGNATURE = 0x2A54_4942_4B45_4B2A
_LOG_VERSION = 1 << 48
_RING_VERSION = 2 << 48
_HEADER = struct.Struct('<QQQQIIQQB')
_RING_FIELDS = struct.Struct('<IIIIII')
_HEADER_LENGTH = 128
_WORD = 8

_INTENT = 128
_EPOCH = 256
_READERS_ASLEEP, _READERS_BELL = 384, 512
_WRITER_ASLEEP, _WRITER_BELL = 640, 768
_OWNER = 896
_CHECKPOINTS, _CHECKPOINT_LENGTH, _CHECKPOINT_COUNT = 2048, 64, 32
_SLOTS, _SLOT_LENGTH, _SLOT_COUNT = 4096, 256, 32
_RING_DATA = 12288
_SLOT_POSITION, _SLOT_LAPS, _SLOT_LOST = 128, 144, 148
_FREE, _JOINING, _ACTIVE, _EVICTED = 0, 1, 2, 3

_EMPTY, _HEARTBEAT, _PADDING, _CLOSE, _EPOCH_MARK = 0, -1, -2, -3, -4

_LOG_DATA, _LOG_FOOTER, _RESERVED_TAIL = 1024, 32, 16
_WATERMARK, _LOG_CLOSE = -4008636143, -1
_BELL_LENGTH, _BELL_ASLEEP, _BELL_RINGS, _BELL_OWNER = 4096, 64, 192, 320

_POLICIES = ('overwrite', 'back-pressure')
_STUCK = ('wait', 'evict', 'fail')
_UNITS = {'secs': 0, 'millis': 3, 'micros': 6, 'nanos': 9}

#: A timeout, in ticks, that never expires.
NEVER = 2**64 - 1


def _signed(value):
    value &= 0xFFFF_FFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def _record_size(length):
    return (length + 15) & ~7


class Header:
    """The header of a channel. Times and timeouts are in ticks of ``tick_unit``."""

    def __init__(self, data):
        (
            signature,
            self.version,
            self.writer_id,
            self.channel_id,
            self.capacity,
            self.max_message_length,
            self.timeout,
            self.creation_time,
            self.tick_unit,
        ) = _HEADER.unpack_from(data)
        if signature != _SIGNATURE:
            raise RingwireError('INVALID_SIGNATURE', 'the file is not a channel: wrong signature')
        self.kind = 'ring' if self.version >> 48 == 2 else 'log'
        if self.kind == 'log' and self.version > _LOG_VERSION:
            raise RingwireError('INCOMPATIBLE_VERSION', f'version {self.version:#x} is unknown; expected 1.0.0 or 2.x')
        ring = self.kind == 'ring'
        least, most, step = (1024, 1 << 30, 128) if ring else (10240, 4294966240, 8)
        if not least <= self.capacity <= most or self.capacity % step:
            raise RingwireError('INVALID_CAPACITY', f'the capacity {self.capacity} is out of range')
        limit = self.capacity // 8 - 8 if ring else (self.capacity // 128 - 8 + 7) & ~7
        if self.max_message_length % 8 or self.max_message_length > limit or (ring and self.max_message_length == 0):
            raise RingwireError('INVALID_MAX_MESSAGE_LENGTH', f'the maximum length {self.max_message_length} is out of range')
        if self.tick_unit not in _UNITS.values():
            raise RingwireError('INVALID_TICK_UNIT', f'the tick unit {self.tick_unit} is unknown; expected 0, 3, 6 or 9')
        self.policy = self.stuck_reader = self.stuck_after_ms = None
        if not ring:
            return
        policy, data_offset, slots, marks, stuck, self.stuck_after_ms = _RING_FIELDS.unpack_from(data, 64)
        if policy > 1 or stuck > 2 or (data_offset, slots, marks) != (_RING_DATA, _SLOT_COUNT, _CHECKPOINT_COUNT):
            raise RingwireError('CORRUPT_CHANNEL', 'the header of the ring is damaged')
        self.policy = _POLICIES[policy]
        self.stuck_reader = _STUCK[stuck]


# ---- files ---------------------------------------------------------------------------------------------------------


def _path(root, channel_id, suffix):
    if not 0 <= channel_id < 1 << 64:
        raise RingwireError('INVALID_ARGUMENT', f'channel_id must be 0 to 2^64-1, not {channel_id}')
    text = f'{channel_id:016x}'
    root = os.path.abspath(root)
    return os.path.join(root, f'{text[:4]}_{text[4:8]}', f'{text[8:12]}_{text[12:]}.{suffix}')


_OFD_GETLK, _OFD_SETLK = 36, 37
_FLOCK = struct.Struct('hhqqi4x')


def _try_lock(fd, start, length):
    """An open-file-description lock: the kernel releases it at the end of the process."""
    try:
        fcntl.fcntl(fd, _OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, 0, start, length, 0))
        return True
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise


def _unlock(fd, start, length):
    fcntl.fcntl(fd, _OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, 0, start, length, 0))


def _is_locked(fd, start, length):
    """Whether another open file holds a write lock. Read locks, which any reader could take, do not count."""
    answer = fcntl.fcntl(fd, _OFD_GETLK, _FLOCK.pack(fcntl.F_RDLCK, 0, start, length, 0))
    return _FLOCK.unpack(answer)[0] != fcntl.F_UNLCK


def _owner_record():
    with open('/proc/self/stat', encoding='latin-1') as file:
        start = file.read().rpartition(')')[2].split()[19]
    try:
        with open('/proc/sys/kernel/random/boot_id', encoding='latin-1') as file:
            boot = file.read().strip()
    except OSError:
        boot = ''
    text = json.dumps({'pid': os.getpid(), 'startTime': start, 'bootId': boot}).encode()
    return struct.pack('<I', len(text)) + text


def _open_regular(path, writable):
    flags = (os.O_RDWR if writable else os.O_RDONLY) | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        fd = os.open(path, flags)
    except OSError as error:
        raise _os_error(path, error) from error
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise RingwireError('COULD_NOT_ACCESS_STORAGE', f'cannot access {path}: it is not a regular file', path=path)


def _sync_folder(path):
    fd = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _create_file(root, header, length, lock_length, contents):
    """INV-FILE-01 to -03: complete under its final name, no file left on failure, locked from the beginning."""
    channel_id = Header(header).channel_id
    path = _path(root, channel_id, 'kekbit')
    lock_path = _path(root, channel_id, 'lock')
    if os.path.lexists(path):
        raise RingwireError('STORAGE_ALREADY_EXISTS', f'{path} exists: use another id, resume it, or remove it', path=path)
    temporary = f'{path}.{os.getpid()}.tmp'
    fd = lock_fd = None
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        try:
            lock_fd = os.open(lock_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            raise RingwireError('STORAGE_NOT_READY', f'{path} is being created: try again', path=path) from error
        _try_lock(lock_fd, 0, 0)
        os.write(lock_fd, _owner_record()[4:])
        if os.path.lexists(path):
            raise RingwireError('STORAGE_ALREADY_EXISTS', f'{path} exists: use another id, resume it, or remove it', path=path)
        if os.path.lexists(temporary):
            os.unlink(temporary)
        fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        _try_lock(fd, 0, lock_length)
        os.posix_fallocate(fd, 0, length)
        os.pwrite(fd, header, 0)
        for offset, data in contents:
            os.pwrite(fd, data, offset)
        os.fsync(fd)
        try:
            os.link(temporary, path)
        except FileExistsError as error:
            raise RingwireError('STORAGE_ALREADY_EXISTS', f'{path} exists: use another id', path=path) from error
        _sync_folder(path)
        return fd, path
    except OSError as error:
        if fd is not None:
            os.close(fd)
        raise _os_error(path, error) from error
    except RingwireError:
        if fd is not None:
            os.close(fd)
        raise
    finally:
        if lock_fd is not None:
            if fd is not None and os.path.lexists(temporary):
                os.unlink(temporary)
            os.unlink(lock_path)
            os.close(lock_fd)


def _unix_ticks(unit):
    return time.time_ns() // 10 ** (9 - unit)


def _encode_header(version, options, ring_fields=b''):
    head = _HEADER.pack(
        _SIGNATURE,
        version,
        options['writer_id'],
        options['channel_id'],
        options['capacity'],
        options['max_message_length'],
        options['timeout'],
        _unix_ticks(options['tick_unit']),
        options['tick_unit'],
    )
    data = bytearray(_HEADER_LENGTH)
    data[: len(head)] = head
    data[64 : 64 + len(ring_fields)] = ring_fields
    return bytes(data)


# ---- counters: three words, high, low, high again; 53 bits ------------------------------------------------------------


def _counter_store(words, offset, value):
    """INV-COUNT-01: a change of the high half stores high, low, high again, in this order."""
    at = offset // 4
    high = value >> 32
    if words[at] == high and words[at + 2] == high:
        words[at + 1] = _signed(value)
        return
    words[at] = high
    words[at + 1] = _signed(value)
    words[at + 2] = high


def _counter_load(words, offset):
    """INV-COUNT-03: a store that a death interrupted leaves a value that can still be decoded."""
    at = offset // 4
    for _ in range(64):
        after, low, before = words[at + 2], words[at + 1] & 0xFFFF_FFFF, words[at]
        if before == after:
            return before << 32 | low
    return (after if low >= 1 << 31 else before) << 32 | low


def _counter_upper_bound(words, offset):
    """INV-COUNT-02: never below a value whose store happened before the call."""
    at = offset // 4
    low = words[at + 1] & 0xFFFF_FFFF
    return words[at] << 32 | low


# ---- doorbells -----------------------------------------------------------------------------------------------------------


class _Bell:
    """INV-BELL-01, INV-BELL-02: a writer commits, then checks for sleepers; a sleeper checks once more; sleeps are short."""

    def __init__(self, words, asleep, rings):
        self._words = words
        self._asleep = asleep // 4
        self._rings = rings // 4
        self._address = ctypes.c_void_p(words.address + rings)

    def ring(self):
        _fence()
        if self._words.i32[self._asleep]:
            self.ring_now()

    def ring_now(self):
        i32 = self._words.i32
        i32[self._asleep] = 0
        i32[self._rings] = _signed(i32[self._rings] + 1)
        _libc.syscall(_SYS_FUTEX, self._address, _FUTEX_WAKE, 0x7FFF_FFFF, None, None, 0)

    def sleep(self, seconds, is_idle):
        i32 = self._words.i32
        announced = i32[self._rings]
        i32[self._asleep] = 1
        _fence()
        longest = 0.2
        # A writer in Node on x86-64 executes no fence: this one is executed in the writer too, or the sleep is short.
        if _X64 and _libc.syscall(_SYS_MEMBARRIER, _MEMBARRIER_GLOBAL_EXPEDITED, 0, 0) != 0:
            longest = 0.005
        if not is_idle():
            return
        bounded = min(max(seconds, 0), longest)
        timeout = _Timespec(0, int(bounded * 1e9))
        _libc.syscall(_SYS_FUTEX, self._address, _FUTEX_WAIT, ctypes.c_int32(announced), ctypes.byref(timeout), None, 0)


# ---- what writers and readers of both kinds share ------------------------------------------------------------------------


class _Mapped:
    """An open channel file and its mapping."""

    header = None
    path = ''

    def _map(self, fd, length, writable):
        self._fd = fd
        try:
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            self._memory = mmap.mmap(fd, length, access=access)
        except (OSError, ValueError) as error:
            raise RingwireError('MEMORY_MAPPING_FAILED', f'cannot map {self.path}: {error}', path=self.path) from error
        self._words = (_Words if writable else _ReadOnlyWords)(self._memory, length)
        self._bytes = memoryview(self._memory)

    def _release(self):
        if self._fd is None:
            return
        self._bytes.release()
        self._words.release()
        try:
            self._memory.close()
        except BufferError:
            pass  # A record that the caller keeps refers to the mapping, which is released with that record.
        os.close(self._fd)
        self._fd = None

    @property
    def closed(self):
        return self._fd is None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Claim:
    """A claimed part of a channel: fill ``data``; the end of the with block publishes it."""

    def __init__(self, writer, data):
        self._writer = writer
        self.data = data

    def __enter__(self):
        return self.data

    def __exit__(self, kind, *_):
        length = len(self.data)
        self.data.release()
        if kind is None:
            self._writer._commit(length)
        else:
            self._writer._claimed = None


class _Writer(_Mapped):
    _claimed = None
    sequence = 0
    position = 0

    @staticmethod
    def _refuse_platform():
        if not _X64:
            raise RingwireError(
                'UNSUPPORTED_PLATFORM', 'a writer in Python needs x86-64: CPython cannot order stores on this processor'
            )

    def _check(self, length):
        if self._fd is None:
            raise RingwireError('CLOSED', f'the writer of {self.path} is closed', path=self.path)
        if self._claimed is not None:
            raise RingwireError('CLAIM_PENDING', 'a claim is open: leave its with block first')
        if length > self.header.max_message_length:
            raise RingwireError(
                'MAX_RECORD_LENGTH_EXCEEDED',
                f'{length} bytes are too long: {self.path} takes {self.header.max_message_length}',
                path=self.path,
            )

    def write(self, data):
        """Appends one record and returns the bytes used in the channel. An empty one is a heartbeat."""
        view = memoryview(data).cast('B')
        start = self._reserve(len(view))
        self._bytes[start : start + len(view)] = view
        return self._commit(len(view))

    def claim(self, length):
        """Claims a part of the channel to fill in place: ``with writer.claim(16) as data: …`` publishes it at the end."""
        start = self._reserve(length)
        return _Claim(self, self._bytes[start : start + length])

    def heartbeat(self):
        """Publishes a heartbeat: readers restart their timeout."""
        return self.write(b'')

    def flush(self):
        """Writes all published records to disk and waits for completion."""
        if self._fd is None:
            raise RingwireError('CLOSED', f'the writer of {self.path} is closed', path=self.path)
        self._memory.flush()


class _Reader(_Mapped):
    end_reason = None
    heartbeats = 0

    def _end(self, code, reason):
        message = f'{self.path} at position {self.position}: {reason}'
        self.end_reason = RingwireError(code, message, path=self.path, position=self.position)
        if code != 'CLOSED':
            raise self.end_reason
        return None

    def writer_alive(self):
        """Whether a process holds the writer's lock."""
        return _is_locked(self._fd, 0, 1 if self.header.kind == 'ring' else 0)

    def read(self, timeout=None):
        """The next record as bytes; waits for it. None at the end, or after ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            record = self.try_read()
            if record is not None or self.end_reason is not None:
                return record
            left = 0.2 if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return None
            self.wait(left)

    def __iter__(self):
        while True:
            record = self.read()
            if record is None:
                return
            yield record

    async def __aiter__(self):
        """The same in an event loop of asyncio, without blocking it."""
        import asyncio

        loop = asyncio.get_running_loop()
        while True:
            record = self.try_read()
            if record is not None:
                yield record
            elif self.end_reason is not None:
                return
            else:
                await loop.run_in_executor(None, self.wait, 0.2)


# ---- ring: checkpoints ---------------------------------------------------------------------------------------------------


def _read_checkpoint(words, index):
    at = (_CHECKPOINTS + index * _CHECKPOINT_LENGTH) // 4
    for _ in range(8):
        version = words[at]
        if version == 0:
            return None
        if version & 1:
            continue
        low, high, first, second, epoch = words[at + 1 : at + 6]
        if words[at] != version:
            continue
        position = (high & 0xFFFF_FFFF) << 32 | low & 0xFFFF_FFFF
        sequence = (second & 0xFFFF_FFFF) << 32 | first & 0xFFFF_FFFF
        if position > 1 << 50 or sequence > 1 << 53:
            return None
        return position * _WORD, sequence, epoch & 0xFFFF_FFFF
    return None


def _checkpoints(words):
    found = (_read_checkpoint(words, index) for index in range(_CHECKPOINT_COUNT))
    return sorted(entry for entry in found if entry is not None)


class RingWriter(_Writer):
    """The only writer of a ring. Positions are bytes since the beginning."""

    @classmethod
    def create(
        cls,
        root,
        channel_id,
        *,
        capacity=1 << 20,
        max_message_length=65536,
        policy='overwrite',
        stuck_reader='wait',
        stuck_after_ms=5000,
        timeout=10_000,
        tick_unit='millis',
        writer_id=0,
    ):
        """Creates the ring. ``capacity``: 1024 to 2^30 bytes; ``max_message_length``: at most capacity / 8 - 8."""
        cls._refuse_platform()
        capacity = max(1024, (capacity + 127) & ~127)
        options = dict(
            writer_id=writer_id,
            channel_id=channel_id,
            capacity=capacity,
            max_message_length=(max_message_length + 7) & ~7,
            timeout=timeout,
            tick_unit=_UNITS[tick_unit],
        )
        fields = _RING_FIELDS.pack(
            _POLICIES.index(policy), _RING_DATA, _SLOT_COUNT, _CHECKPOINT_COUNT, _STUCK.index(stuck_reader), stuck_after_ms
        )
        header = _encode_header(_RING_VERSION, options, fields)
        fd, path = _create_file(root, header, _RING_DATA + capacity, 1, [(_OWNER, _owner_record())])
        return cls(fd, path, Header(header), (0, 0))

    @classmethod
    def resume(cls, root, channel_id):
        """Continues a ring whose writer died or detached, right after the last published record."""
        cls._refuse_platform()
        path = _path(root, channel_id, 'kekbit')
        fd = _open_regular(path, True)
        try:
            if os.path.lexists(_path(root, channel_id, 'lock')):
                raise RingwireError('STORAGE_NOT_READY', f'{path} is being created: try again', path=path)
            header = _file_header(fd, path)
            if header.kind != 'ring':
                raise RingwireError('INCOMPATIBLE_VERSION', f'{path} is a log, not a ring', path=path)
            if not _try_lock(fd, 0, 1):
                raise RingwireError('WRITER_EXISTS', f'another process writes to {path}', path=path)
            try:
                # Allocates the holes of a sparse file before the mapping.
                os.posix_fallocate(fd, 0, _RING_DATA + header.capacity)
                os.pwrite(fd, _owner_record(), _OWNER)
            except OSError as error:
                raise _os_error(path, error) from error
        except RingwireError:
            os.close(fd)
            raise
        writer = cls(fd, path, header, None)
        try:
            writer._take_over()
        except RingwireError:
            writer.detach()
            raise
        return writer

    @classmethod
    def open(cls, root, channel_id, **options):
        """Resumes the ring, or creates it if it does not exist."""
        try:
            return cls.create(root, channel_id, **options)
        except RingwireError as error:
            if error.code != 'STORAGE_ALREADY_EXISTS':
                raise
        return cls.resume(root, channel_id)

    def __init__(self, fd, path, header, tail):
        self.path = path
        self.header = header
        self._map(fd, _RING_DATA + header.capacity, True)
        i32 = self._words.i32
        self._bell = _Bell(self._words, _READERS_ASLEEP, _READERS_BELL)
        self._room = _Bell(self._words, _WRITER_ASLEEP, _WRITER_BELL)
        self.position, self.sequence = tail or (0, 0)
        self._announced = _counter_load(i32, _INTENT) * _WORD
        self._allowed = 0
        self._next_checkpoint = 0
        self.epoch = 0
        self._epoch_untold = False
        self._held = {}
        self._probe_at = 0.0

    def _take_over(self):
        """INV-RING-07: a successor continues right after the last published unit."""
        i32 = self._words.i32
        capacity = self.header.capacity
        entries = _checkpoints(i32)
        start, sequence, _ = entries[-1] if entries else (0, 0, 0)
        position = start
        while True:
            offset = position % capacity
            at = (_RING_DATA + offset) // 4
            word = i32[at]
            if position - start > capacity:
                raise RingwireError('CORRUPT_CHANNEL', f'{self.path} is damaged: cannot resume writing', path=self.path)
            if word == _EMPTY:
                break
            if i32[at + 1] != _signed(sequence):
                raise RingwireError('CORRUPT_CHANNEL', f'{self.path} is damaged: cannot resume writing', path=self.path)
            if word == _CLOSE:
                raise RingwireError('CLOSED', f'{self.path} is closed', path=self.path)
            if word == _PADDING:
                position += capacity - offset
            elif word in (_HEARTBEAT, _EPOCH_MARK):
                position += _WORD
            elif 0 < word <= self.header.max_message_length and offset + _record_size(word) <= capacity:
                position += _record_size(word)
                sequence += 1
            else:
                raise RingwireError('CORRUPT_CHANNEL', f'{self.path} is damaged: cannot resume writing', path=self.path)
        self.position, self.sequence = position, sequence
        newest = -1
        for index in range(_CHECKPOINT_COUNT):
            entry = _read_checkpoint(i32, index)
            if entry is not None and entry[0] >= newest:
                newest = entry[0]
                self._next_checkpoint = (index + 1) % _CHECKPOINT_COUNT
        self.epoch = (i32[_EPOCH // 4] + 1) & 0xFFFF_FFFF
        i32[_EPOCH // 4] = _signed(self.epoch)
        self._epoch_untold = True
        try:
            self._tell_epoch()
        except RingwireError as error:
            if error.code != 'BACK_PRESSURED':
                raise

    def write_batch(self, records):
        """Appends records that readers see all at once or not at all: a quarter of the capacity at once."""
        views = [memoryview(record).cast('B') for record in records]
        for view in views:
            self._check(len(view))
        self._check(0)
        if not views:
            return 0
        self._tell_epoch()
        capacity = self.header.capacity
        taken = sum(_record_size(len(view)) for view in views)
        if taken > capacity // 4:
            raise RingwireError('CHANNEL_FULL', f'a batch of {taken} bytes is too large: split it', path=self.path)
        at = self.position % capacity
        padding = 0
        for view in views:
            size = _record_size(len(view))
            if at + size > capacity:
                padding, at = capacity - at, 0
            at = (at + size) % capacity
        self._admit(self.position + taken + padding + _WORD)
        i32 = self._words.i32
        first = at = self.position % capacity
        first_word = _EMPTY
        for view in views:
            size = _record_size(len(view))
            if at + size > capacity:
                i32[(_RING_DATA + at) // 4 + 1] = _signed(self.sequence)
                if first_word == _EMPTY:
                    first_word = _PADDING
                else:
                    i32[(_RING_DATA + at) // 4] = _PADDING
                at = 0
            start = _RING_DATA + at + _WORD
            self._bytes[start : start + len(view)] = view
            i32[(_RING_DATA + at) // 4 + 1] = _signed(self.sequence)
            word = len(view) or _HEARTBEAT
            if first_word == _EMPTY:
                first_word = word
            else:
                i32[(_RING_DATA + at) // 4] = word
            if len(view) > 0:
                self.sequence += 1
            at = (at + size) % capacity
        i32[(_RING_DATA + at) // 4] = _EMPTY
        i32[(_RING_DATA + first) // 4] = first_word
        self.position += taken + padding
        self._bell.ring()
        return taken + padding

    def _reserve(self, length):
        self._check(length)
        self._tell_epoch()
        capacity = self.header.capacity
        size = _record_size(length)
        at = self.position % capacity
        padding = capacity - at if at + size > capacity else 0
        self._admit(self.position + padding + size + _WORD)
        self._claimed = (padding, length)
        return _RING_DATA + (0 if padding else at) + _WORD

    def _commit(self, length):
        padding, claimed = self._claimed
        self._claimed = None
        return self._publish(padding, min(length, claimed) or _HEARTBEAT)

    def _admit(self, end):
        """INV-RING-03, INV-RING-04, INV-SLOT-02: stores the intent, loads the slots, and only then may store."""
        i32 = self._words.i32
        capacity = self.header.capacity
        if end > self._announced:
            self._enter_checkpoint()
            self._announced = end + capacity // 16
            _counter_store(i32, _INTENT, self._announced // _WORD)
            _fence()
        if end <= self._allowed:
            return
        self._allowed = self._readers_allow()
        if end <= self._allowed:
            return
        stuck = self._examine_readers(end - capacity)
        self._allowed = self._readers_allow()
        if end > self._allowed:
            message = f'registered readers of {self.path} have not caught up: try again later'
            raise RingwireError('BACK_PRESSURED', message, path=self.path, stuck=stuck)

    def _enter_checkpoint(self):
        i32 = self._words.i32
        at = (_CHECKPOINTS + self._next_checkpoint * _CHECKPOINT_LENGTH) // 4
        self._next_checkpoint = (self._next_checkpoint + 1) % _CHECKPOINT_COUNT
        words = self.position // _WORD
        version = i32[at] | 1
        i32[at] = version
        i32[at + 1] = _signed(words)
        i32[at + 2] = _signed(words >> 32)
        i32[at + 3] = _signed(self.sequence)
        i32[at + 4] = _signed(self.sequence >> 32)
        i32[at + 5] = _signed(self.epoch)
        i32[at] = _signed(version + 1)

    def _readers_allow(self):
        if self.header.policy == 'overwrite':
            return self._announced
        return min(self._announced, min(self.active_positions().values(), default=1 << 60) + self.header.capacity)

    def active_positions(self):
        """Positions of the registered readers, by the place of their slots."""
        i32 = self._words.i32
        slots = (_SLOTS + slot * _SLOT_LENGTH for slot in range(_SLOT_COUNT))
        return {at: _counter_load(i32, at + _SLOT_POSITION) * _WORD for at in slots if i32[at // 4] & 3 == _ACTIVE}

    def _examine_readers(self, needed):
        """INV-SLOT-03: a slot whose lock is free has no live reader and never blocks the writer."""
        now = time.monotonic()
        if now < self._probe_at:
            return False
        self._probe_at = now + 0.002
        stuck = False
        i32 = self._words.i32
        for at, position in self.active_positions().items():
            if position >= needed:
                continue
            if not _is_locked(self._fd, at, 1):
                i32[at // 4] = i32[at // 4] & ~3 | _FREE
                continue
            held, since = self._held.get(at, (-1, now))
            if held != position:
                self._held[at] = (position, now)
            elif now - since >= self.header.stuck_after_ms / 1000:
                if self.header.stuck_reader == 'evict':
                    i32[at // 4] = i32[at // 4] & ~3 | _EVICTED
                stuck = stuck or self.header.stuck_reader == 'fail'
        return stuck

    def _publish(self, padding, word):
        """INV-RING-01, INV-RING-02: the word after the unit is EMPTY, and the first commit word is stored last."""
        i32 = self._words.i32
        capacity = self.header.capacity
        at = self.position % capacity
        start = 0 if padding else at
        size = _record_size(word) if word > 0 else _WORD
        following = (start + size) % capacity
        i32[(_RING_DATA + following) // 4] = _EMPTY
        i32[(_RING_DATA + start) // 4 + 1] = _signed(self.sequence)
        if padding:
            i32[(_RING_DATA + start) // 4] = word
            i32[(_RING_DATA + at) // 4 + 1] = _signed(self.sequence)
            i32[(_RING_DATA + at) // 4] = _PADDING
        else:
            i32[(_RING_DATA + at) // 4] = word
        if word > 0:
            self.sequence += 1
        self.position += padding + size
        self._bell.ring()
        return padding + size

    def _tell_epoch(self):
        if not self._epoch_untold:
            return
        self._admit(self.position + 2 * _WORD)
        self._epoch_untold = False
        self._publish(0, _EPOCH_MARK)

    def wait_for_room(self, seconds=0.2):
        """Sleeps until a reader frees space, for at most 0.2 seconds: after BACK_PRESSURED."""
        self._room.sleep(seconds, lambda: self._readers_allow() <= self._allowed)

    def detach(self):
        """Releases the ring without closing it: readers wait, and a successor may resume."""
        if self._fd is not None:
            _unlock(self._fd, 0, 1)
        self._release()

    def close(self):
        """Closes the ring: readers end after the last record."""
        if self._fd is None:
            return
        self._claimed = None
        i32 = self._words.i32
        at = (_RING_DATA + self.position % self.header.capacity) // 4
        i32[at + 1] = _signed(self.sequence)
        i32[at] = _CLOSE
        self._bell.ring()
        self._memory.flush()
        self.detach()


def _file_header(fd, path):
    length = os.fstat(fd).st_size
    data = os.pread(fd, _HEADER_LENGTH, 0)
    if len(data) < _HEADER_LENGTH:
        raise RingwireError('STORAGE_TRUNCATED', f'{path} has {length} bytes: it was cut or never written', path=path)
    header = Header(data)
    needed = _RING_DATA + header.capacity if header.kind == 'ring' else _LOG_DATA + _WORD
    if length < needed:
        raise RingwireError('STORAGE_TRUNCATED', f'{path} has {length} bytes, needs {needed}: it was cut', path=path)
    return header


class RingReader(_Reader):
    """A reader of a ring: copies and validates each record, so no torn record is delivered."""

    @classmethod
    def open(cls, root, channel_id, *, start='oldest', observe=False, name=''):
        """Opens the ring. On a back-pressure ring it registers, and the writer waits for it, unless ``observe``."""
        path = _path(root, channel_id, 'kekbit')
        if os.path.lexists(_path(root, channel_id, 'lock')):
            raise RingwireError('STORAGE_NOT_READY', f'{path} is being created: try again', path=path)
        writable = True
        try:
            fd = _open_regular(path, True)
        except RingwireError as error:
            if error.code != 'COULD_NOT_ACCESS_STORAGE':
                raise
            fd, writable = _open_regular(path, False), False
        try:
            header = _file_header(fd, path)
            if header.kind != 'ring':
                raise RingwireError('INCOMPATIBLE_VERSION', f'{path} is a log: use LogReader', path=path)
        except RingwireError:
            os.close(fd)
            raise
        return cls(fd, path, header, writable, start, observe, name)

    def __init__(self, fd, path, header, writable, start, observe, name):
        self.path = path
        self.header = header
        self._writable = writable
        self._map(fd, _RING_DATA + header.capacity, writable)
        self._slot = None
        self._active = 0
        self._published = -1
        self._laps_in_a_row = 0
        self.position = 0
        self.sequence = 0
        self.losses = {'losses': 0, 'records': 0, 'bytes': 0}
        self._bell = _Bell(self._words, _READERS_ASLEEP, _READERS_BELL) if writable else None
        self._space = _Bell(self._words, _WRITER_ASLEEP, _WRITER_BELL) if writable else None
        try:
            self._seek_oldest(0)
            if header.policy == 'back-pressure' and not observe:
                self._take_slot(name)
                self._register()
            if start == 'newest':
                entries = _checkpoints(self._words.i32)
                if entries:
                    self.position, self.sequence = entries[-1][:2]
                self._skip_to_end()
        except RingwireError:
            self.close()
            raise
        self.losses = {'losses': 0, 'records': 0, 'bytes': 0}
        self.epoch = self._words.i32[_EPOCH // 4] & 0xFFFF_FFFF
        self._publish_position()

    def try_read(self):
        """The next record as bytes, or None if none is available or the ring has ended (see ``end_reason``)."""
        if self._fd is None:
            raise RingwireError('CLOSED', f'the reader of {self.path} is closed', path=self.path)
        for _ in range(9):
            length = self._step()
            if length is None:
                return None
            start = _RING_DATA + self.position % self.header.capacity + _WORD
            record = bytes(self._bytes[start : start + length])
            # INV-RING-05: a delivered record was validated after it was copied.
            if not self._is_safe():
                if not self._overtaken():
                    return None
                continue
            self._laps_in_a_row = 0
            self.position += _record_size(length)
            self.sequence += 1
            self._publish_position()
            return record
        return None

    def wait(self, seconds=0.2):
        """Sleeps until the writer publishes, for at most 0.2 seconds."""
        if self._bell is None:
            time.sleep(0.001)
        else:
            self._bell.sleep(seconds, lambda: self.end_reason is None and self._step() is None)

    def close(self):
        if self._fd is None:
            return
        if self._slot is not None:
            i32 = self._words.i32
            i32[self._slot // 4] = i32[self._slot // 4] & ~3 | _FREE
            self._space.ring_now()
            _unlock(self._fd, self._slot, 1)
            self._slot = None
        self._release()

    def _floor(self):
        return _counter_load(self._words.i32, _INTENT) * _WORD - self.header.capacity

    def _seek_oldest(self, skip):
        floor = self._floor()
        safe = [entry for entry in _checkpoints(self._words.i32) if entry[0] >= floor]
        self.position, self.sequence = safe[min(skip, len(safe) - 1)][:2] if safe else (0, 0)

    def _take_slot(self, name):
        """INV-SLOT-01: a slot belongs to the process that holds the kernel lock on its first byte."""
        if not self._writable:
            reason = 'a registered reader needs permission to write, or observe=True'
            raise RingwireError('COULD_NOT_ACCESS_STORAGE', f'cannot access {self.path}: {reason}', path=self.path)
        i32 = self._words.i32
        for slot in range(_SLOT_COUNT):
            at = _SLOTS + slot * _SLOT_LENGTH
            if not _try_lock(self._fd, at, 1):
                continue
            generation = (((i32[at // 4] & 0xFFFF_FFFF) >> 2) + 1) % (1 << 29)
            i32[at // 4] = _signed(generation << 2 | _JOINING)
            self._slot = at
            self._active = _signed(generation << 2 | _ACTIVE)
            text = name.encode()[:63]
            i32[at // 4 + 1] = _signed(os.getpid())
            i32[at // 4 + 2] = 0
            i32[at // 4 + 3] = 0
            i32[(at + _SLOT_LAPS) // 4] = 0
            _counter_store(i32, at + _SLOT_LOST, 0)
            self._bytes[at + 16 : at + 80] = bytes([len(text)]) + text.ljust(63, b'\0')
            return
        raise RingwireError('NO_READER_SLOT', f'all reader slots of {self.path} are taken: close one, or observe')

    def _register(self):
        """INV-SLOT-02: stores its position, then ``active``, and then loads the intent."""
        i32 = self._words.i32
        for attempt in range(80):
            _counter_store(i32, self._slot + _SLOT_POSITION, self.position // _WORD)
            self._published = self.position
            i32[self._slot // 4] = self._active
            _fence()
            if self._floor() <= self.position:
                return
            self._seek_oldest(attempt)
        raise RingwireError('CORRUPT_CHANNEL', f'{self.path}: no checkpoint is safe', path=self.path)

    def _is_safe(self):
        i32 = self._words.i32
        if self._slot is not None:
            return i32[self._slot // 4] == self._active
        return _counter_upper_bound(i32, _INTENT) * _WORD <= self.position + self.header.capacity

    def _overtaken(self):
        if self._slot is not None:
            self._end('EVICTED', 'the writer went past this reader: open it again and count the loss')
        for _ in range(8):
            floor, begin = self._floor(), self.position
            if floor <= begin:
                return True
            safe = [
                entry
                for entry in _checkpoints(self._words.i32)
                if floor <= entry[0] <= floor + self.header.capacity and entry[0] > begin and entry[1] >= self.sequence
            ]
            if not safe:
                continue
            position, sequence, _ = safe[min(self._laps_in_a_row, len(safe) - 1)]
            self._laps_in_a_row += 1
            self.losses['losses'] += 1
            self.losses['records'] += sequence - self.sequence
            self.losses['bytes'] += position - begin
            self.position, self.sequence = position, sequence
            return True
        return False

    def _publish_position(self):
        if self._slot is None or self.position == self._published:
            return
        self._published = self.position
        _counter_store(self._words.i32, self._slot + _SLOT_POSITION, self.position // _WORD)
        self._space.ring()

    def _skip_to_end(self):
        end = _counter_load(self._words.i32, _INTENT) * _WORD
        while self.position < end:
            length = self._step()
            if length is None:
                return
            if not self._is_safe():
                if not self._overtaken():
                    return
                continue
            self.position += _record_size(length)
            self.sequence += 1

    def _step(self):
        """The length of the record at the position, or None; skips marks. Scans at most one capacity."""
        if self.end_reason is not None:
            return None
        i32 = self._words.i32
        capacity = self.header.capacity
        left = capacity
        attempts = 0
        while left > 0:
            offset = self.position % capacity
            at = (_RING_DATA + offset) // 4
            word, sequence = i32[at], i32[at + 1]
            if not self._is_safe():
                attempts += 1
                if attempts <= 8 and self._overtaken():
                    continue
                return None
            if word == _EMPTY:
                break
            if sequence != _signed(self.sequence):
                return self._end('CORRUPT_CHANNEL', 'the sequence number is not the next')
            if word == _CLOSE:
                return self._end('CLOSED', 'the writer closed the ring')
            if _counter_upper_bound(i32, _INTENT) * _WORD + capacity <= self.position:
                return self._end('CORRUPT_CHANNEL', 'it lies a lap after everything that was announced')
            if word > 0:
                # INV-READ-01: lengths are checked before every use.
                if word > self.header.max_message_length or offset + _record_size(word) > capacity:
                    return self._end('CORRUPT_CHANNEL', 'the length leads outside the ring')
                return word
            if word == _PADDING:
                left -= capacity - offset
                self.position += capacity - offset
                continue
            if word == _HEARTBEAT:
                self.heartbeats += 1
            elif word == _EPOCH_MARK:
                self.epoch = i32[_EPOCH // 4] & 0xFFFF_FFFF
            else:
                return self._end('CORRUPT_CHANNEL', 'the word is no length and no mark')
            left -= _WORD
            self.position += _WORD
        self._publish_position()
        return None


class LogWriter(_Writer):
    """The only writer of a log, which kekbit also reads."""

    @classmethod
    def create(
        cls,
        root,
        channel_id,
        *,
        capacity=1 << 24,
        max_message_length=65536,
        timeout=10_000,
        tick_unit='millis',
        writer_id=0,
    ):
        """Creates the log. ``capacity``: 16,384 to 4,294,966,240 bytes; records have at most capacity / 128 - 8."""
        cls._refuse_platform()
        capacity = max(16_384, (capacity + 7) & ~7)
        options = dict(
            writer_id=writer_id,
            channel_id=channel_id,
            capacity=capacity,
            max_message_length=(min(max_message_length + 8, capacity // 128 - 8) + 7) & ~7,
            timeout=timeout,
            tick_unit=_UNITS[tick_unit],
        )
        header = _encode_header(_LOG_VERSION, options)
        first = (_LOG_DATA, struct.pack('<q', _WATERMARK))
        fd, path = _create_file(root, header, _LOG_DATA + capacity + _LOG_FOOTER, 0, [first])
        return cls(fd, path, Header(header), root)

    def __init__(self, fd, path, header, root):
        self.path = path
        self.header = header
        self._map(fd, _LOG_DATA + header.capacity + _LOG_FOOTER, True)
        self._bell_file = _BellFile.create(_path(root, header.channel_id, 'bell'))

    def write_batch(self, records):
        """Appends records that readers see all at once or not at all."""
        views = [memoryview(record).cast('B') for record in records]
        for view in views:
            self._check(len(view))
        self._check(0)
        taken = sum(_record_size(len(view)) for view in views)
        if not views:
            return 0
        self._require_room(taken)
        i64 = self._words.i64
        at = self.position
        for index, view in enumerate(views):
            start = _LOG_DATA + at + _WORD
            self._bytes[start : start + len(view)] = view
            if index > 0:
                i64[(_LOG_DATA + at) // 8] = len(view)
            at += _record_size(len(view))
            self.sequence += len(view) > 0
        i64[(_LOG_DATA + at) // 8] = _WATERMARK
        i64[(_LOG_DATA + self.position) // 8] = len(views[0])
        self.position = at
        self._bell_file.ring()
        return taken

    def _require_room(self, size):
        left = self.header.capacity - _RESERVED_TAIL - self.position
        if size > left:
            raise RingwireError('CHANNEL_FULL', f'{size} bytes do not fit in the {left} bytes left of {self.path}')

    def _reserve(self, length):
        self._check(length)
        self._require_room(_record_size(length))
        self._claimed = length
        return _LOG_DATA + self.position + _WORD

    def _commit(self, length):
        """INV-LOG-01, INV-LOG-02: a marker stands after the record before its length is stored, as one word."""
        self._claimed = None
        size = _record_size(length)
        i64 = self._words.i64
        i64[(_LOG_DATA + self.position + size) // 8] = _WATERMARK
        i64[(_LOG_DATA + self.position) // 8] = length
        self.position += size
        self.sequence += length > 0
        self._bell_file.ring()
        return size

    def detach(self):
        """Releases the log without closing it."""
        if self._fd is not None:
            _unlock(self._fd, 0, 0)
            self._bell_file.close()
        self._release()

    def close(self):
        """Closes the log: readers end after the last record."""
        if self._fd is None:
            return
        self._words.i64[(_LOG_DATA + self.position) // 8] = _LOG_CLOSE
        self._bell_file.ring()
        self._memory.flush()
        self.detach()


class _BellFile:
    """The doorbell beside a log. A log works without one: readers then sleep at intervals."""

    def __init__(self, fd):
        self._memory = mmap.mmap(fd, _BELL_LENGTH)
        os.close(fd)
        self._words = _Words(self._memory, _BELL_LENGTH)
        self._bell = _Bell(self._words, _BELL_ASLEEP, _BELL_RINGS)

    @classmethod
    def create(cls, path):
        if os.path.lexists(path):
            os.unlink(path)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.posix_fallocate(fd, 0, _BELL_LENGTH)
        os.pwrite(fd, b'RWBELL01', 0)
        os.pwrite(fd, _owner_record(), _BELL_OWNER)
        return cls(fd)

    @classmethod
    def open(cls, path):
        try:
            fd = _open_regular(path, True)
        except RingwireError:
            return None
        if os.fstat(fd).st_size >= _BELL_LENGTH and os.pread(fd, 8, 0) == b'RWBELL01':
            return cls(fd)
        os.close(fd)
        return None

    def ring(self):
        self._bell.ring()

    def sleep(self, seconds, is_idle):
        self._bell.sleep(seconds, is_idle)

    def close(self):
        self._bell.ring_now()
        self._words.release()
        self._bell = None
        try:
            self._memory.close()
        except BufferError:
            pass


class LogReader(_Reader):
    """A reader of a log, also of one that kekbit wrote."""

    @classmethod
    def open(cls, root, channel_id):
        """Opens the log at its beginning."""
        path = _path(root, channel_id, 'kekbit')
        if os.path.lexists(_path(root, channel_id, 'lock')):
            raise RingwireError('STORAGE_NOT_READY', f'{path} is being created: try again', path=path)
        fd = _open_regular(path, False)
        try:
            header = _file_header(fd, path)
            if header.kind != 'log':
                raise RingwireError('INCOMPATIBLE_VERSION', f'{path} is a ring: use RingReader', path=path)
        except RingwireError:
            os.close(fd)
            raise
        return cls(fd, path, header, _BellFile.open(_path(root, channel_id, 'bell')))

    def __init__(self, fd, path, header, bell):
        self.path = path
        self.header = header
        self._bell_file = bell
        # INV-READ-01: a reader touches no byte at or after the length of the file at open.
        length = min(os.fstat(fd).st_size, _LOG_DATA + header.capacity + _LOG_FOOTER)
        self._map(fd, length, False)
        self._readable = length - _LOG_DATA
        self.position = 0
        self.sequence = 0
        self._sound_zeros = 0

    def try_read(self):
        """The next record as bytes, or None if none is available or the log has ended (see ``end_reason``)."""
        if self._fd is None:
            raise RingwireError('CLOSED', f'the reader of {self.path} is closed', path=self.path)
        length = self._step()
        if length is None:
            return None
        start = _LOG_DATA + self.position + _WORD
        record = bytes(self._bytes[start : start + length])
        self.position += _record_size(length)
        self.sequence += 1
        return record

    def wait(self, seconds=0.2):
        """Sleeps until the writer publishes, for at most 0.2 seconds."""
        if self._bell_file is None:
            time.sleep(0.001)
        else:
            self._bell_file.sleep(seconds, lambda: self.end_reason is None and self._step() is None)

    def close(self):
        if self._fd is not None and self._bell_file is not None:
            self._bell_file.close()
        self._release()

    def _step(self):
        if self.end_reason is not None:
            return None
        i64 = self._words.i64
        while True:
            if self.position + _WORD > self._readable:
                return self._end('STORAGE_TRUNCATED', 'no room for the word of the next record')
            word = i64[(_LOG_DATA + self.position) // 8]
            if word == _WATERMARK:
                return None
            if word == _LOG_CLOSE:
                return self._end('CLOSED', 'the writer closed the log')
            if not 0 <= word <= self.header.max_message_length:
                return self._end('CORRUPT_CHANNEL', 'the word is no length and no marker')
            if self.position + _record_size(word) > self.header.capacity:
                return self._end('CORRUPT_CHANNEL', 'the record ends after the data area')
            if self.position + _WORD + word > self._readable:
                return self._end('STORAGE_TRUNCATED', 'the file ends inside a record')
            if word > 0:
                return word
            self._pass_heartbeats()

    def _pass_heartbeats(self):
        """Heartbeats are zeros with another word after them in the data area; zeros up to its end are a hole."""
        i64 = self._words.i64
        at = max(self.position, self._sound_zeros)
        while at + _WORD <= self._readable and i64[(_LOG_DATA + at) // 8] == 0:
            at += _WORD
        if at + _WORD > self._readable:
            code = 'CORRUPT_CHANNEL' if at > self.header.capacity else 'STORAGE_TRUNCATED'
            self._end(code, 'zeros run to the end of the file')
        self._sound_zeros = at
        self.heartbeats += (at - self.position) // _WORD
        self.position = at


def open_reader(root, channel_id, **options):
    """Opens a ring or a log, depending on the file. The options are those of a ring reader."""
    path = _path(root, channel_id, 'kekbit')
    fd = _open_regular(path, False)
    try:
        kind = _file_header(fd, path).kind
    finally:
        os.close(fd)
    return RingReader.open(root, channel_id, **options) if kind == 'ring' else LogReader.open(root, channel_id)


def structs(records, dtype):
    """Records of one fixed layout as a NumPy array: ``structs(list_of_records, dtype)``. Needs NumPy."""
    import numpy

    return numpy.frombuffer(b''.join(records), dtype=dtype)
