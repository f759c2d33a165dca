//! ringwire.rs: rings and logs of ringwire from Rust.
//!
//! One module without a crate: `core`, `alloc` and the C library. Linux on x86-64 and arm64. Copy it into your
//! project and declare `mod ringwire;`. A `no_std` program declares `extern crate alloc;` beside it.
//!
//! ```ignore
//! let mut writer = RingWriter::open("/dev/shm/app", &RingOptions::new(7))?;
//! writer.write(b"hello")?;
//! let mut reader = Reader::open("/dev/shm/app", 7, &ReaderOptions::default())?;
//! while let Some(record) = reader.try_read()? { println!("{record:?}"); }
//! ```
//!
//! Formats: docs/format-ring.md and docs/format.md of ringwire. An id such as INV-RING-01 names an invariant of
//! docs/spec.md. It is beside each store and load that keeps it.
//!
//! Copyright the ringwire authors. SPDX-License-Identifier: Apache-2.0
#![allow(dead_code)]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_long, c_void};
use core::fmt;
use core::sync::atomic::{fence, AtomicI32, AtomicI64, Ordering};

// ---- errors ---------------------------------------------------------------------------------------------------------

/// Why an operation failed. The names are the codes of ringwire's TypeScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Registered readers have not caught up: try again later.
    BackPressured,
    /// The writer closed the channel: no record follows.
    Closed,
    /// The record does not fit into the rest of the log, or the batch is too large.
    ChannelFull,
    /// The record is longer than the channel allows.
    MaxRecordLengthExceeded,
    /// A registered reader has not moved for longer than the ring allows.
    ReaderStuck,
    StorageNotFound,
    /// The channel is being created: try again.
    StorageNotReady,
    StorageAlreadyExists,
    StorageTruncated,
    CouldNotAccessStorage,
    NoSpace,
    MemoryMappingFailed,
    FlushFailed,
    InvalidSignature,
    IncompatibleVersion,
    InvalidCapacity,
    InvalidMaxMessageLength,
    InvalidTickUnit,
    /// The channel is damaged; the records before the reader's position are sound.
    CorruptChannel,
    WriterExists,
    NoReaderSlot,
    /// The writer evicted this registered reader.
    Evicted,
    InvalidArgument,
}

impl Error {
    /// The code of the error, as ringwire's TypeScript names it.
    pub fn code(self) -> &'static str {
        match self {
            Error::BackPressured => "BACK_PRESSURED",
            Error::Closed => "CLOSED",
            Error::ChannelFull => "CHANNEL_FULL",
            Error::MaxRecordLengthExceeded => "MAX_RECORD_LENGTH_EXCEEDED",
            Error::ReaderStuck => "BACK_PRESSURED",
            Error::StorageNotFound => "STORAGE_NOT_FOUND",
            Error::StorageNotReady => "STORAGE_NOT_READY",
            Error::StorageAlreadyExists => "STORAGE_ALREADY_EXISTS",
            Error::StorageTruncated => "STORAGE_TRUNCATED",
            Error::CouldNotAccessStorage => "COULD_NOT_ACCESS_STORAGE",
            Error::NoSpace => "NO_SPACE",
            Error::MemoryMappingFailed => "MEMORY_MAPPING_FAILED",
            Error::FlushFailed => "FLUSH_FAILED",
            Error::InvalidSignature => "INVALID_SIGNATURE",
            Error::IncompatibleVersion => "INCOMPATIBLE_VERSION",
            Error::InvalidCapacity => "INVALID_CAPACITY",
            Error::InvalidMaxMessageLength => "INVALID_MAX_MESSAGE_LENGTH",
            Error::InvalidTickUnit => "INVALID_TICK_UNIT",
            Error::CorruptChannel => "CORRUPT_CHANNEL",
            Error::WriterExists => "WRITER_EXISTS",
            Error::NoReaderSlot => "NO_READER_SLOT",
            Error::Evicted => "EVICTED",
            Error::InvalidArgument => "INVALID_ARGUMENT",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for Error {}

pub type Result<T> = core::result::Result<T, Error>;

// ---- the C library ----------------------------------------------------------------------------------------------------

mod libc {
    use super::*;

    #[repr(C)]
    pub struct Flock {
        pub kind: i16,
        pub whence: i16,
        pub start: i64,
        pub length: i64,
        pub pid: i32,
    }

    #[repr(C)]
    pub struct Timespec {
        pub seconds: i64,
        pub nanoseconds: i64,
    }

    extern "C" {
        pub fn open(path: *const c_char, flags: c_int, ...) -> c_int;
        pub fn close(fd: c_int) -> c_int;
        pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
        pub fn pread(fd: c_int, to: *mut c_void, length: usize, at: i64) -> isize;
        pub fn pwrite(fd: c_int, from: *const c_void, length: usize, at: i64) -> isize;
        pub fn lseek(fd: c_int, at: i64, whence: c_int) -> i64;
        pub fn fsync(fd: c_int) -> c_int;
        pub fn posix_fallocate(fd: c_int, at: i64, length: i64) -> c_int;
        pub fn mkdir(path: *const c_char, mode: u32) -> c_int;
        pub fn link(from: *const c_char, to: *const c_char) -> c_int;
        pub fn unlink(path: *const c_char) -> c_int;
        pub fn access(path: *const c_char, mode: c_int) -> c_int;
        pub fn readlink(path: *const c_char, to: *mut c_char, length: usize) -> isize;
        pub fn mmap(at: *mut c_void, n: usize, protection: c_int, flags: c_int, fd: c_int, from: i64) -> *mut c_void;
        pub fn munmap(at: *mut c_void, length: usize) -> c_int;
        pub fn msync(at: *mut c_void, length: usize, flags: c_int) -> c_int;
        pub fn syscall(number: c_long, ...) -> c_long;
        pub fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
        pub fn nanosleep(time: *const Timespec, left: *mut Timespec) -> c_int;
        pub fn getpid() -> c_int;
        pub fn __errno_location() -> *mut c_int;
    }

    pub const O_RDONLY: c_int = 0;
    pub const O_RDWR: c_int = 2;
    pub const O_CREAT: c_int = 0o100;
    pub const O_EXCL: c_int = 0o200;
    pub const O_NONBLOCK: c_int = 0o4000;
    #[cfg(target_arch = "x86_64")]
    pub const O_NOFOLLOW: c_int = 0o400000;
    #[cfg(target_arch = "aarch64")]
    pub const O_NOFOLLOW: c_int = 0o100000;
    pub const O_CLOEXEC: c_int = 0o2000000;
    pub const F_OFD_GETLK: c_int = 36;
    pub const F_OFD_SETLK: c_int = 37;
    pub const F_RDLCK: i16 = 0;
    pub const F_WRLCK: i16 = 1;
    pub const F_UNLCK: i16 = 2;
    pub const EINTR: c_int = 4;
    pub const ENOENT: c_int = 2;
    pub const EEXIST: c_int = 17;
    pub const EFBIG: c_int = 27;
    pub const ENOSPC: c_int = 28;
    pub const EAGAIN: c_int = 11;
    pub const EACCES: c_int = 13;
    pub const EDQUOT: c_int = 122;
    pub const PROT_READ: c_int = 1;
    pub const PROT_WRITE: c_int = 2;
    pub const MAP_SHARED: c_int = 1;
    pub const MS_SYNC: c_int = 4;
    #[cfg(target_arch = "x86_64")]
    pub const SYS_FUTEX: c_long = 202;
    #[cfg(target_arch = "x86_64")]
    pub const SYS_MEMBARRIER: c_long = 324;
    #[cfg(target_arch = "x86_64")]
    pub const MEMBARRIER_GLOBAL_EXPEDITED: c_int = 2;
    #[cfg(target_arch = "aarch64")]
    pub const SYS_FUTEX: c_long = 98;
    pub const FUTEX_WAIT: c_int = 0;
    pub const FUTEX_WAKE: c_int = 1;
}

fn errno() -> c_int {
    unsafe { *libc::__errno_location() }
}

fn storage_error(code: c_int) -> Error {
    match code {
        libc::ENOENT => Error::StorageNotFound,
        libc::ENOSPC | libc::EDQUOT | libc::EFBIG => Error::NoSpace,
        _ => Error::CouldNotAccessStorage,
    }
}

/// A path with a terminating zero for C.
fn c_path(path: &str) -> Result<Vec<u8>> {
    if path.as_bytes().contains(&0) {
        return Err(Error::InvalidArgument);
    }
    let mut bytes = Vec::from(path.as_bytes());
    bytes.push(0);
    Ok(bytes)
}

/// An open file, closed when it is dropped: the kernel then frees its locks.
struct File(c_int);

impl Drop for File {
    fn drop(&mut self) {
        unsafe { libc::close(self.0) };
    }
}

impl File {
    fn open(path: &str, flags: c_int) -> Result<File> {
        let path = c_path(path)?;
        let flags = flags | libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK;
        let fd = unsafe { libc::open(path.as_ptr().cast(), flags, 0o600) };
        if fd < 0 {
            Err(storage_error(errno()))
        } else {
            Ok(File(fd))
        }
    }

    fn length(&self) -> i64 {
        unsafe { libc::lseek(self.0, 0, 2) }
    }

    fn read_at(&self, to: &mut [u8], at: i64) -> Result<usize> {
        let n = unsafe { libc::pread(self.0, to.as_mut_ptr().cast(), to.len(), at) };
        usize::try_from(n).map_err(|_| Error::CouldNotAccessStorage)
    }

    fn write_at(&self, bytes: &[u8], at: i64) -> Result<()> {
        let n = unsafe { libc::pwrite(self.0, bytes.as_ptr().cast(), bytes.len(), at) };
        if n == bytes.len() as isize {
            Ok(())
        } else {
            Err(storage_error(errno()))
        }
    }

    /// Every block is allocated before a file is mapped: a full disk is an error here, not a SIGBUS later.
    fn reserve(&self, length: i64) -> Result<()> {
        loop {
            match unsafe { libc::posix_fallocate(self.0, 0, length) } {
                0 => return Ok(()),
                libc::EINTR => continue,
                code => return Err(storage_error(code)),
            }
        }
    }

    /// An open-file-description lock: the kernel releases it at the end of the process.
    fn try_lock(&self, start: i64, length: i64) -> Result<bool> {
        let lock = libc::Flock { kind: libc::F_WRLCK, whence: 0, start, length, pid: 0 };
        if unsafe { libc::fcntl(self.0, libc::F_OFD_SETLK, &lock) } == 0 {
            return Ok(true);
        }
        match errno() {
            libc::EAGAIN | libc::EACCES => Ok(false),
            code => Err(storage_error(code)),
        }
    }

    /// Whether another open file holds a write lock; read locks, which any reader could take, do not count.
    fn is_locked(&self, start: i64, length: i64) -> bool {
        let mut lock = libc::Flock { kind: libc::F_RDLCK, whence: 0, start, length, pid: 0 };
        let asked = unsafe { libc::fcntl(self.0, libc::F_OFD_GETLK, &mut lock) };
        asked != 0 || lock.kind != libc::F_UNLCK
    }

    fn unlock(&self, start: i64, length: i64) {
        let lock = libc::Flock { kind: libc::F_UNLCK, whence: 0, start, length, pid: 0 };
        unsafe { libc::fcntl(self.0, libc::F_OFD_SETLK, &lock) };
    }
}

fn exists(path: &str) -> bool {
    let Ok(path) = c_path(path) else { return false };
    let mut link = [0 as c_char; 1];
    unsafe {
        libc::access(path.as_ptr().cast(), 0) == 0 || libc::readlink(path.as_ptr().cast(), link.as_mut_ptr(), 1) >= 0
    }
}

fn remove(path: &str) {
    if let Ok(path) = c_path(path) {
        unsafe { libc::unlink(path.as_ptr().cast()) };
    }
}

/// The path of a channel: `<root>/HHHH_hhhh/LLLL_llll.<suffix>`.
pub fn channel_path(root: &str, id: u64, suffix: &str) -> String {
    format!(
        "{root}/{:04x}_{:04x}/{:04x}_{:04x}.{suffix}",
        id >> 48,
        id >> 32 & 0xffff,
        id >> 16 & 0xffff,
        id & 0xffff
    )
}

fn read_text(path: &str) -> String {
    let mut bytes = [0u8; 1024];
    let length = File::open(path, libc::O_RDONLY).and_then(|file| file.read_at(&mut bytes, 0)).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

/// Start of this process in clock ticks since boot: for people who inspect a file.
fn start_time() -> String {
    let text = read_text("/proc/self/stat");
    let after = text.rsplit(')').next().unwrap_or("");
    String::from(after.split_whitespace().nth(19).unwrap_or("0"))
}

fn owner_record() -> Vec<u8> {
    let boot = read_text("/proc/sys/kernel/random/boot_id");
    let pid = unsafe { libc::getpid() };
    let text = format!("{{\"pid\":{pid},\"startTime\":\"{}\",\"bootId\":\"{}\"}}", start_time(), boot.trim());
    let mut record = Vec::from((text.len() as u32).to_le_bytes());
    record.extend_from_slice(text.as_bytes());
    record
}

fn now(clock: c_int) -> i128 {
    let mut time = libc::Timespec { seconds: 0, nanoseconds: 0 };
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.seconds as i128 * 1_000_000_000 + time.nanoseconds as i128
}

// ---- layout -------------------------------------------------------------------------------------------------------------

const SIGNATURE: u64 = 0x2a54_4942_4b45_4b2a;
const LOG_VERSION: u64 = 1 << 48;
const RING_VERSION: u64 = 2 << 48;
const HEADER_LENGTH: usize = 128;
const WORD: u32 = 8;

const INTENT: usize = 128;
const EPOCH: usize = 256;
const READERS_ASLEEP: usize = 384;
const READERS_BELL: usize = 512;
const WRITER_ASLEEP: usize = 640;
const WRITER_BELL: usize = 768;
const OWNER: i64 = 896;
const CHECKPOINTS: usize = 2048;
const CHECKPOINT_LENGTH: usize = 64;
const CHECKPOINT_COUNT: usize = 32;
const SLOTS: usize = 4096;
const SLOT_LENGTH: usize = 256;
const SLOT_COUNT: usize = 32;
const RING_DATA: usize = 12288;
const SLOT_POSITION: usize = 128;
const SLOT_LAPS: usize = 144;
const SLOT_LOST: usize = 148;
const STATE_BITS: i32 = 3;
const FREE: i32 = 0;
const JOINING: i32 = 1;
const ACTIVE: i32 = 2;
const EVICTED: i32 = 3;

const EMPTY: i32 = 0;
const HEARTBEAT_MARK: i32 = -1;
const PADDING: i32 = -2;
const CLOSE_MARK: i32 = -3;
const EPOCH_MARK: i32 = -4;

const LOG_DATA: usize = 1024;
const LOG_FOOTER: i64 = 32;
const RESERVED_TAIL: i64 = 16;
const WATERMARK: i64 = -4_008_636_143;
const LOG_CLOSE: i64 = -1;
const BELL_LENGTH: usize = 4096;
const BELL_ASLEEP: usize = 64;
const BELL_RINGS: usize = 192;
const BELL_OWNER: i64 = 320;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Log,
    Ring,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The writer never waits, and slow readers count their losses.
    Overwrite = 0,
    /// The writer never overtakes a registered reader.
    BackPressure = 1,
}

/// Action of a back-pressured writer for a live reader that does not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StuckReader {
    Wait = 0,
    Evict = 1,
    Fail = 2,
}

/// The header of a channel. Times and timeouts are in ticks of `tick_unit`.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub kind: Kind,
    pub version: u64,
    pub writer_id: u64,
    pub channel_id: u64,
    /// Bytes of the data area.
    pub capacity: u32,
    /// The largest record in bytes.
    pub max_message_length: u32,
    pub timeout: u64,
    pub creation_time: u64,
    /// 0 seconds, 3 milliseconds, 6 microseconds, 9 nanoseconds.
    pub tick_unit: u8,
    pub policy: Policy,
    pub stuck_reader: StuckReader,
    pub stuck_after_ms: u32,
}

fn record_size(length: u32) -> u32 {
    (length + 15) & !7
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u32_at(bytes, at) as u64 | (u32_at(bytes, at + 4) as u64) << 32
}

impl Header {
    fn encode(&self) -> [u8; HEADER_LENGTH] {
        let mut bytes = [0; HEADER_LENGTH];
        bytes[..8].copy_from_slice(&SIGNATURE.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.version.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.writer_id.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.channel_id.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.capacity.to_le_bytes());
        bytes[36..40].copy_from_slice(&self.max_message_length.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.timeout.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.creation_time.to_le_bytes());
        bytes[56] = self.tick_unit;
        if self.kind == Kind::Ring {
            let fields = [
                self.policy as u32,
                RING_DATA as u32,
                SLOT_COUNT as u32,
                CHECKPOINT_COUNT as u32,
                self.stuck_reader as u32,
                self.stuck_after_ms,
            ];
            for (i, field) in fields.iter().enumerate() {
                bytes[64 + 4 * i..68 + 4 * i].copy_from_slice(&field.to_le_bytes());
            }
        }
        bytes
    }

    fn decode(bytes: &[u8; HEADER_LENGTH]) -> Result<Header> {
        if u64_at(bytes, 0) != SIGNATURE {
            return Err(Error::InvalidSignature);
        }
        let version = u64_at(bytes, 8);
        let kind = if version >> 48 == 2 { Kind::Ring } else { Kind::Log };
        if kind == Kind::Log && version > LOG_VERSION {
            return Err(Error::IncompatibleVersion);
        }
        let capacity = u32_at(bytes, 32);
        let max_message_length = u32_at(bytes, 36);
        let ring = kind == Kind::Ring;
        let (least, most, step) = if ring { (1024, 1 << 30, 128) } else { (10_240, 4_294_966_240, 8) };
        if capacity < least || capacity > most || capacity % step != 0 {
            return Err(Error::InvalidCapacity);
        }
        let limit = if ring { capacity / 8 - WORD } else { (capacity / 128 - 8 + 7) & !7 };
        if max_message_length % 8 != 0 || max_message_length > limit || (ring && max_message_length == 0) {
            return Err(Error::InvalidMaxMessageLength);
        }
        if ![0, 3, 6, 9].contains(&bytes[56]) {
            return Err(Error::InvalidTickUnit);
        }
        let policy = if ring && u32_at(bytes, 64) == 1 { Policy::BackPressure } else { Policy::Overwrite };
        let stuck_reader = match u32_at(bytes, 80) {
            1 if ring => StuckReader::Evict,
            2 if ring => StuckReader::Fail,
            _ => StuckReader::Wait,
        };
        let sizes = (u32_at(bytes, 68), u32_at(bytes, 72), u32_at(bytes, 76));
        let expected = (RING_DATA as u32, SLOT_COUNT as u32, CHECKPOINT_COUNT as u32);
        if ring && (u32_at(bytes, 64) > 1 || u32_at(bytes, 80) > 2 || sizes != expected) {
            return Err(Error::CorruptChannel);
        }
        Ok(Header {
            kind,
            version,
            writer_id: u64_at(bytes, 16),
            channel_id: u64_at(bytes, 24),
            capacity,
            max_message_length,
            timeout: u64_at(bytes, 40),
            creation_time: u64_at(bytes, 48),
            tick_unit: bytes[56],
            policy,
            stuck_reader,
            stuck_after_ms: if ring { u32_at(bytes, 84) } else { 0 },
        })
    }

    fn of(file: &File) -> Result<Header> {
        let mut bytes = [0; HEADER_LENGTH];
        if file.read_at(&mut bytes, 0)? < HEADER_LENGTH {
            return Err(Error::StorageTruncated);
        }
        Header::decode(&bytes)
    }

    fn data_offset(&self) -> usize {
        if self.kind == Kind::Ring {
            RING_DATA
        } else {
            LOG_DATA
        }
    }

    fn file_length(&self) -> i64 {
        let footer = if self.kind == Kind::Ring { 0 } else { LOG_FOOTER };
        self.data_offset() as i64 + self.capacity as i64 + footer
    }

    /// The bytes that the writer's lock covers; 0 means the whole file.
    fn lock_length(&self) -> i64 {
        if self.kind == Kind::Ring {
            1
        } else {
            0
        }
    }
}

// ---- memory ---------------------------------------------------------------------------------------------------------------

/// A mapped file. Words are atomics; payloads are copied byte by byte or lent while the writer cannot overwrite them.
struct Memory {
    base: *mut u8,
    length: usize,
}

unsafe impl Send for Memory {}

impl Drop for Memory {
    fn drop(&mut self) {
        unsafe { libc::munmap(self.base.cast(), self.length) };
    }
}

impl Memory {
    fn map(file: &File, length: usize, writable: bool) -> Result<Memory> {
        let protection = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        let base = unsafe { libc::mmap(core::ptr::null_mut(), length, protection, libc::MAP_SHARED, file.0, 0) };
        if base as isize == -1 {
            return Err(Error::MemoryMappingFailed);
        }
        Ok(Memory { base: base.cast(), length })
    }

    fn i32(&self, at: usize) -> &AtomicI32 {
        debug_assert!(at % 4 == 0 && at + 4 <= self.length);
        unsafe { &*self.base.add(at).cast() }
    }

    fn i64(&self, at: usize) -> &AtomicI64 {
        debug_assert!(at % 8 == 0 && at + 8 <= self.length);
        unsafe { &*self.base.add(at).cast() }
    }

    fn copy_in(&self, at: usize, bytes: &[u8]) {
        assert!(at + bytes.len() <= self.length);
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.add(at), bytes.len()) };
    }

    fn copy_out(&self, at: usize, to: &mut [u8]) {
        assert!(at + to.len() <= self.length);
        unsafe { core::ptr::copy_nonoverlapping(self.base.add(at), to.as_mut_ptr(), to.len()) };
    }

    /// INV-COUNT-01: a change of the high half stores high, low, high again; any other change stores the low half.
    fn store_counter(&self, at: usize, value: i64) {
        let high = (value >> 32) as i32;
        let unchanged = self.i32(at).load(Ordering::Relaxed) == high && self.i32(at + 8).load(Ordering::Relaxed) == high;
        if !unchanged {
            self.i32(at).store(high, Ordering::Release);
        }
        self.i32(at + 4).store(value as i32, Ordering::Release);
        if !unchanged {
            self.i32(at + 8).store(high, Ordering::Release);
        }
    }

    /// INV-COUNT-03: a store that a death interrupted leaves a value that can still be decoded.
    fn load_counter(&self, at: usize) -> i64 {
        let (mut after, mut low, mut before) = (0, 0, 0);
        for _ in 0..64 {
            after = self.i32(at + 8).load(Ordering::Acquire) as u32;
            low = self.i32(at + 4).load(Ordering::Acquire) as u32;
            before = self.i32(at).load(Ordering::Acquire) as u32;
            if before == after {
                break;
            }
        }
        let high = if before == after || low < 1 << 31 { before } else { after };
        counter_value(high, low)
    }

    /// INV-COUNT-02: never below a value whose store happened before the call.
    fn counter_upper_bound(&self, at: usize) -> i64 {
        let low = self.i32(at + 4).load(Ordering::Acquire) as u32;
        counter_value(self.i32(at).load(Ordering::Acquire) as u32, low)
    }

    fn ring_now(&self, asleep: usize, rings: usize) {
        self.i32(asleep).store(0, Ordering::Release);
        self.i32(rings).fetch_add(1, Ordering::SeqCst);
        let address = self.i32(rings).as_ptr();
        unsafe { libc::syscall(libc::SYS_FUTEX, address, libc::FUTEX_WAKE, i32::MAX, 0usize, 0usize, 0) };
    }

    /// INV-BELL-01: the writer commits, then loads `asleep`; a sleeper stores it, then checks the channel once more.
    fn ring(&self, asleep: usize, rings: usize) {
        fence(Ordering::SeqCst);
        if self.i32(asleep).load(Ordering::Relaxed) != 0 {
            self.ring_now(asleep, rings);
        }
    }

    /// INV-BELL-02: nothing depends on a wake-up; a sleep lasts 200 ms at most.
    fn sleep(&self, asleep: usize, rings: usize, milliseconds: u32, is_idle: impl FnOnce() -> bool) {
        let announced = self.i32(rings).load(Ordering::Acquire);
        self.i32(asleep).store(1, Ordering::Release);
        fence(Ordering::SeqCst);
        let longest = if fence_all() { 200 } else { 5 };
        if !is_idle() {
            return;
        }
        let time = libc::Timespec { seconds: 0, nanoseconds: milliseconds.min(longest) as i64 * 1_000_000 };
        let address = self.i32(rings).as_ptr();
        unsafe { libc::syscall(libc::SYS_FUTEX, address, libc::FUTEX_WAIT, announced, &time, 0usize, 0) };
    }
}

/// Executes a fence in all processes that accept it. A writer in Node on x86-64 executes none; all others execute their own.
#[cfg(target_arch = "x86_64")]
fn fence_all() -> bool {
    unsafe { libc::syscall(libc::SYS_MEMBARRIER, libc::MEMBARRIER_GLOBAL_EXPEDITED, 0, 0) == 0 }
}

#[cfg(not(target_arch = "x86_64"))]
fn fence_all() -> bool {
    true
}

/// A counter has 53 bits; a larger value, stored by a hostile peer, counts as the largest.
fn counter_value(high: u32, low: u32) -> i64 {
    ((high as u64) << 32 | low as u64).min(1 << 53) as i64
}

// ---- creation -------------------------------------------------------------------------------------------------------------

fn make_folders(file: &str) -> Result<()> {
    for (at, _) in file.match_indices('/').skip(1) {
        let path = c_path(&file[..at])?;
        if unsafe { libc::mkdir(path.as_ptr().cast(), 0o700) } != 0 && errno() != libc::EEXIST {
            return Err(storage_error(errno()));
        }
    }
    Ok(())
}

/// INV-FILE-01 to -03: complete under its final name, no file left on failure, locked from the beginning.
fn create_file(root: &str, header: &Header, first: Option<(&[u8], i64)>) -> Result<File> {
    let path = channel_path(root, header.channel_id, "kekbit");
    let lock_path = channel_path(root, header.channel_id, "lock");
    if exists(&path) {
        return Err(Error::StorageAlreadyExists);
    }
    make_folders(&path)?;
    let lock = File::open(&lock_path, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL).map_err(|error| {
        if errno() == libc::EEXIST {
            Error::StorageNotReady
        } else {
            error
        }
    })?;
    let temporary = format!("{path}.{}.tmp", unsafe { libc::getpid() });
    let made = build_file(&path, &temporary, &lock, header, first);
    remove(&temporary);
    remove(&lock_path);
    made
}

fn build_file(
    path: &str,
    temporary: &str,
    lock: &File,
    header: &Header,
    first: Option<(&[u8], i64)>,
) -> Result<File> {
    let owner = owner_record();
    let _ = lock.try_lock(0, 0);
    lock.write_at(&owner[4..], 0)?;
    if exists(path) {
        return Err(Error::StorageAlreadyExists);
    }
    remove(temporary);
    let file = File::open(temporary, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL)?;
    if !file.try_lock(0, header.lock_length())? {
        return Err(Error::WriterExists);
    }
    file.reserve(header.file_length())?;
    file.write_at(&header.encode(), 0)?;
    if header.kind == Kind::Ring {
        file.write_at(&owner, OWNER)?;
    }
    if let Some((bytes, at)) = first {
        file.write_at(bytes, at)?;
    }
    let (from, to) = (c_path(temporary)?, c_path(path)?);
    if unsafe { libc::fsync(file.0) } != 0 {
        return Err(storage_error(errno()));
    }
    if unsafe { libc::link(from.as_ptr().cast(), to.as_ptr().cast()) } != 0 {
        return Err(if errno() == libc::EEXIST { Error::StorageAlreadyExists } else { storage_error(errno()) });
    }
    let folder = File::open(&path[..path.rfind('/').unwrap_or(0)], libc::O_RDONLY)?;
    if unsafe { libc::fsync(folder.0) } != 0 {
        remove(path);
        return Err(storage_error(errno()));
    }
    Ok(file)
}

// ---- checkpoints ------------------------------------------------------------------------------------------------------------

#[derive(Clone, Copy)]
struct Checkpoint {
    position: i64,
    sequence: i64,
    epoch: u32,
}

fn read_checkpoint(memory: &Memory, index: usize) -> Option<Checkpoint> {
    let at = CHECKPOINTS + index * CHECKPOINT_LENGTH;
    let word = |offset: usize| memory.i32(at + offset).load(Ordering::Relaxed) as u32 as u64;
    for _ in 0..8 {
        let version = memory.i32(at).load(Ordering::Acquire);
        if version == 0 {
            return None;
        }
        if version & 1 != 0 {
            continue;
        }
        let position = word(8) << 32 | word(4);
        let sequence = word(16) << 32 | word(12);
        let epoch = word(20) as u32;
        fence(Ordering::Acquire);
        if memory.i32(at).load(Ordering::Relaxed) != version {
            continue;
        }
        if position > 1 << 50 || sequence > 1 << 53 {
            return None;
        }
        return Some(Checkpoint { position: position as i64 * WORD as i64, sequence: sequence as i64, epoch });
    }
    None
}

fn checkpoints(memory: &Memory) -> Vec<Checkpoint> {
    let mut list: Vec<_> = (0..CHECKPOINT_COUNT).filter_map(|index| read_checkpoint(memory, index)).collect();
    list.sort_by_key(|entry| entry.position);
    list
}

// ---- writers ----------------------------------------------------------------------------------------------------------------

/// Options of a new ring. The defaults: 1 MiB, records of up to 64 KiB, overwriting, a timeout of 10 seconds.
#[derive(Clone, Copy, Debug)]
pub struct RingOptions {
    pub channel_id: u64,
    pub writer_id: u64,
    /// Bytes: 1024 to 2^30, rounded up to a multiple of 128.
    pub capacity: u32,
    /// Bytes: at most `capacity / 8 - 8`, rounded up to a multiple of 8.
    pub max_message_length: u32,
    /// Ticks.
    pub timeout: u64,
    pub tick_unit: u8,
    pub policy: Policy,
    pub stuck_reader: StuckReader,
    pub stuck_after_ms: u32,
}

impl RingOptions {
    pub fn new(channel_id: u64) -> RingOptions {
        RingOptions {
            channel_id,
            writer_id: 0,
            capacity: 1 << 20,
            max_message_length: 65_536,
            timeout: 10_000,
            tick_unit: 3,
            policy: Policy::Overwrite,
            stuck_reader: StuckReader::Wait,
            stuck_after_ms: 5000,
        }
    }
}

fn creation_time(unit: u8) -> u64 {
    (now(0) / 10i128.pow(9 - unit.min(9) as u32)) as u64
}

/// The only writer of a ring. Dropping it without [`RingWriter::close`] lets a successor resume the ring.
pub struct RingWriter {
    header: Header,
    memory: Memory,
    file: File,
    position: i64,
    sequence: i64,
    epoch: u32,
    epoch_untold: bool,
    announced: i64,
    allowed: i64,
    next_checkpoint: usize,
    probe_at: i128,
    held: [(i64, i128); SLOT_COUNT],
    closed: bool,
}

impl RingWriter {
    pub fn create(root: &str, options: &RingOptions) -> Result<RingWriter> {
        let capacity = options.capacity.max(1024).checked_add(127).ok_or(Error::InvalidCapacity)? & !127;
        if capacity > 1 << 30 {
            return Err(Error::InvalidCapacity);
        }
        if options.max_message_length == 0 || options.max_message_length > capacity / 8 - WORD {
            return Err(Error::InvalidMaxMessageLength);
        }
        if ![0, 3, 6, 9].contains(&options.tick_unit) {
            return Err(Error::InvalidTickUnit);
        }
        let header = Header {
            kind: Kind::Ring,
            version: RING_VERSION,
            writer_id: options.writer_id,
            channel_id: options.channel_id,
            capacity,
            max_message_length: (options.max_message_length + 7) & !7,
            timeout: options.timeout,
            creation_time: creation_time(options.tick_unit),
            tick_unit: options.tick_unit,
            policy: options.policy,
            stuck_reader: options.stuck_reader,
            stuck_after_ms: options.stuck_after_ms,
        };
        let file = create_file(root, &header, None)?;
        let memory = Memory::map(&file, header.file_length() as usize, true).inspect_err(|_| {
            remove(&channel_path(root, header.channel_id, "kekbit"));
        })?;
        Ok(RingWriter::new(header, memory, file))
    }

    /// Continues a ring whose writer died, right after the last published record.
    pub fn resume(root: &str, channel_id: u64) -> Result<RingWriter> {
        let file = File::open(&channel_path(root, channel_id, "kekbit"), libc::O_RDWR)?;
        if exists(&channel_path(root, channel_id, "lock")) {
            return Err(Error::StorageNotReady);
        }
        let header = Header::of(&file)?;
        if header.kind != Kind::Ring {
            return Err(Error::IncompatibleVersion);
        }
        if file.length() < header.file_length() {
            return Err(Error::StorageTruncated);
        }
        if !file.try_lock(0, 1)? {
            return Err(Error::WriterExists);
        }
        // Allocates the holes of a sparse file before the mapping.
        file.reserve(header.file_length())?;
        let memory = Memory::map(&file, header.file_length() as usize, true)?;
        let (position, sequence) = find_tail(&memory, &header)?;
        file.write_at(&owner_record(), OWNER)?;
        let mut writer = RingWriter::new(header, memory, file);
        writer.position = position;
        writer.sequence = sequence;
        writer.announced = writer.memory.load_counter(INTENT) * WORD as i64;
        let mut newest = -1;
        for index in 0..CHECKPOINT_COUNT {
            if let Some(entry) = read_checkpoint(&writer.memory, index).filter(|entry| entry.position >= newest) {
                newest = entry.position;
                writer.next_checkpoint = (index + 1) % CHECKPOINT_COUNT;
            }
        }
        writer.epoch = writer.memory.i32(EPOCH).fetch_add(1, Ordering::SeqCst).wrapping_add(1) as u32;
        writer.epoch_untold = true;
        let _ = writer.tell_epoch();
        Ok(writer)
    }

    /// Resumes the ring, or creates it if it does not exist.
    pub fn open(root: &str, options: &RingOptions) -> Result<RingWriter> {
        match RingWriter::create(root, options) {
            Err(Error::StorageAlreadyExists) => RingWriter::resume(root, options.channel_id),
            made => made,
        }
    }

    fn new(header: Header, memory: Memory, file: File) -> RingWriter {
        RingWriter {
            header,
            memory,
            file,
            position: 0,
            sequence: 0,
            epoch: 0,
            epoch_untold: false,
            announced: 0,
            allowed: 0,
            next_checkpoint: 0,
            probe_at: 0,
            held: [(-1, 0); SLOT_COUNT],
            closed: false,
        }
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of records published in this ring so far.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Appends one record; an empty one is a heartbeat. Returns the bytes used in the channel.
    pub fn write(&mut self, data: &[u8]) -> Result<usize> {
        self.write_with(data.len(), |place| place.copy_from_slice(data))
    }

    /// Appends a record of `length` bytes that `fill` writes in place.
    pub fn write_with(&mut self, length: usize, fill: impl FnOnce(&mut [u8])) -> Result<usize> {
        if self.closed {
            return Err(Error::Closed);
        }
        if length > self.header.max_message_length as usize {
            return Err(Error::MaxRecordLengthExceeded);
        }
        self.tell_epoch()?;
        let capacity = self.header.capacity;
        let at = (self.position % capacity as i64) as u32;
        let size = record_size(length as u32);
        let padding = if at + size > capacity { capacity - at } else { 0 };
        self.admit(self.position + (padding + size + WORD) as i64)?;
        let start = RING_DATA + if padding > 0 { 0 } else { at as usize } + WORD as usize;
        // Only the writer stores here: readers load only published records (INV-RING-03, INV-RING-04).
        fill(unsafe { core::slice::from_raw_parts_mut(self.memory.base.add(start), length) });
        Ok(self.publish(padding, if length == 0 { HEARTBEAT_MARK } else { length as i32 }))
    }

    /// Appends records that readers see all at once or not at all: at most a quarter of the capacity.
    pub fn write_batch(&mut self, records: &[&[u8]]) -> Result<usize> {
        if self.closed {
            return Err(Error::Closed);
        }
        if records.iter().any(|record| record.len() > self.header.max_message_length as usize) {
            return Err(Error::MaxRecordLengthExceeded);
        }
        if records.is_empty() {
            return Ok(0);
        }
        self.tell_epoch()?;
        let capacity = self.header.capacity;
        let first = (self.position % capacity as i64) as u32;
        let (mut at, mut taken, mut padding) = (first, 0u64, 0);
        for record in records {
            let size = record_size(record.len() as u32);
            if at + size > capacity {
                padding = capacity - at;
                at = 0;
            }
            taken += size as u64;
            at = (at + size) % capacity;
        }
        if taken > capacity as u64 / 4 {
            return Err(Error::ChannelFull);
        }
        let whole = taken as u32 + padding;
        self.admit(self.position + (whole + WORD) as i64)?;
        let mut first_word = EMPTY;
        at = first;
        for record in records {
            let length = record.len() as u32;
            let size = record_size(length);
            if at + size > capacity {
                self.word(at + 4).store(self.sequence as i32, Ordering::Relaxed);
                if first_word == EMPTY {
                    first_word = PADDING;
                } else {
                    self.word(at).store(PADDING, Ordering::Relaxed);
                }
                at = 0;
            }
            self.memory.copy_in(RING_DATA + (at + WORD) as usize, record);
            self.word(at + 4).store(self.sequence as i32, Ordering::Relaxed);
            let word = if length == 0 { HEARTBEAT_MARK } else { length as i32 };
            if first_word == EMPTY {
                first_word = word;
            } else {
                self.word(at).store(word, Ordering::Relaxed);
            }
            if length > 0 {
                self.sequence += 1;
            }
            at = (at + size) % capacity;
        }
        self.word(at).store(EMPTY, Ordering::Relaxed);
        self.word(first).store(first_word, Ordering::Release);
        self.position += whole as i64;
        self.memory.ring(READERS_ASLEEP, READERS_BELL);
        Ok(whole as usize)
    }

    /// Publishes a heartbeat: readers restart their timeout.
    pub fn heartbeat(&mut self) -> Result<usize> {
        self.write(&[])
    }

    /// Writes all published records to disk and waits for completion.
    pub fn flush(&self) -> Result<()> {
        match unsafe { libc::msync(self.memory.base.cast(), self.memory.length, libc::MS_SYNC) } {
            0 => Ok(()),
            _ => Err(Error::FlushFailed),
        }
    }

    /// Closes the ring: readers end after the last record.
    pub fn close(mut self) -> Result<()> {
        let at = (self.position % self.header.capacity as i64) as u32;
        self.word(at + 4).store(self.sequence as i32, Ordering::Relaxed);
        self.word(at).store(CLOSE_MARK, Ordering::Release);
        self.memory.ring(READERS_ASLEEP, READERS_BELL);
        self.closed = true;
        self.flush()
    }

    /// Sleeps until a reader frees space, for at most 200 ms: after [`Error::BackPressured`].
    pub fn wait_for_room(&self, milliseconds: u32) {
        self.memory.sleep(WRITER_ASLEEP, WRITER_BELL, milliseconds, || self.readers_allow() <= self.allowed);
    }

    fn word(&self, at: u32) -> &AtomicI32 {
        self.memory.i32(RING_DATA + at as usize)
    }

    /// INV-RING-03, INV-RING-04, INV-SLOT-02: stores the intent, loads the slots, and only then may store.
    fn admit(&mut self, end: i64) -> Result<()> {
        if end > self.announced {
            self.enter_checkpoint();
            self.announced = end + self.header.capacity as i64 / 16;
            self.memory.store_counter(INTENT, self.announced / WORD as i64);
            fence(Ordering::SeqCst);
        }
        if end <= self.allowed {
            return Ok(());
        }
        self.allowed = self.readers_allow();
        if end <= self.allowed {
            return Ok(());
        }
        let stuck = self.examine_readers(end - self.header.capacity as i64);
        self.allowed = self.readers_allow();
        match end <= self.allowed {
            true => Ok(()),
            false if stuck => Err(Error::ReaderStuck),
            false => Err(Error::BackPressured),
        }
    }

    /// INV-RING-06: the writer stores a checkpoint of its next record before it moves the intent.
    fn enter_checkpoint(&mut self) {
        let at = CHECKPOINTS + self.next_checkpoint * CHECKPOINT_LENGTH;
        self.next_checkpoint = (self.next_checkpoint + 1) % CHECKPOINT_COUNT;
        let words = self.position / WORD as i64;
        let version = self.memory.i32(at).load(Ordering::Relaxed) | 1;
        self.memory.i32(at).store(version, Ordering::Release);
        fence(Ordering::Release);
        let fields = [words, words >> 32, self.sequence, self.sequence >> 32, self.epoch as i64];
        for (i, field) in fields.into_iter().enumerate() {
            self.memory.i32(at + 4 + 4 * i).store(field as i32, Ordering::Relaxed);
        }
        self.memory.i32(at).store(version.wrapping_add(1), Ordering::Release);
    }

    fn readers_allow(&self) -> i64 {
        if self.header.policy == Policy::Overwrite {
            return self.announced;
        }
        let slowest = (0..SLOT_COUNT).filter_map(|slot| active_position(&self.memory, slot)).min();
        slowest.map_or(self.announced, |position| self.announced.min(position + self.header.capacity as i64))
    }

    /// INV-SLOT-01, INV-SLOT-03: a slot whose lock is free has no live reader and never blocks the writer.
    fn examine_readers(&mut self, needed: i64) -> bool {
        let time = now(1);
        if time < self.probe_at {
            return false;
        }
        self.probe_at = time + 2_000_000;
        let mut stuck = false;
        for slot in 0..SLOT_COUNT {
            let at = SLOTS + slot * SLOT_LENGTH;
            let state = self.memory.i32(at).load(Ordering::Acquire);
            let Some(position) = active_position(&self.memory, slot).filter(|position| *position < needed) else {
                continue;
            };
            let exchange = |next: i32| {
                let changed = state & !STATE_BITS | next;
                let _ = self.memory.i32(at).compare_exchange(state, changed, Ordering::SeqCst, Ordering::SeqCst);
            };
            if !self.file.is_locked(at as i64, 1) {
                exchange(FREE);
            } else if self.held[slot].0 != position {
                self.held[slot] = (position, time);
            } else if time - self.held[slot].1 >= self.header.stuck_after_ms as i128 * 1_000_000 {
                match self.header.stuck_reader {
                    StuckReader::Evict => exchange(EVICTED),
                    StuckReader::Fail => stuck = true,
                    StuckReader::Wait => {}
                }
            }
        }
        stuck
    }

    /// INV-RING-01, INV-RING-02: the word after the unit is EMPTY, and the first commit word is stored last.
    fn publish(&mut self, padding: u32, word: i32) -> usize {
        let capacity = self.header.capacity;
        let at = (self.position % capacity as i64) as u32;
        let start = if padding > 0 { 0 } else { at };
        let size = if word > 0 { record_size(word as u32) } else { WORD };
        let sequence = self.sequence as i32;
        self.word((start + size) % capacity).store(EMPTY, Ordering::Relaxed);
        self.word(start + 4).store(sequence, Ordering::Relaxed);
        if padding > 0 {
            self.word(start).store(word, Ordering::Relaxed);
            self.word(at + 4).store(sequence, Ordering::Relaxed);
            self.word(at).store(PADDING, Ordering::Release);
        } else {
            self.word(at).store(word, Ordering::Release);
        }
        if word > 0 {
            self.sequence += 1;
        }
        self.position += (padding + size) as i64;
        self.memory.ring(READERS_ASLEEP, READERS_BELL);
        (padding + size) as usize
    }

    fn tell_epoch(&mut self) -> Result<()> {
        if self.epoch_untold {
            self.admit(self.position + 2 * WORD as i64)?;
            self.epoch_untold = false;
            self.publish(0, EPOCH_MARK);
        }
        Ok(())
    }
}

/// Position of an active reader in bytes.
fn active_position(memory: &Memory, slot: usize) -> Option<i64> {
    let at = SLOTS + slot * SLOT_LENGTH;
    let active = memory.i32(at).load(Ordering::Acquire) & STATE_BITS == ACTIVE;
    active.then(|| memory.load_counter(at + SLOT_POSITION) * WORD as i64)
}

/// INV-RING-07: a successor continues right after the last published unit.
fn find_tail(memory: &Memory, header: &Header) -> Result<(i64, i64)> {
    let newest = checkpoints(memory).last().copied();
    let start = newest.map_or(0, |entry| entry.position);
    let mut sequence = newest.map_or(0, |entry| entry.sequence);
    let mut position = start;
    let capacity = header.capacity;
    while position - start <= capacity as i64 {
        let at = (position % capacity as i64) as u32;
        let word = memory.i32(RING_DATA + at as usize).load(Ordering::Acquire);
        if word == EMPTY {
            return Ok((position, sequence));
        }
        if memory.i32(RING_DATA + at as usize + 4).load(Ordering::Relaxed) != sequence as i32 {
            break;
        }
        match word {
            CLOSE_MARK => return Err(Error::Closed),
            PADDING => position += (capacity - at) as i64,
            HEARTBEAT_MARK | EPOCH_MARK => position += WORD as i64,
            _ if word > 0 && word as u32 <= header.max_message_length && at + record_size(word as u32) <= capacity => {
                position += record_size(word as u32) as i64;
                sequence += 1;
            }
            _ => break,
        }
    }
    Err(Error::CorruptChannel)
}

/// Options of a new log. The defaults: 16 MiB, records of up to 64 KiB, a timeout of 10 seconds.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    pub channel_id: u64,
    pub writer_id: u64,
    /// Bytes: 16,384 to 4,294,966,240, rounded up to a multiple of 8.
    pub capacity: u32,
    /// Bytes: at most `capacity / 128 - 8`.
    pub max_message_length: u32,
    pub timeout: u64,
    pub tick_unit: u8,
}

impl LogOptions {
    pub fn new(channel_id: u64) -> LogOptions {
        let (capacity, max_message_length) = (1 << 24, 65_536);
        LogOptions { channel_id, writer_id: 0, capacity, max_message_length, timeout: 10_000, tick_unit: 3 }
    }
}

/// The bell file beside a log. A log works without one: readers then sleep at intervals.
struct BellFile(Memory);

impl BellFile {
    fn create(path: &str) -> Result<BellFile> {
        remove(path);
        let file = File::open(path, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL)?;
        file.reserve(BELL_LENGTH as i64)?;
        file.write_at(b"RWBELL01", 0)?;
        file.write_at(&owner_record(), BELL_OWNER)?;
        Ok(BellFile(Memory::map(&file, BELL_LENGTH, true)?))
    }

    fn open(path: &str) -> Option<BellFile> {
        let file = File::open(path, libc::O_RDWR).ok()?;
        let mut signature = [0; 8];
        let sound = file.length() >= BELL_LENGTH as i64 && file.read_at(&mut signature, 0).ok()? == 8;
        if !sound || &signature != b"RWBELL01" {
            return None;
        }
        Memory::map(&file, BELL_LENGTH, true).ok().map(BellFile)
    }
}

/// The only writer of a log, which kekbit also reads. Dropping it without [`LogWriter::close`] leaves the log open.
pub struct LogWriter {
    header: Header,
    memory: Memory,
    bell: Option<BellFile>,
    file: File,
    position: i64,
    sequence: i64,
}

impl LogWriter {
    pub fn create(root: &str, options: &LogOptions) -> Result<LogWriter> {
        if options.capacity > 4_294_966_240 {
            return Err(Error::InvalidCapacity);
        }
        let capacity = (options.capacity.max(16_384) + 7) & !7;
        let limit = (options.max_message_length as u64 + 8).min(capacity as u64 / 128 - 8);
        let header = Header {
            kind: Kind::Log,
            version: LOG_VERSION,
            writer_id: options.writer_id,
            channel_id: options.channel_id,
            capacity,
            max_message_length: (limit as u32 + 7) & !7,
            timeout: options.timeout,
            creation_time: creation_time(options.tick_unit),
            tick_unit: options.tick_unit,
            policy: Policy::Overwrite,
            stuck_reader: StuckReader::Wait,
            stuck_after_ms: 0,
        };
        let file = create_file(root, &header, Some((&WATERMARK.to_le_bytes(), LOG_DATA as i64)))?;
        let memory = Memory::map(&file, header.file_length() as usize, true)?;
        let bell = BellFile::create(&channel_path(root, header.channel_id, "bell")).ok();
        Ok(LogWriter { header, memory, bell, file, position: 0, sequence: 0 })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Appends one record; an empty one is a heartbeat. Returns the bytes used in the channel.
    pub fn write(&mut self, data: &[u8]) -> Result<usize> {
        self.write_batch(&[data])
    }

    /// Appends records that readers see all at once or not at all.
    pub fn write_batch(&mut self, records: &[&[u8]]) -> Result<usize> {
        if records.iter().any(|record| record.len() > self.header.max_message_length as usize) {
            return Err(Error::MaxRecordLengthExceeded);
        }
        let Some(first) = records.first() else { return Ok(0) };
        let taken: i64 = records.iter().map(|record| record_size(record.len() as u32) as i64).sum();
        if self.position + taken > self.header.capacity as i64 - RESERVED_TAIL {
            return Err(Error::ChannelFull);
        }
        let mut at = self.position;
        for (i, record) in records.iter().enumerate() {
            self.memory.copy_in(LOG_DATA + at as usize + WORD as usize, record);
            if i > 0 {
                self.word(at).store(record.len() as i64, Ordering::Relaxed);
            }
            at += record_size(record.len() as u32) as i64;
            self.sequence += !record.is_empty() as i64;
        }
        // INV-LOG-02: a marker stands after the records; INV-LOG-01: storing the first length publishes them.
        self.word(at).store(WATERMARK, Ordering::Relaxed);
        self.word(self.position).store(first.len() as i64, Ordering::Release);
        self.position = at;
        self.ring();
        Ok(taken as usize)
    }

    /// Publishes a heartbeat: readers restart their timeout.
    pub fn heartbeat(&mut self) -> Result<usize> {
        self.write(&[])
    }

    /// Writes all published records to disk and waits for completion.
    pub fn flush(&self) -> Result<()> {
        match unsafe { libc::msync(self.memory.base.cast(), self.memory.length, libc::MS_SYNC) } {
            0 => Ok(()),
            _ => Err(Error::FlushFailed),
        }
    }

    /// Closes the log: readers end after the last record.
    pub fn close(self) -> Result<()> {
        self.word(self.position).store(LOG_CLOSE, Ordering::Release);
        self.ring();
        self.flush()
    }

    fn word(&self, position: i64) -> &AtomicI64 {
        self.memory.i64(LOG_DATA + position as usize)
    }

    fn ring(&self) {
        if let Some(BellFile(memory)) = &self.bell {
            memory.ring(BELL_ASLEEP, BELL_RINGS);
        }
    }
}

// ---- readers ----------------------------------------------------------------------------------------------------------------

/// Start position of a ring reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    #[default]
    Oldest,
    Newest,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct ReaderOptions<'a> {
    pub start: Start,
    /// On a back-pressure ring: read without back pressure.
    pub observe: bool,
    /// For display; at most 63 bytes.
    pub name: &'a str,
}

/// The losses of a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    pub losses: u64,
    pub records: u64,
    pub bytes: u64,
}

/// A reader of a ring or a log. Records of a ring are validated copies.
pub struct Reader {
    header: Header,
    memory: Memory,
    bell: Option<BellFile>,
    file: File,
    writable: bool,
    position: i64,
    sequence: i64,
    epoch: u32,
    heartbeats: u64,
    losses: Losses,
    laps_in_a_row: usize,
    slot: Option<usize>,
    active: i32,
    published: i64,
    sound_zeros: i64,
    readable: i64,
    end: Option<Error>,
    copy: Vec<u8>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(slot) = self.slot else { return };
        let state = self.memory.i32(slot).load(Ordering::Acquire);
        self.memory.i32(slot).store(state & !STATE_BITS, Ordering::Release);
        self.memory.ring_now(WRITER_ASLEEP, WRITER_BELL);
        self.file.unlock(slot as i64, 1);
    }
}

impl Reader {
    /// Opens a channel of either kind. On a back-pressure ring it registers, unless it observes: the writer waits for it.
    pub fn open(root: &str, channel_id: u64, options: &ReaderOptions) -> Result<Reader> {
        let path = channel_path(root, channel_id, "kekbit");
        let creating = exists(&channel_path(root, channel_id, "lock"));
        let (file, writable) = match File::open(&path, libc::O_RDWR) {
            Ok(file) => (file, true),
            Err(Error::CouldNotAccessStorage) => (File::open(&path, libc::O_RDONLY)?, false),
            Err(Error::StorageNotFound) if creating => return Err(Error::StorageNotReady),
            Err(error) => return Err(error),
        };
        if creating {
            return Err(Error::StorageNotReady);
        }
        let header = Header::of(&file)?;
        let ring = header.kind == Kind::Ring;
        let length = file.length();
        if length < if ring { header.file_length() } else { (LOG_DATA + WORD as usize) as i64 } {
            return Err(Error::StorageTruncated);
        }
        let registers = ring && header.policy == Policy::BackPressure && !options.observe;
        if registers && !writable {
            return Err(Error::CouldNotAccessStorage);
        }
        // INV-READ-01: a reader touches no byte at or after the length of the file at open.
        let mapped = length.min(header.file_length());
        let memory = Memory::map(&file, mapped as usize, writable && ring)?;
        let bell = if ring { None } else { BellFile::open(&channel_path(root, channel_id, "bell")) };
        let mut reader = Reader {
            header,
            memory,
            bell,
            file,
            writable,
            position: 0,
            sequence: 0,
            epoch: 0,
            heartbeats: 0,
            losses: Losses::default(),
            laps_in_a_row: 0,
            slot: None,
            active: 0,
            published: -1,
            sound_zeros: 0,
            readable: mapped - LOG_DATA as i64,
            end: None,
            copy: Vec::new(),
        };
        if ring {
            reader.start(options, registers)?;
        }
        Ok(reader)
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Position of the next record in bytes since the beginning.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Sequence number of the next record; the first has 0.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    pub fn heartbeats(&self) -> u64 {
        self.heartbeats
    }

    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// Number of writer takeovers before the last record was written.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Why the channel ended; [`Error::Closed`] after a close.
    pub fn end_reason(&self) -> Option<Error> {
        self.end
    }

    /// Whether a process holds the writer's lock.
    pub fn writer_alive(&self) -> bool {
        self.file.is_locked(0, self.header.lock_length())
    }

    /// The next record, or `None` if none is available or the writer closed the channel (see [`Reader::end_reason`]).
    pub fn try_read(&mut self) -> Result<Option<&[u8]>> {
        for _ in 0..9 {
            let Some(length) = self.step()? else { return Ok(None) };
            let at = self.header.data_offset() + self.offset() + WORD as usize;
            let mut copy = core::mem::take(&mut self.copy);
            copy.resize(length as usize, 0);
            self.memory.copy_out(at, &mut copy);
            self.copy = copy;
            // INV-RING-05: a delivered record was validated after it was copied.
            if self.header.kind == Kind::Ring && !self.is_safe() {
                if !self.overtaken()? {
                    return Ok(None);
                }
                continue;
            }
            self.laps_in_a_row = 0;
            self.position += record_size(length) as i64;
            self.sequence += 1;
            self.publish_position();
            return Ok(Some(&self.copy));
        }
        Ok(None)
    }

    /// Sleeps until the writer publishes, for at most 200 ms. Call after a read without a record.
    pub fn wait(&mut self, milliseconds: u32) {
        if self.end.is_some() {
            return;
        }
        let ring = self.header.kind == Kind::Ring;
        let (asleep, rings) = if ring { (READERS_ASLEEP, READERS_BELL) } else { (BELL_ASLEEP, BELL_RINGS) };
        let place = if ring { self.position % self.header.capacity as i64 } else { self.position };
        let word = self.header.data_offset() + place as usize;
        let memory = match (&self.bell, ring && self.writable) {
            (_, true) => &self.memory,
            (Some(BellFile(memory)), _) => memory,
            _ => {
                let time = libc::Timespec { seconds: 0, nanoseconds: 1_000_000 };
                unsafe { libc::nanosleep(&time, core::ptr::null_mut()) };
                return;
            }
        };
        memory.sleep(asleep, rings, milliseconds, || {
            let found = self.memory.i32(word).load(Ordering::Acquire);
            if ring {
                found == EMPTY
            } else {
                found == WATERMARK as i32
            }
        });
    }

    fn offset(&self) -> usize {
        match self.header.kind {
            Kind::Ring => (self.position % self.header.capacity as i64) as usize,
            Kind::Log => self.position as usize,
        }
    }

    fn fail<T>(&mut self, error: Error) -> Result<T> {
        self.end = Some(error);
        Err(error)
    }

    fn start(&mut self, options: &ReaderOptions, registers: bool) -> Result<()> {
        self.seek_oldest(0);
        if registers {
            self.take_slot(options.name)?;
            self.register()?;
        }
        if options.start == Start::Newest {
            if let Some(newest) = checkpoints(&self.memory).last() {
                (self.position, self.sequence) = (newest.position, newest.sequence);
            }
            self.skip_to_end()?;
        }
        self.losses = Losses::default();
        self.epoch = self.memory.i32(EPOCH).load(Ordering::Acquire) as u32;
        self.publish_position();
        Ok(())
    }

    fn floor(&self) -> i64 {
        self.memory.load_counter(INTENT) * WORD as i64 - self.header.capacity as i64
    }

    fn seek_oldest(&mut self, skip: usize) {
        let floor = self.floor();
        let safe: Vec<_> = checkpoints(&self.memory).into_iter().filter(|entry| entry.position >= floor).collect();
        let chosen = safe.get(skip.min(safe.len().saturating_sub(1)));
        (self.position, self.sequence) = chosen.map_or((0, 0), |entry| (entry.position, entry.sequence));
    }

    /// INV-SLOT-01: a slot belongs to the process that holds the kernel lock on its first byte.
    fn take_slot(&mut self, name: &str) -> Result<()> {
        for slot in 0..SLOT_COUNT {
            let at = SLOTS + slot * SLOT_LENGTH;
            if !self.file.try_lock(at as i64, 1)? {
                continue;
            }
            let word = self.memory.i32(at);
            let generation = ((word.load(Ordering::Acquire) as u32 >> 2) + 1) % (1 << 29);
            word.store((generation << 2) as i32 | JOINING, Ordering::Release);
            self.slot = Some(at);
            self.active = (generation << 2) as i32 | ACTIVE;
            let pid = unsafe { libc::getpid() };
            let start: u64 = start_time().parse().unwrap_or(0);
            for (offset, value) in [(4, pid), (8, start as i32), (12, 0), (SLOT_LAPS, 0)] {
                self.memory.i32(at + offset).store(value, Ordering::Relaxed);
            }
            self.memory.store_counter(at + SLOT_LOST, 0);
            let mut text = [0u8; 64];
            let length = name.len().min(63);
            text[0] = length as u8;
            text[1..=length].copy_from_slice(&name.as_bytes()[..length]);
            self.memory.copy_in(at + 16, &text);
            return Ok(());
        }
        Err(Error::NoReaderSlot)
    }

    /// INV-SLOT-02: stores its position, then `active`, and then loads the intent.
    fn register(&mut self) -> Result<()> {
        let Some(slot) = self.slot else { return Ok(()) };
        for attempt in 0..80 {
            self.memory.store_counter(slot + SLOT_POSITION, self.position / WORD as i64);
            self.published = self.position;
            self.memory.i32(slot).store(self.active, Ordering::Release);
            fence(Ordering::SeqCst);
            if self.floor() <= self.position {
                return Ok(());
            }
            self.seek_oldest(attempt);
        }
        Err(Error::CorruptChannel)
    }

    fn is_safe(&self) -> bool {
        fence(Ordering::Acquire);
        match self.slot {
            Some(slot) => self.memory.i32(slot).load(Ordering::Acquire) == self.active,
            None => {
                let intent = self.memory.counter_upper_bound(INTENT) * WORD as i64;
                intent <= self.position + self.header.capacity as i64
            }
        }
    }

    /// The writer lapped this reader: continues at the oldest safe record and counts the loss.
    fn overtaken(&mut self) -> Result<bool> {
        if self.slot.is_some() {
            return self.fail(Error::Evicted);
        }
        for _ in 0..8 {
            let (floor, from) = (self.floor(), self.position);
            if floor <= from {
                return Ok(true);
            }
            let most = floor + self.header.capacity as i64;
            let safe: Vec<_> = checkpoints(&self.memory)
                .into_iter()
                .filter(|c| c.position >= floor && c.position <= most && c.position > from && c.sequence >= self.sequence)
                .collect();
            let Some(next) = safe.get(self.laps_in_a_row.min(safe.len().saturating_sub(1))) else { continue };
            self.laps_in_a_row += 1;
            self.losses.losses += 1;
            self.losses.records += (next.sequence - self.sequence) as u64;
            self.losses.bytes += (next.position - from) as u64;
            self.epoch = self.epoch.max(next.epoch);
            (self.position, self.sequence) = (next.position, next.sequence);
            return Ok(true);
        }
        Ok(false)
    }

    fn publish_position(&mut self) {
        let Some(slot) = self.slot.filter(|_| self.position != self.published) else { return };
        self.published = self.position;
        self.memory.store_counter(slot + SLOT_POSITION, self.position / WORD as i64);
        self.memory.ring(WRITER_ASLEEP, WRITER_BELL);
    }

    fn skip_to_end(&mut self) -> Result<()> {
        let end = self.memory.load_counter(INTENT) * WORD as i64;
        while self.position < end {
            let Some(length) = self.step()? else { return Ok(()) };
            if !self.is_safe() {
                if !self.overtaken()? {
                    return Ok(());
                }
                continue;
            }
            self.position += record_size(length) as i64;
            self.sequence += 1;
        }
        Ok(())
    }

    /// The length of the record at the position; skips marks. `None` if none is available, or at the end.
    fn step(&mut self) -> Result<Option<u32>> {
        match self.end {
            Some(Error::Closed) => Ok(None),
            Some(error) => Err(error),
            None if self.header.kind == Kind::Ring => self.ring_step(),
            None => self.log_step(),
        }
    }

    fn ring_step(&mut self) -> Result<Option<u32>> {
        let capacity = self.header.capacity;
        let mut left = capacity as i64; // One call walks over one capacity at most.
        let mut attempts = 0;
        while left > 0 {
            let offset = self.offset() as u32;
            let word = self.memory.i32(RING_DATA + offset as usize).load(Ordering::Acquire);
            let sequence = self.memory.i32(RING_DATA + offset as usize + 4).load(Ordering::Relaxed);
            if !self.is_safe() {
                attempts += 1;
                if attempts <= 8 && self.overtaken()? {
                    continue;
                }
                return Ok(None);
            }
            if word == EMPTY {
                break;
            }
            if sequence != self.sequence as i32 {
                return self.fail(Error::CorruptChannel);
            }
            if word == CLOSE_MARK {
                self.end = Some(Error::Closed);
                return Ok(None);
            }
            if self.memory.counter_upper_bound(INTENT) * WORD as i64 + capacity as i64 <= self.position {
                return self.fail(Error::CorruptChannel);
            }
            if word > 0 {
                // INV-READ-01: lengths are checked before every use.
                if word as u32 > self.header.max_message_length || offset + record_size(word as u32) > capacity {
                    return self.fail(Error::CorruptChannel);
                }
                return Ok(Some(word as u32));
            }
            let passed = match word {
                PADDING => capacity - offset,
                HEARTBEAT_MARK => {
                    self.heartbeats += 1;
                    WORD
                }
                EPOCH_MARK => {
                    self.epoch = self.memory.i32(EPOCH).load(Ordering::Acquire) as u32;
                    WORD
                }
                _ => return self.fail(Error::CorruptChannel),
            };
            left -= passed as i64;
            self.position += passed as i64;
        }
        self.publish_position();
        Ok(None)
    }

    fn log_word(&self, position: i64) -> i64 {
        self.memory.i64(LOG_DATA + position as usize).load(Ordering::Acquire)
    }

    /// INV-LOG-01: the word is loaded as one aligned 64-bit word.
    fn log_step(&mut self) -> Result<Option<u32>> {
        loop {
            if self.position + WORD as i64 > self.readable {
                return self.fail(Error::StorageTruncated);
            }
            let word = self.log_word(self.position);
            if word == WATERMARK {
                return Ok(None);
            }
            if word == LOG_CLOSE {
                self.end = Some(Error::Closed);
                return Ok(None);
            }
            if word < 0 || word > self.header.max_message_length as i64 {
                return self.fail(Error::CorruptChannel);
            }
            if self.position + record_size(word as u32) as i64 > self.header.capacity as i64 {
                return self.fail(Error::CorruptChannel);
            }
            if self.position + WORD as i64 + word > self.readable {
                return self.fail(Error::StorageTruncated);
            }
            if word > 0 {
                return Ok(Some(word as u32));
            }
            self.pass_heartbeats()?;
        }
    }

    /// Heartbeats are zeros with another word after them in the data area; zeros up to its end are a hole.
    fn pass_heartbeats(&mut self) -> Result<()> {
        let mut at = self.position.max(self.sound_zeros);
        while at + WORD as i64 <= self.readable && self.log_word(at) == 0 {
            at += WORD as i64;
        }
        if at + WORD as i64 > self.readable {
            let hole = at > self.header.capacity as i64;
            return self.fail(if hole { Error::CorruptChannel } else { Error::StorageTruncated });
        }
        self.sound_zeros = at;
        self.heartbeats += ((at - self.position) / WORD as i64) as u64;
        self.position = at;
        Ok(())
    }
}
