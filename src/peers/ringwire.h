/*
 * ringwire.h: rings and logs of ringwire from C11 and C++17.
 *
 * One header, no dependency. Linux on x86-64 and arm64, little endian, gcc or clang. Copy this file into your project
 * and include it; every function is static.
 *
 *   rw_writer w;                                        rw_reader r;
 *   rw_ring_options o = rw_ring_defaults(7);            rw_reader_open(&r, "/dev/shm/app", 7, NULL);
 *   rw_ring_open(&w, "/dev/shm/app", &o);               while ((n = rw_read(&r, &data, &length)) >= 0)
 *   rw_write(&w, "hello", 5);                             if (n == 0) rw_wait(&r, 200); else use(data, length);
 *   rw_writer_close(&w);                                rw_reader_close(&r);
 *
 * Functions return 0 or a positive number, or a negative rw_result: rw_name(result) is its code ("CHANNEL_FULL"),
 * rw_text(result) says what to do. A writer or reader belongs to one thread at a time.
 *
 * Formats: docs/format-ring.md and docs/format.md of ringwire. An id such as INV-RING-01 names an invariant of
 * docs/spec.md. It is beside each store and load that keeps it.
 *
 * Copyright the ringwire authors. SPDX-License-Identifier: Apache-2.0
 */
#ifndef RINGWIRE_H
#define RINGWIRE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined(O_CLOEXEC) || !defined(O_NOFOLLOW)
#error "include ringwire.h before system headers, or define _GNU_SOURCE on the command line"
#endif
#if !defined(__linux__) || !(defined(__x86_64__) || defined(__aarch64__))
#error "ringwire.h supports Linux on x86-64 and arm64"
#endif

/* Named points of the protocol at which a test ends the process. */
#ifndef RW_POINT
#define RW_POINT(name) ((void)0)
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define RW_API static inline __attribute__((unused))

#ifndef F_OFD_GETLK
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#endif

/* ---- results ------------------------------------------------------------------------------------------------- */

typedef enum rw_result {
  RW_OK = 0,
  RW_BACK_PRESSURED = -2,       /* registered readers have not caught up: try again later */
  RW_CLOSED = -4,               /* the writer closed the channel; no record follows */
  RW_CHANNEL_FULL = -5,         /* the record does not fit into the rest of the log, or the batch is too large */
  RW_RECORD_TOO_LONG = -6,      /* the record is longer than the channel allows */
  RW_READER_STUCK = -7,         /* a registered reader has not moved for longer than the ring allows */
  RW_STORAGE_NOT_FOUND = -20,
  RW_STORAGE_NOT_READY = -21,
  RW_STORAGE_ALREADY_EXISTS = -22,
  RW_STORAGE_TRUNCATED = -23,
  RW_COULD_NOT_ACCESS_STORAGE = -24,
  RW_NO_SPACE = -25,
  RW_MEMORY_MAPPING_FAILED = -26,
  RW_FLUSH_FAILED = -27,
  RW_INVALID_SIGNATURE = -30,
  RW_INCOMPATIBLE_VERSION = -31,
  RW_INVALID_CAPACITY = -32,
  RW_INVALID_MAX_MESSAGE_LENGTH = -33,
  RW_INVALID_TICK_UNIT = -34,
  RW_CORRUPT_CHANNEL = -35,
  RW_WRITER_EXISTS = -40,
  RW_NO_READER_SLOT = -41,
  RW_EVICTED = -42,             /* the writer evicted this registered reader */
  RW_CLAIM_PENDING = -43,
  RW_NO_CLAIM = -44,
  RW_INVALID_ARGUMENT = -45
} rw_result;

/* The code of a result, as ringwire's TypeScript names it. */
RW_API const char *rw_name(int result) {
  switch (result) {
    case RW_BACK_PRESSURED: return "BACK_PRESSURED";
    case RW_CLOSED: return "CLOSED";
    case RW_CHANNEL_FULL: return "CHANNEL_FULL";
    case RW_RECORD_TOO_LONG: return "MAX_RECORD_LENGTH_EXCEEDED";
    case RW_READER_STUCK: return "BACK_PRESSURED";
    case RW_STORAGE_NOT_FOUND: return "STORAGE_NOT_FOUND";
    case RW_STORAGE_NOT_READY: return "STORAGE_NOT_READY";
    case RW_STORAGE_ALREADY_EXISTS: return "STORAGE_ALREADY_EXISTS";
    case RW_STORAGE_TRUNCATED: return "STORAGE_TRUNCATED";
    case RW_COULD_NOT_ACCESS_STORAGE: return "COULD_NOT_ACCESS_STORAGE";
    case RW_NO_SPACE: return "NO_SPACE";
    case RW_MEMORY_MAPPING_FAILED: return "MEMORY_MAPPING_FAILED";
    case RW_FLUSH_FAILED: return "FLUSH_FAILED";
    case RW_INVALID_SIGNATURE: return "INVALID_SIGNATURE";
    case RW_INCOMPATIBLE_VERSION: return "INCOMPATIBLE_VERSION";
    case RW_INVALID_CAPACITY: return "INVALID_CAPACITY";
    case RW_INVALID_MAX_MESSAGE_LENGTH: return "INVALID_MAX_MESSAGE_LENGTH";
    case RW_INVALID_TICK_UNIT: return "INVALID_TICK_UNIT";
    case RW_CORRUPT_CHANNEL: return "CORRUPT_CHANNEL";
    case RW_WRITER_EXISTS: return "WRITER_EXISTS";
    case RW_NO_READER_SLOT: return "NO_READER_SLOT";
    case RW_EVICTED: return "EVICTED";
    case RW_CLAIM_PENDING: return "CLAIM_PENDING";
    case RW_NO_CLAIM: return "NO_CLAIM";
    case RW_INVALID_ARGUMENT: return "INVALID_ARGUMENT";
    default: return result >= 0 ? "OK" : "UNKNOWN";
  }
}

/* What a result means and what to do. */
RW_API const char *rw_text(int result) {
  switch (result) {
    case RW_BACK_PRESSURED: return "registered readers have not caught up: try again later";
    case RW_CLOSED: return "the channel is closed: no record follows";
    case RW_CHANNEL_FULL: return "the record does not fit in what is left: start a new channel, or split the batch";
    case RW_RECORD_TOO_LONG: return "the record is longer than the channel allows: create it with a larger maximum";
    case RW_READER_STUCK: return "a registered reader has stopped reading: end it, or create the ring with evict";
    case RW_STORAGE_NOT_FOUND: return "no channel at this path: start its writer first";
    case RW_STORAGE_NOT_READY: return "the channel is being created: try again";
    case RW_STORAGE_ALREADY_EXISTS: return "the channel exists: use another id, resume it, or remove the file";
    case RW_STORAGE_TRUNCATED: return "the file is shorter than its channel: it was cut or never written";
    case RW_COULD_NOT_ACCESS_STORAGE: return "the file cannot be opened, created or locked: see errno";
    case RW_NO_SPACE: return "no room on the disk: free space, or use a smaller capacity";
    case RW_MEMORY_MAPPING_FAILED: return "the file cannot be mapped: see errno";
    case RW_FLUSH_FAILED: return "the changes could not be written to the disk: see errno";
    case RW_INVALID_SIGNATURE: return "the file is not a channel";
    case RW_INCOMPATIBLE_VERSION: return "the file has a version that this header does not know";
    case RW_INVALID_CAPACITY: return "the capacity is out of range";
    case RW_INVALID_MAX_MESSAGE_LENGTH: return "the maximum length of a record is out of range";
    case RW_INVALID_TICK_UNIT: return "the tick unit is not 0, 3, 6 or 9";
    case RW_CORRUPT_CHANNEL: return "the channel is damaged; the records before this position are sound";
    case RW_WRITER_EXISTS: return "another process writes to this channel: it takes one writer at a time";
    case RW_NO_READER_SLOT: return "all reader slots are taken: close a reader, or observe";
    case RW_EVICTED: return "the writer went past this reader: open it again and count the loss";
    case RW_CLAIM_PENDING: return "a claim is open: commit or abort it first";
    case RW_NO_CLAIM: return "nothing is claimed: claim first";
    case RW_INVALID_ARGUMENT: return "an argument is out of range";
    default: return "";
  }
}

/* ---- orderings ------------------------------------------------------------------------------------------------
 * x86-64 keeps loads in order, and stores in order; arm64 keeps neither. Each of these is what the compiler and the
 * processor must not undo, and is used with the id of the invariant that needs it. */

RW_API int32_t rw_load_acquire(const void *at) { return __atomic_load_n((const int32_t *)at, __ATOMIC_ACQUIRE); }
RW_API int32_t rw_load_relaxed(const void *at) { return __atomic_load_n((const int32_t *)at, __ATOMIC_RELAXED); }
RW_API void rw_store_release(void *at, int32_t v) { __atomic_store_n((int32_t *)at, v, __ATOMIC_RELEASE); }
RW_API void rw_store_relaxed(void *at, int32_t v) { __atomic_store_n((int32_t *)at, v, __ATOMIC_RELAXED); }
RW_API int64_t rw_load_acquire64(const void *at) { return __atomic_load_n((const int64_t *)at, __ATOMIC_ACQUIRE); }
RW_API void rw_store_release64(void *at, int64_t v) { __atomic_store_n((int64_t *)at, v, __ATOMIC_RELEASE); }
RW_API void rw_store_relaxed64(void *at, int64_t v) { __atomic_store_n((int64_t *)at, v, __ATOMIC_RELAXED); }
/* Stores before it are seen before stores after it. */
RW_API void rw_order_stores(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
/* Loads before it happen before loads after it. */
RW_API void rw_order_loads(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
/* Stores before it are seen before loads after it happen. */
RW_API void rw_order_store_load(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
RW_API void rw_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ __volatile__("yield");
#endif
}

/* Payloads. A reader of an overwriting ring copies bytes that the writer may be storing, and validates afterwards;
 * a race detector gets word-wise relaxed accesses instead. Lengths are rounded up to whole words, which the padding
 * of each record covers. */
#if defined(__SANITIZE_THREAD__)
#define RW_RACE_DETECTOR 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RW_RACE_DETECTOR 1
#endif
#endif

RW_API void rw_copy_in(unsigned char *to, const void *from, size_t length) {
#ifdef RW_RACE_DETECTOR
  const unsigned char *bytes = (const unsigned char *)from;
  size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    int64_t word;
    memcpy(&word, bytes + i, 8);
    rw_store_relaxed64(to + i, word);
  }
  if (i < length) {
    int64_t word = 0;
    memcpy(&word, bytes + i, length - i);
    rw_store_relaxed64(to + i, word);
  }
#else
  memcpy(to, from, length);
#endif
}

RW_API void rw_copy_out(void *to, const unsigned char *from, size_t length) {
#ifdef RW_RACE_DETECTOR
  unsigned char *bytes = (unsigned char *)to;
  size_t i = 0;
  for (; i < length; i += 8) {
    int64_t word = __atomic_load_n((const int64_t *)(const void *)(from + i), __ATOMIC_RELAXED);
    memcpy(bytes + i, &word, length - i < 8 ? length - i : 8);
  }
#else
  memcpy(to, from, length);
#endif
}

/* ---- layout ---------------------------------------------------------------------------------------------------- */

#define RW_SIGNATURE 0x2a5449424b454b2aLL /* "*KEKBIT*" */
#define RW_LOG_VERSION 0x0001000000000000LL
#define RW_RING_VERSION 0x0002000000000000LL
#define RW_NEVER UINT64_MAX /* a timeout that never expires */

enum {
  RW_HEADER_LENGTH = 128,
  RW_WORD = 8,
  /* ring */
  RW_INTENT = 128,
  RW_EPOCH = 256,
  RW_READERS_ASLEEP = 384,
  RW_READERS_BELL = 512,
  RW_WRITER_ASLEEP = 640,
  RW_WRITER_BELL = 768,
  RW_OWNER = 896,
  RW_OWNER_LENGTH = 1024,
  RW_CHECKPOINTS = 2048,
  RW_CHECKPOINT_LENGTH = 64,
  RW_CHECKPOINT_COUNT = 32,
  RW_SLOTS = 4096,
  RW_SLOT_LENGTH = 256,
  RW_SLOT_COUNT = 32,
  RW_FIRST_OBSERVER_SLOT = 16,
  RW_RING_DATA = 12288,
  RW_SLOT_PID = 4,
  RW_SLOT_START = 8,
  RW_SLOT_ROLE = 12,
  RW_SLOT_NAME = 16,
  RW_SLOT_NAME_LENGTH = 64,
  RW_SLOT_POSITION = 128,
  RW_SLOT_LAPS = 144,
  RW_SLOT_LOST = 148,
  /* slot states; the upper bits are the generation */
  RW_FREE = 0,
  RW_JOINING = 1,
  RW_ACTIVE = 2,
  RW_SLOT_EVICTED = 3,
  RW_STATE_BITS = 3,
  /* commit words of a ring other than lengths */
  RW_EMPTY = 0,
  RW_HEARTBEAT_MARK = -1,
  RW_PADDING = -2,
  RW_CLOSE_MARK = -3,
  RW_EPOCH_MARK = -4,
  /* log */
  RW_LOG_DATA = 1024,
  RW_LOG_FOOTER = 32,
  RW_LOG_RESERVED_TAIL = 16,
  RW_BELL_LENGTH = 4096,
  RW_BELL_ASLEEP = 64,
  RW_BELL_RINGS = 192,
  RW_BELL_OWNER = 320
};

#define RW_MIN_RING_CAPACITY 1024u
#define RW_MAX_RING_CAPACITY (1u << 30)
#define RW_MIN_LOG_CAPACITY 16384u
#define RW_MIN_READABLE_LOG_CAPACITY 10240u
#define RW_MAX_LOG_CAPACITY 4294966240u
#define RW_LOG_WATERMARK (-4008636143LL) /* no record is published here yet */
#define RW_LOG_CLOSE (-1LL)

typedef enum rw_policy { RW_OVERWRITE = 0, RW_BACK_PRESSURE = 1 } rw_policy;
typedef enum rw_stuck { RW_STUCK_WAIT = 0, RW_STUCK_EVICT = 1, RW_STUCK_FAIL = 2 } rw_stuck;
typedef enum rw_kind { RW_KIND_LOG = 1, RW_KIND_RING = 2 } rw_kind;
typedef enum rw_tick_unit { RW_SECS = 0, RW_MILLIS = 3, RW_MICROS = 6, RW_NANOS = 9 } rw_tick_unit;

/* The header of a channel. Times and timeouts are in ticks. */
typedef struct rw_header {
  rw_kind kind;
  uint64_t version, writer_id, channel_id, timeout, creation_time;
  uint32_t capacity, max_message_length;
  uint8_t tick_unit;
  uint32_t policy, stuck_reader, stuck_after_ms; /* rings */
} rw_header;

RW_API uint32_t rw_get32(const unsigned char *at) {
  uint32_t v;
  memcpy(&v, at, 4);
  return v;
}
RW_API uint64_t rw_get64(const unsigned char *at) {
  uint64_t v;
  memcpy(&v, at, 8);
  return v;
}
RW_API void rw_put32(unsigned char *at, uint32_t v) { memcpy(at, &v, 4); }
RW_API void rw_put64(unsigned char *at, uint64_t v) { memcpy(at, &v, 8); }

/* Bytes that a record uses, header and padding included. */
RW_API uint32_t rw_record_size(uint32_t length) { return (length + 15u) & ~7u; }

RW_API void rw_encode_header(const rw_header *h, unsigned char bytes[RW_HEADER_LENGTH]) {
  memset(bytes, 0, RW_HEADER_LENGTH);
  rw_put64(bytes, (uint64_t)RW_SIGNATURE);
  rw_put64(bytes + 8, h->version);
  rw_put64(bytes + 16, h->writer_id);
  rw_put64(bytes + 24, h->channel_id);
  rw_put32(bytes + 32, h->capacity);
  rw_put32(bytes + 36, h->max_message_length);
  rw_put64(bytes + 40, h->timeout);
  rw_put64(bytes + 48, h->creation_time);
  bytes[56] = h->tick_unit;
  if (h->kind != RW_KIND_RING) return;
  rw_put32(bytes + 64, h->policy);
  rw_put32(bytes + 68, RW_RING_DATA);
  rw_put32(bytes + 72, RW_SLOT_COUNT);
  rw_put32(bytes + 76, RW_CHECKPOINT_COUNT);
  rw_put32(bytes + 80, h->stuck_reader);
  rw_put32(bytes + 84, h->stuck_after_ms);
}

RW_API int rw_decode_header(const unsigned char bytes[RW_HEADER_LENGTH], rw_header *h) {
  memset(h, 0, sizeof *h);
  if (rw_get64(bytes) != (uint64_t)RW_SIGNATURE) return RW_INVALID_SIGNATURE;
  h->version = rw_get64(bytes + 8);
  h->writer_id = rw_get64(bytes + 16);
  h->channel_id = rw_get64(bytes + 24);
  h->capacity = rw_get32(bytes + 32);
  h->max_message_length = rw_get32(bytes + 36);
  h->timeout = rw_get64(bytes + 40);
  h->creation_time = rw_get64(bytes + 48);
  h->tick_unit = bytes[56];
  if (h->version >> 48 == (uint64_t)RW_RING_VERSION >> 48) {
    h->kind = RW_KIND_RING;
    if (h->capacity < RW_MIN_RING_CAPACITY || h->capacity > RW_MAX_RING_CAPACITY || h->capacity % 128 != 0)
      return RW_INVALID_CAPACITY;
    if (h->max_message_length == 0 || h->max_message_length % 8 != 0 ||
        h->max_message_length > h->capacity / 8 - RW_WORD)
      return RW_INVALID_MAX_MESSAGE_LENGTH;
  } else if (h->version <= (uint64_t)RW_LOG_VERSION) {
    h->kind = RW_KIND_LOG;
    if (h->capacity < RW_MIN_READABLE_LOG_CAPACITY || h->capacity % 8 != 0) return RW_INVALID_CAPACITY;
    if (h->max_message_length % 8 != 0 || h->max_message_length > ((h->capacity / 128 - 8 + 7u) & ~7u))
      return RW_INVALID_MAX_MESSAGE_LENGTH;
  } else {
    return RW_INCOMPATIBLE_VERSION;
  }
  if (h->tick_unit != 0 && h->tick_unit != 3 && h->tick_unit != 6 && h->tick_unit != 9) return RW_INVALID_TICK_UNIT;
  if (h->kind == RW_KIND_LOG) return RW_OK;
  h->policy = rw_get32(bytes + 64);
  h->stuck_reader = rw_get32(bytes + 80);
  h->stuck_after_ms = rw_get32(bytes + 84);
  if (h->policy > 1 || h->stuck_reader > 2 || rw_get32(bytes + 68) != RW_RING_DATA ||
      rw_get32(bytes + 72) != RW_SLOT_COUNT || rw_get32(bytes + 76) != RW_CHECKPOINT_COUNT)
    return RW_CORRUPT_CHANNEL;
  return RW_OK;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

enum { RW_PATH_LENGTH = 4096 };

/* The path of a channel: <root>/HHHH_hhhh/LLLL_llll.<suffix>. `suffix` is kekbit, lock or bell. */
RW_API int rw_channel_path(char out[RW_PATH_LENGTH], const char *root, uint64_t id, const char *suffix) {
  int n = snprintf(out, RW_PATH_LENGTH, "%s/%04x_%04x/%04x_%04x%s%s", root, (unsigned)(id >> 48) & 0xffff,
                   (unsigned)(id >> 32) & 0xffff, (unsigned)(id >> 16) & 0xffff, (unsigned)id & 0xffff,
                   suffix[0] == '\0' ? "" : ".", suffix);
  return n > 0 && n < RW_PATH_LENGTH ? RW_OK : RW_INVALID_ARGUMENT;
}

/* An open-file-description lock: the kernel releases it at the end of the process. */
RW_API int rw_try_lock(int fd, off_t start, off_t length) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return 1;
  return errno == EAGAIN || errno == EACCES ? 0 : RW_COULD_NOT_ACCESS_STORAGE;
}

RW_API void rw_unlock(int fd, off_t start, off_t length) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  (void)fcntl(fd, F_OFD_SETLK, &lock);
}

/* Whether another open file holds a write lock: 1, 0, or -1 if unknown. Only a write lock counts:
 * a process that may only read the file can hold no more than a read lock. */
RW_API int rw_is_locked(int fd, off_t start, off_t length) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return -1;
  return lock.l_type != F_UNLCK;
}

RW_API int64_t rw_monotonic_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

RW_API uint64_t rw_unix_ticks(uint8_t unit) {
  struct timespec t;
  uint64_t nanos, divisor = 1;
  int i;
  clock_gettime(CLOCK_REALTIME, &t);
  nanos = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
  for (i = unit; i < 9; i++) divisor *= 10;
  return nanos / divisor;
}

/* Start of this process in clock ticks since boot, and the boot id: for people who inspect a file. */
RW_API unsigned long long rw_start_time(void) {
  char text[1024], *at;
  unsigned long long value = 0;
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), field;
  ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (n <= 0) return 0;
  text[n] = '\0';
  at = strrchr(text, ')');
  for (field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
  if (at != NULL) value = strtoull(at, NULL, 10);
  return value;
}

RW_API size_t rw_owner_record(unsigned char out[512]) {
  char boot[64] = "";
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC), n;
  ssize_t got = fd < 0 ? 0 : read(fd, boot, sizeof boot - 1);
  if (fd >= 0) close(fd);
  boot[got > 0 ? strcspn(boot, "\n") : 0] = '\0';
  n = snprintf((char *)out + 4, 508, "{\"pid\":%ld,\"startTime\":\"%llu\",\"bootId\":\"%s\"}", (long)getpid(),
               rw_start_time(), boot);
  rw_put32(out, (uint32_t)n);
  return (size_t)n + 4;
}

RW_API int rw_storage_error(void) {
  return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? RW_NO_SPACE
         : errno == ENOENT                                    ? RW_STORAGE_NOT_FOUND
                                                              : RW_COULD_NOT_ACCESS_STORAGE;
}

/* Every block is allocated before a file is mapped: a full disk is an error here, not a SIGBUS later. */
RW_API int rw_reserve(int fd, off_t length) {
  int error;
  do error = posix_fallocate(fd, 0, length);
  while (error == EINTR);
  if (error == 0) return RW_OK;
  errno = error;
  return rw_storage_error();
}

RW_API int rw_write_at(int fd, const void *bytes, size_t length, off_t at) {
  return pwrite(fd, bytes, length, at) == (ssize_t)length ? RW_OK : rw_storage_error();
}

/* Opens a regular file, never through a symbolic link. @returns the descriptor or a result */
RW_API int rw_open_regular(const char *path, int writable) {
  struct stat st;
  int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return rw_storage_error();
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) return fd;
  close(fd);
  errno = EINVAL;
  return RW_COULD_NOT_ACCESS_STORAGE;
}

RW_API int rw_sync_folder(const char *file) {
  char folder[RW_PATH_LENGTH];
  char *slash;
  int fd, result;
  if (strlen(file) >= sizeof folder) return RW_INVALID_ARGUMENT;
  memcpy(folder, file, strlen(file) + 1);
  slash = strrchr(folder, '/');
  if (slash != NULL) *slash = '\0';
  fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return rw_storage_error();
  result = fsync(fd) == 0 ? RW_OK : rw_storage_error();
  close(fd);
  return result;
}

/* Creates `<root>` and the channel's folder below it, for this user alone. */
RW_API int rw_make_folders(const char *file) {
  char folder[RW_PATH_LENGTH];
  char *at;
  if (strlen(file) >= sizeof folder) return RW_INVALID_ARGUMENT;
  memcpy(folder, file, strlen(file) + 1);
  for (at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
    *at = '\0';
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return rw_storage_error();
    *at = '/';
  }
  return RW_OK;
}

/*
 * INV-FILE-01: under its final name a channel is complete: header, first marker, every block allocated, on disk.
 * INV-FILE-02: a creation that fails leaves no file, and changes no file but its own.
 * INV-FILE-03: the writer's lock is held from before the file appears until the writer has closed it or its process
 * has ended.
 * `first` is written at `first_at`, after the header. @returns the descriptor, which holds the lock, or a result
 */
RW_API int rw_create_file(const char *root, const rw_header *h, off_t length, off_t lock_length, const void *first,
                          size_t first_length, off_t first_at) {
  char file[RW_PATH_LENGTH], lock[RW_PATH_LENGTH], temporary[RW_PATH_LENGTH + 32];
  unsigned char header[RW_HEADER_LENGTH], owner[512];
  struct stat st;
  int result, fd = -1, lock_fd;
  if (rw_channel_path(file, root, h->channel_id, "kekbit") != RW_OK) return RW_INVALID_ARGUMENT;
  if (rw_channel_path(lock, root, h->channel_id, "lock") != RW_OK) return RW_INVALID_ARGUMENT;
  if (lstat(file, &st) == 0) return RW_STORAGE_ALREADY_EXISTS;
  if ((result = rw_make_folders(file)) != RW_OK) return result;
  lock_fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock_fd < 0) return errno == EEXIST ? RW_STORAGE_NOT_READY : rw_storage_error();
  snprintf(temporary, sizeof temporary, "%s.%ld.tmp", file, (long)getpid());
  {
    size_t n = rw_owner_record(owner);
    (void)rw_try_lock(lock_fd, 0, 0);
    result = rw_write_at(lock_fd, owner + 4, n - 4, 0);
    rw_encode_header(h, header);
    if (result == RW_OK && lstat(file, &st) == 0) result = RW_STORAGE_ALREADY_EXISTS;
    if (result == RW_OK) {
      (void)unlink(temporary);
      fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (fd < 0) result = rw_storage_error();
    }
    if (result == RW_OK && rw_try_lock(fd, 0, lock_length) != 1) result = RW_COULD_NOT_ACCESS_STORAGE;
    if (result == RW_OK) result = rw_reserve(fd, length);
    if (result == RW_OK) result = rw_write_at(fd, header, sizeof header, 0);
    if (result == RW_OK && h->kind == RW_KIND_RING) result = rw_write_at(fd, owner, n, RW_OWNER);
    if (result == RW_OK && first_length > 0) result = rw_write_at(fd, first, first_length, first_at);
    RW_POINT("file-built");
    if (result == RW_OK && fsync(fd) != 0) result = rw_storage_error();
    if (result == RW_OK && link(temporary, file) != 0)
      result = errno == EEXIST ? RW_STORAGE_ALREADY_EXISTS : rw_storage_error();
    if (result == RW_OK && (result = rw_sync_folder(file)) != RW_OK) (void)unlink(file);
    (void)unlink(temporary);
  }
  RW_POINT("file-named");
  (void)unlink(lock);
  close(lock_fd);
  if (result != RW_OK && fd >= 0) close(fd);
  return result == RW_OK ? fd : result;
}

/* ---- counters: three words, high, low, high again; 53 bits ------------------------------------------------------- */

/* INV-COUNT-01: a change of the high half stores high, low, high again, in this order; any other change stores low. */
RW_API void rw_counter_store(unsigned char *at, int64_t value) {
  int32_t high = (int32_t)(value >> 32);
  if (rw_load_relaxed(at) == high && rw_load_relaxed(at + 8) == high) {
    rw_store_release(at + 4, (int32_t)value);
    return;
  }
  rw_store_release(at, high);
  RW_POINT("counter-high");
  rw_store_release(at + 4, (int32_t)value);
  RW_POINT("counter-low");
  rw_store_release(at + 8, high);
}

/* A counter has 53 bits; a larger value, stored by a hostile peer, counts as the largest. */
RW_API int64_t rw_counter_value(uint32_t high, uint32_t low) {
  uint64_t value = (uint64_t)high << 32 | low;
  return value > UINT64_C(1) << 53 ? INT64_C(1) << 53 : (int64_t)value;
}

/* INV-COUNT-02: never below a value whose store happened before the call. INV-COUNT-03: a store that a death
 * interrupted leaves a value that can still be decoded. */
RW_API int64_t rw_counter_load(const unsigned char *at) {
  uint32_t after = 0, low = 0, before = 0;
  int i;
  for (i = 0; i < 64; i++) {
    after = (uint32_t)rw_load_acquire(at + 8);
    low = (uint32_t)rw_load_acquire(at + 4);
    before = (uint32_t)rw_load_acquire(at);
    if (before == after) return rw_counter_value(before, low);
  }
  return rw_counter_value(low >= 0x80000000u ? after : before, low);
}

RW_API int64_t rw_counter_upper_bound(const unsigned char *at) {
  uint32_t low = (uint32_t)rw_load_acquire(at + 4);
  return rw_counter_value((uint32_t)rw_load_acquire(at), low);
}

/* ---- doorbells --------------------------------------------------------------------------------------------------- */

/* Wakes every sleeper. */
RW_API void rw_ring_bell(unsigned char *asleep, unsigned char *rings) {
  rw_store_release(asleep, 0);
  (void)__atomic_fetch_add((int32_t *)(void *)rings, 1, __ATOMIC_SEQ_CST);
  (void)syscall(SYS_futex, rings, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* INV-BELL-01: the writer commits, then loads `asleep`; a sleeper stores `asleep`, then checks the channel once
 * more. At least one of them sees the other, because the sleeper executes a fence in the writer too: a writer in Node
 * on x86-64 executes none. INV-BELL-02: nothing depends on a wake-up; a sleep lasts 200 ms. */
RW_API void rw_ring_if_asleep(unsigned char *asleep, unsigned char *rings) {
  rw_order_store_load();
  if (rw_load_relaxed(asleep) != 0) rw_ring_bell(asleep, rings);
}

typedef struct rw_sleep {
  int32_t announced; /* rings so far */
  int longest;       /* milliseconds; short where the kernel or a sandbox refuses the fence in other processes */
} rw_sleep;

RW_API rw_sleep rw_announce_sleep(unsigned char *asleep, unsigned char *rings) {
  rw_sleep s;
  s.announced = rw_load_acquire(rings);
  s.longest = 200;
  rw_store_release(asleep, 1);
  rw_order_store_load();
#if defined(__x86_64__)
  if (syscall(SYS_membarrier, 2 /* MEMBARRIER_CMD_GLOBAL_EXPEDITED */, 0, 0) != 0) s.longest = 5;
#endif
  return s;
}

RW_API void rw_sleep_on_bell(unsigned char *rings, rw_sleep s, int milliseconds) {
  struct timespec t;
  int most = milliseconds < 0 ? 0 : milliseconds > s.longest ? s.longest : milliseconds;
  t.tv_sec = 0;
  t.tv_nsec = (long)most * 1000000L;
  (void)syscall(SYS_futex, rings, FUTEX_WAIT, s.announced, &t, NULL, 0);
}

/* ---- checkpoints of a ring ------------------------------------------------------------------------------------ */

typedef struct rw_checkpoint {
  int64_t position; /* bytes */
  int64_t sequence;
  uint32_t epoch;
} rw_checkpoint;

RW_API unsigned char *rw_checkpoint_at(unsigned char *base, int index) {
  return base + RW_CHECKPOINTS + index * RW_CHECKPOINT_LENGTH;
}

RW_API int rw_checkpoint_read(unsigned char *base, int index, rw_checkpoint *out) {
  unsigned char *at = rw_checkpoint_at(base, index);
  int i;
  for (i = 0; i < 8; i++) {
    int32_t version = rw_load_acquire(at);
    uint64_t position, sequence;
    if (version == 0) return 0;
    if (version & 1) continue;
    position = ((uint64_t)(uint32_t)rw_load_relaxed(at + 8) << 32) | (uint32_t)rw_load_relaxed(at + 4);
    sequence = ((uint64_t)(uint32_t)rw_load_relaxed(at + 16) << 32) | (uint32_t)rw_load_relaxed(at + 12);
    out->epoch = (uint32_t)rw_load_relaxed(at + 20);
    rw_order_loads();
    if (rw_load_relaxed(at) != version) continue;
    if (position > (UINT64_C(1) << 50) || sequence > (UINT64_C(1) << 53)) return 0;
    out->position = (int64_t)position * RW_WORD;
    out->sequence = (int64_t)sequence;
    return 1;
  }
  return 0;
}

/* All complete entries, oldest first. @returns their number */
RW_API int rw_checkpoint_list(unsigned char *base, rw_checkpoint out[RW_CHECKPOINT_COUNT]) {
  int count = 0, i, j;
  for (i = 0; i < RW_CHECKPOINT_COUNT; i++) {
    rw_checkpoint one;
    if (!rw_checkpoint_read(base, i, &one)) continue;
    for (j = count; j > 0 && out[j - 1].position > one.position; j--) out[j] = out[j - 1];
    out[j] = one;
    count++;
  }
  return count;
}

/* INV-RING-06: the writer stores a checkpoint of its next record before it moves the intent. */
RW_API void rw_checkpoint_enter(unsigned char *base, int index, int64_t position, int64_t sequence, uint32_t epoch) {
  unsigned char *at = rw_checkpoint_at(base, index);
  uint64_t words = (uint64_t)position / RW_WORD;
  int32_t version = rw_load_relaxed(at) | 1;
  rw_store_release(at, version);
  rw_order_stores();
  rw_store_relaxed(at + 4, (int32_t)(uint32_t)words);
  rw_store_relaxed(at + 8, (int32_t)(uint32_t)(words >> 32));
  RW_POINT("checkpoint-half");
  rw_store_relaxed(at + 12, (int32_t)(uint32_t)(uint64_t)sequence);
  rw_store_relaxed(at + 16, (int32_t)(uint32_t)((uint64_t)sequence >> 32));
  rw_store_relaxed(at + 20, (int32_t)epoch);
  rw_store_release(at, (int32_t)((uint32_t)version + 1u));
}

/* ---- writers ---------------------------------------------------------------------------------------------------- */

typedef struct rw_slice {
  const void *data;
  uint32_t length;
} rw_slice;

/* A writer of a ring or a log. Its fields are read only for callers. */
typedef struct rw_writer {
  rw_header header;
  char path[RW_PATH_LENGTH];
  int fd;
  unsigned char *base; /* the mapped file */
  size_t mapped;
  unsigned char *data; /* the data area */
  unsigned char *bell; /* a log's bell file, or NULL */
  int closed;
  /* position of the next record in bytes, and where it begins in the data area */
  int64_t position;
  uint32_t at;
  int64_t sequence;
  uint32_t epoch;
  int epoch_untold;
  int64_t claimed;  /* ring: the intent in bytes */
  int64_t allowed;  /* ring: position that the readers allow */
  int64_t usable;   /* log: where the last record must end */
  int64_t flushed;
  int next_checkpoint;
  /* the open claim: length or -1, and the padding before it */
  int64_t claim_length;
  uint32_t claim_padding;
  /* readers that block the writer */
  int64_t probe_at;
  int64_t held_at[RW_SLOT_COUNT];
  int64_t held_since[RW_SLOT_COUNT];
} rw_writer;

typedef struct rw_ring_options {
  uint64_t channel_id;
  uint64_t writer_id;
  uint32_t capacity;           /* bytes: 1024 to 2^30, rounded up to a multiple of 128 */
  uint32_t max_message_length; /* bytes: at most capacity / 8 - 8, rounded up to a multiple of 8 */
  uint64_t timeout;            /* ticks without a record or heartbeat after which readers check the writer */
  rw_tick_unit tick_unit;
  rw_policy policy;
  rw_stuck stuck_reader;
  uint32_t stuck_after_ms;
} rw_ring_options;

/* A ring of 1 MiB for records of up to 64 KiB that overwrites its oldest records; a timeout of 10 s. */
RW_API rw_ring_options rw_ring_defaults(uint64_t channel_id) {
  rw_ring_options o;
  memset(&o, 0, sizeof o);
  o.channel_id = channel_id;
  o.capacity = 1u << 20;
  o.max_message_length = 65536;
  o.timeout = 10000;
  o.tick_unit = RW_MILLIS;
  o.stuck_after_ms = 5000;
  return o;
}

typedef struct rw_log_options {
  uint64_t channel_id;
  uint64_t writer_id;
  uint32_t capacity;           /* bytes: 16,384 to 4,294,966,240, rounded up to a multiple of 8 */
  uint32_t max_message_length; /* bytes: at most capacity / 128 - 8 */
  uint64_t timeout;
  rw_tick_unit tick_unit;
} rw_log_options;

/* A log of 16 MiB for records of up to 64 KiB; a timeout of 10 s. */
RW_API rw_log_options rw_log_defaults(uint64_t channel_id) {
  rw_log_options o;
  memset(&o, 0, sizeof o);
  o.channel_id = channel_id;
  o.capacity = 1u << 24;
  o.max_message_length = 65536;
  o.timeout = 10000;
  o.tick_unit = RW_MILLIS;
  return o;
}

RW_API int rw_map(rw_writer *w) {
  void *memory = mmap(NULL, w->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, w->fd, 0);
  if (memory == MAP_FAILED) return RW_MEMORY_MAPPING_FAILED;
  w->base = (unsigned char *)memory;
  w->data = w->base + (w->header.kind == RW_KIND_RING ? RW_RING_DATA : RW_LOG_DATA);
  return RW_OK;
}

RW_API void rw_writer_clear(rw_writer *w) {
  int i;
  memset(w, 0, sizeof *w);
  w->fd = -1;
  w->claim_length = -1;
  w->closed = 1;
  for (i = 0; i < RW_SLOT_COUNT; i++) w->held_at[i] = -1;
}

/* Releases the resources of a writer; readers wait, and a successor may resume. */
RW_API void rw_writer_detach(rw_writer *w) {
  if (w->fd < 0) return;
  w->closed = 1;
  if (w->bell != NULL) {
    rw_ring_bell(w->bell + RW_BELL_ASLEEP, w->bell + RW_BELL_RINGS);
    (void)munmap(w->bell, RW_BELL_LENGTH);
    w->bell = NULL;
  }
  if (w->base != NULL) (void)munmap(w->base, w->mapped);
  w->base = w->data = NULL;
  close(w->fd);
  w->fd = -1;
}

RW_API int64_t rw_ring_file_length(uint32_t capacity) { return (int64_t)RW_RING_DATA + capacity; }

/* Creates a ring and becomes its only writer. */
RW_API int rw_ring_create(rw_writer *w, const char *root, const rw_ring_options *o) {
  rw_header *h = &w->header;
  int result;
  rw_writer_clear(w);
  if (o->capacity > RW_MAX_RING_CAPACITY || o->capacity == 0) return RW_INVALID_CAPACITY;
  h->kind = RW_KIND_RING;
  h->version = (uint64_t)RW_RING_VERSION;
  h->writer_id = o->writer_id;
  h->channel_id = o->channel_id;
  h->capacity = (o->capacity + 127u) & ~127u;
  if (h->capacity < RW_MIN_RING_CAPACITY) h->capacity = RW_MIN_RING_CAPACITY;
  if (o->max_message_length == 0 || o->max_message_length > h->capacity / 8 - RW_WORD)
    return RW_INVALID_MAX_MESSAGE_LENGTH;
  h->max_message_length = (o->max_message_length + 7u) & ~7u;
  h->timeout = o->timeout;
  h->tick_unit = (uint8_t)o->tick_unit;
  h->creation_time = rw_unix_ticks(h->tick_unit);
  h->policy = (uint32_t)o->policy;
  h->stuck_reader = (uint32_t)o->stuck_reader;
  h->stuck_after_ms = o->stuck_after_ms;
  w->mapped = (size_t)rw_ring_file_length(h->capacity);
  if (rw_channel_path(w->path, root, o->channel_id, "kekbit") != RW_OK) return RW_INVALID_ARGUMENT;
  w->fd = rw_create_file(root, h, (off_t)w->mapped, 1, NULL, 0, 0);
  if (w->fd < 0) return w->fd;
  if ((result = rw_map(w)) != RW_OK) {
    (void)unlink(w->path);
    rw_writer_detach(w);
    return result;
  }
  w->closed = 0;
  return RW_OK;
}

/*
 * Position of the next record of a ring: scans the published units from the newest checkpoint.
 * INV-RING-07: a successor continues right after the last published unit.
 */
RW_API int rw_find_tail(unsigned char *base, const rw_header *h, int64_t *position, int64_t *sequence) {
  rw_checkpoint list[RW_CHECKPOINT_COUNT];
  int count = rw_checkpoint_list(base, list);
  int64_t start = count > 0 ? list[count - 1].position : 0;
  unsigned char *data = base + RW_RING_DATA;
  *position = start;
  *sequence = count > 0 ? list[count - 1].sequence : 0;
  while (*position - start <= (int64_t)h->capacity) {
    uint32_t at = (uint32_t)(*position % h->capacity);
    int32_t word = rw_load_acquire(data + at);
    if (word == RW_EMPTY) return RW_OK;
    if (rw_load_relaxed(data + at + 4) != (int32_t)(uint32_t)(uint64_t)*sequence) break;
    if (word == RW_CLOSE_MARK) return RW_CLOSED;
    if (word == RW_PADDING) {
      *position += h->capacity - at;
    } else if (word == RW_HEARTBEAT_MARK || word == RW_EPOCH_MARK) {
      *position += RW_WORD;
    } else if (word > 0 && (uint32_t)word <= h->max_message_length &&
               at + rw_record_size((uint32_t)word) <= h->capacity) {
      *position += rw_record_size((uint32_t)word);
      *sequence += 1;
    } else {
      break;
    }
  }
  return RW_CORRUPT_CHANNEL;
}

RW_API int rw_ring_tell_epoch(rw_writer *w);

RW_API int rw_read_header(int fd, rw_header *h, off_t *length) {
  unsigned char bytes[RW_HEADER_LENGTH];
  struct stat st;
  if (fstat(fd, &st) != 0) return RW_COULD_NOT_ACCESS_STORAGE;
  *length = st.st_size;
  if (st.st_size < RW_HEADER_LENGTH) return RW_STORAGE_TRUNCATED;
  if (pread(fd, bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return RW_COULD_NOT_ACCESS_STORAGE;
  return rw_decode_header(bytes, h);
}

/* Whether a channel is being created: its lock file exists. */
RW_API int rw_in_creation(const char *root, uint64_t id) {
  char lock[RW_PATH_LENGTH];
  struct stat st;
  return rw_channel_path(lock, root, id, "lock") == RW_OK && lstat(lock, &st) == 0;
}

/* Continues a ring whose writer died or detached, right after the last published record. */
RW_API int rw_ring_resume(rw_writer *w, const char *root, uint64_t channel_id) {
  unsigned char owner[512];
  off_t length;
  int result, i;
  rw_checkpoint one;
  int64_t newest = -1;
  rw_writer_clear(w);
  if (rw_channel_path(w->path, root, channel_id, "kekbit") != RW_OK) return RW_INVALID_ARGUMENT;
  w->fd = rw_open_regular(w->path, 1);
  if (w->fd < 0) return w->fd == RW_STORAGE_NOT_FOUND && rw_in_creation(root, channel_id) ? RW_STORAGE_NOT_READY : w->fd;
  result = rw_in_creation(root, channel_id) ? RW_STORAGE_NOT_READY : rw_read_header(w->fd, &w->header, &length);
  if (result == RW_OK && w->header.kind != RW_KIND_RING) result = RW_INCOMPATIBLE_VERSION;
  if (result == RW_OK && length < (off_t)rw_ring_file_length(w->header.capacity)) result = RW_STORAGE_TRUNCATED;
  if (result == RW_OK) {
    int locked = rw_try_lock(w->fd, 0, 1);
    result = locked == 1 ? RW_OK : locked == 0 ? RW_WRITER_EXISTS : locked;
  }
  w->mapped = (size_t)rw_ring_file_length(w->header.capacity);
  /* Allocates the holes of a sparse file before the mapping. */
  if (result == RW_OK) result = rw_reserve(w->fd, (off_t)w->mapped);
  if (result == RW_OK) result = rw_map(w);
  if (result == RW_OK) result = rw_find_tail(w->base, &w->header, &w->position, &w->sequence);
  if (result == RW_OK) result = rw_write_at(w->fd, owner, rw_owner_record(owner), RW_OWNER);
  if (result != RW_OK) {
    rw_writer_detach(w);
    return result;
  }
  w->at = (uint32_t)(w->position % w->header.capacity);
  w->claimed = rw_counter_load(w->base + RW_INTENT) * RW_WORD;
  for (i = 0; i < RW_CHECKPOINT_COUNT; i++) {
    if (!rw_checkpoint_read(w->base, i, &one) || one.position < newest) continue;
    newest = one.position;
    w->next_checkpoint = (i + 1) % RW_CHECKPOINT_COUNT;
  }
  w->epoch = (uint32_t)__atomic_add_fetch((int32_t *)(void *)(w->base + RW_EPOCH), 1, __ATOMIC_SEQ_CST);
  w->epoch_untold = 1;
  w->closed = 0;
  (void)rw_ring_tell_epoch(w);
  return RW_OK;
}

/* Resumes the ring, or creates it if it does not exist. */
RW_API int rw_ring_open(rw_writer *w, const char *root, const rw_ring_options *o) {
  int result = rw_ring_create(w, root, o);
  return result == RW_STORAGE_ALREADY_EXISTS ? rw_ring_resume(w, root, o->channel_id) : result;
}

RW_API unsigned char *rw_slot_at(unsigned char *base, int slot) { return base + RW_SLOTS + slot * RW_SLOT_LENGTH; }

/* Position of the slowest active reader in bytes, or INT64_MAX without readers. */
RW_API int64_t rw_slowest(unsigned char *base) {
  int64_t least = INT64_MAX;
  int slot;
  for (slot = 0; slot < RW_SLOT_COUNT; slot++) {
    unsigned char *at = rw_slot_at(base, slot);
    int64_t position;
    if ((rw_load_acquire(at) & RW_STATE_BITS) != RW_ACTIVE) continue;
    position = rw_counter_load(at + RW_SLOT_POSITION) * RW_WORD;
    if (position < least) least = position;
  }
  return least;
}

/* INV-SLOT-01: the writer frees or evicts an active slot by compare-and-exchange of state and generation. */
RW_API int rw_slot_exchange(unsigned char *at, int32_t state, int32_t next) {
  return __atomic_compare_exchange_n((int32_t *)(void *)at, &state, (state & ~RW_STATE_BITS) | next, 0,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Actions for readers that block the writer: frees dead ones (INV-SLOT-03), treats others by the policy of the ring. */
RW_API int rw_examine_readers(rw_writer *w, int64_t needed) {
  int64_t now = rw_monotonic_ms();
  int slot, verdict = RW_OK;
  if (now < w->probe_at) return RW_OK;
  w->probe_at = now + 2;
  for (slot = 0; slot < RW_SLOT_COUNT; slot++) {
    unsigned char *at = rw_slot_at(w->base, slot);
    int32_t state = rw_load_acquire(at);
    int64_t position;
    if ((state & RW_STATE_BITS) != RW_ACTIVE) continue;
    position = rw_counter_load(at + RW_SLOT_POSITION) * RW_WORD;
    if (position >= needed) continue;
    if (rw_is_locked(w->fd, RW_SLOTS + slot * RW_SLOT_LENGTH, 1) == 0) {
      (void)rw_slot_exchange(at, state, RW_FREE);
    } else if (w->held_at[slot] != position) {
      w->held_at[slot] = position;
      w->held_since[slot] = now;
    } else if (now - w->held_since[slot] >= (int64_t)w->header.stuck_after_ms) {
      if (w->header.stuck_reader == RW_STUCK_EVICT) (void)rw_slot_exchange(at, state, RW_SLOT_EVICTED);
      else if (w->header.stuck_reader == RW_STUCK_FAIL) verdict = RW_READER_STUCK;
    }
  }
  return verdict;
}

RW_API int64_t rw_allowed(rw_writer *w) {
  int64_t slowest;
  if (w->header.policy != RW_BACK_PRESSURE) return w->claimed;
  slowest = rw_slowest(w->base);
  return slowest > w->claimed - (int64_t)w->header.capacity ? w->claimed : slowest + (int64_t)w->header.capacity;
}

/*
 * Makes sure that everything before `end`, a position in bytes, may be stored to.
 * INV-RING-03: nothing is stored in the data area at or after the intent.
 * INV-RING-04: with back pressure, nothing is stored at or after the position of an active reader plus one capacity.
 * INV-SLOT-02: the intent is stored before the slots are loaded.
 */
RW_API int rw_admit(rw_writer *w, int64_t end) {
  int verdict;
  if (end > w->claimed) {
    rw_checkpoint_enter(w->base, w->next_checkpoint, w->position, w->sequence, w->epoch);
    w->next_checkpoint = (w->next_checkpoint + 1) % RW_CHECKPOINT_COUNT;
    RW_POINT("checkpoint");
    w->claimed = end + w->header.capacity / 16;
    rw_counter_store(w->base + RW_INTENT, w->claimed / RW_WORD);
    rw_order_store_load();
    RW_POINT("intent");
  }
  if (end <= w->allowed) return RW_OK;
  w->allowed = rw_allowed(w);
  if (end <= w->allowed) return RW_OK;
  verdict = rw_examine_readers(w, end - (int64_t)w->header.capacity);
  if (verdict != RW_OK) return verdict;
  w->allowed = rw_allowed(w);
  return end <= w->allowed ? RW_OK : RW_BACK_PRESSURED;
}

/*
 * Publishes padding, if any, and the records after it as one unit. `word` is a length or a mark.
 * INV-RING-01: the store of the first commit word publishes; it is the last store of the unit.
 * INV-RING-02: before it, the commit word after the unit is EMPTY.
 */
RW_API int rw_publish_unit(rw_writer *w, uint32_t padding, int32_t word) {
  uint32_t capacity = w->header.capacity;
  uint32_t at = w->at, start = padding > 0 ? 0 : at;
  uint32_t size = word > 0 ? rw_record_size((uint32_t)word) : (uint32_t)RW_WORD;
  uint32_t next = start + size == capacity ? 0 : start + size;
  int32_t sequence = (int32_t)(uint32_t)(uint64_t)w->sequence;
  RW_POINT("payload");
  rw_store_relaxed(w->data + next, RW_EMPTY);
  RW_POINT("cleared");
  rw_store_relaxed(w->data + start + 4, sequence);
  if (padding > 0) {
    rw_store_relaxed(w->data + start, word);
    rw_store_relaxed(w->data + at + 4, sequence);
    RW_POINT("padding");
    rw_store_release(w->data + at, RW_PADDING);
  } else {
    RW_POINT("before-commit");
    rw_store_release(w->data + at, word);
  }
  RW_POINT("after-commit");
  if (word > 0) w->sequence++;
  w->at = next;
  w->position += padding + size;
  rw_ring_if_asleep(w->base + RW_READERS_ASLEEP, w->base + RW_READERS_BELL);
  return (int)(padding + size);
}

RW_API int rw_ring_tell_epoch(rw_writer *w) {
  int result = rw_admit(w, w->position + 2 * RW_WORD);
  if (result != RW_OK) return result;
  w->epoch_untold = 0;
  (void)rw_publish_unit(w, 0, RW_EPOCH_MARK);
  return RW_OK;
}

/* Finds space for a record of `size` bytes in a ring. @returns bytes of padding before it, or a result */
RW_API int64_t rw_ring_reserve(rw_writer *w, uint32_t size) {
  uint32_t left = w->header.capacity - w->at;
  uint32_t padding = size > left ? left : 0;
  int result = w->epoch_untold ? rw_ring_tell_epoch(w) : RW_OK;
  if (result == RW_OK) result = rw_admit(w, w->position + padding + size + RW_WORD);
  return result == RW_OK ? (int64_t)padding : result;
}

/* INV-LOG-02: a marker stands after the record before its length is stored. INV-LOG-01: storing the length, one
 * aligned 64-bit word, publishes the record. */
RW_API int rw_log_publish(rw_writer *w, int64_t word, uint32_t size) {
  RW_POINT("log-payload");
  rw_store_release64(w->data + w->position + size, RW_LOG_WATERMARK);
  RW_POINT("log-marker");
  rw_store_release64(w->data + w->position, word);
  RW_POINT("log-after-commit");
  w->position += size;
  if (word > 0) w->sequence++;
  if (w->bell != NULL) rw_ring_if_asleep(w->bell + RW_BELL_ASLEEP, w->bell + RW_BELL_RINGS);
  return (int)size;
}

/*
 * Claims space for a record, to be filled in place and then committed or aborted.
 * @param place address of its `length` bytes, aligned to 8 bytes
 * @returns RW_OK or a result
 */
RW_API int rw_claim(rw_writer *w, uint32_t length, void **place) {
  int64_t padding = 0;
  if (w->closed) return RW_CLOSED;
  if (w->claim_length >= 0) return RW_CLAIM_PENDING;
  if (length > w->header.max_message_length) return RW_RECORD_TOO_LONG;
  if (w->header.kind == RW_KIND_RING) {
    padding = rw_ring_reserve(w, rw_record_size(length));
    if (padding < 0) return (int)padding;
    *place = w->data + (padding > 0 ? 0 : w->at) + RW_WORD;
  } else {
    if (w->position + rw_record_size(length) > w->usable) return RW_CHANNEL_FULL;
    *place = w->data + w->position + RW_WORD;
  }
  w->claim_length = length;
  w->claim_padding = (uint32_t)padding;
  RW_POINT("claimed");
  return RW_OK;
}

/* Publishes the first `length` bytes of the claim; a heartbeat if that is 0. @returns bytes used in the channel */
RW_API int rw_commit(rw_writer *w, uint32_t length) {
  uint32_t padding = w->claim_padding;
  if (w->claim_length < 0) return RW_NO_CLAIM;
  if ((int64_t)length > w->claim_length) return RW_INVALID_ARGUMENT;
  w->claim_length = -1;
  if (w->header.kind == RW_KIND_LOG) return rw_log_publish(w, length, rw_record_size(length));
  return rw_publish_unit(w, padding, length == 0 ? RW_HEARTBEAT_MARK : (int32_t)length);
}

RW_API int rw_abort(rw_writer *w) {
  if (w->claim_length < 0) return RW_NO_CLAIM;
  w->claim_length = -1;
  return RW_OK;
}

/* Appends one record. @returns bytes used in the channel, or a result */
RW_API int rw_write(rw_writer *w, const void *data, uint32_t length) {
  void *place = NULL;
  int result = rw_claim(w, length, &place);
  if (result != RW_OK) return result;
  rw_copy_in((unsigned char *)place, data, length);
  return rw_commit(w, length);
}

/* Publishes a heartbeat: readers restart their timeout. @returns bytes used in the channel, or a result */
RW_API int rw_heartbeat(rw_writer *w) { return rw_write(w, "", 0); }

/*
 * Appends records that readers see all at once or not at all. A ring accepts a quarter of its capacity at once; an
 * empty record counts as a heartbeat.
 * @returns bytes used in the channel, or a result
 */
RW_API int64_t rw_write_batch(rw_writer *w, const rw_slice *records, size_t count) {
  uint32_t capacity = w->header.capacity, at = w->at;
  int64_t taken = 0, padding = 0, position = w->position;
  size_t i;
  if (w->closed) return RW_CLOSED;
  if (w->claim_length >= 0) return RW_CLAIM_PENDING;
  for (i = 0; i < count; i++) {
    uint32_t size = rw_record_size(records[i].length);
    if (records[i].length > w->header.max_message_length) return RW_RECORD_TOO_LONG;
    taken += size;
    if (w->header.kind == RW_KIND_LOG) continue;
    if (at + size > capacity) {
      padding = capacity - at;
      at = 0;
    }
    at = at + size == capacity ? 0 : at + size;
  }
  if (count == 0) return 0;
  if (w->header.kind == RW_KIND_LOG) {
    int64_t first = position, next = position;
    if (position + taken > w->usable) return RW_CHANNEL_FULL;
    for (i = 0; i < count; i++) {
      rw_copy_in(w->data + next + RW_WORD, records[i].data, records[i].length);
      if (i > 0) rw_store_relaxed64(w->data + next, records[i].length);
      next += rw_record_size(records[i].length);
      if (records[i].length > 0) w->sequence++;
    }
    rw_store_release64(w->data + next, RW_LOG_WATERMARK);
    rw_store_release64(w->data + first, records[0].length);
    w->position = next;
    if (w->bell != NULL) rw_ring_if_asleep(w->bell + RW_BELL_ASLEEP, w->bell + RW_BELL_RINGS);
    return taken;
  }
  if (taken > capacity / 4) return RW_CHANNEL_FULL;
  {
    uint32_t first = w->at;
    int32_t first_word = RW_EMPTY;
    int result = w->epoch_untold ? rw_ring_tell_epoch(w) : RW_OK;
    if (result != RW_OK) return result;
    first = at = w->at;
    /* The mark of a takeover may have moved the start: place the batch again. */
    for (i = 0, padding = 0; i < count; i++) {
      uint32_t size = rw_record_size(records[i].length);
      if (at + size > capacity) {
        padding = capacity - at;
        at = 0;
      }
      at = at + size == capacity ? 0 : at + size;
    }
    result = rw_admit(w, w->position + taken + padding + RW_WORD);
    if (result != RW_OK) return result;
    for (i = 0, at = first; i < count; i++) {
      uint32_t length = records[i].length, size = rw_record_size(length);
      int32_t word = length == 0 ? RW_HEARTBEAT_MARK : (int32_t)length;
      int32_t sequence = (int32_t)(uint32_t)(uint64_t)w->sequence;
      if (at + size > capacity) {
        rw_store_relaxed(w->data + at + 4, sequence);
        if (first_word == RW_EMPTY) first_word = RW_PADDING;
        else rw_store_relaxed(w->data + at, RW_PADDING);
        at = 0;
      }
      rw_copy_in(w->data + at + RW_WORD, records[i].data, length);
      rw_store_relaxed(w->data + at + 4, sequence);
      if (first_word == RW_EMPTY) first_word = word;
      else rw_store_relaxed(w->data + at, word);
      if (length > 0) w->sequence++;
      at = at + size == capacity ? 0 : at + size;
    }
    rw_store_relaxed(w->data + at, RW_EMPTY);
    RW_POINT("batch-before-commit");
    rw_store_release(w->data + first, first_word);
    RW_POINT("batch-after-commit");
    w->at = at;
    w->position += taken + padding;
    rw_ring_if_asleep(w->base + RW_READERS_ASLEEP, w->base + RW_READERS_BELL);
    return taken + padding;
  }
}

/* Writes all published records to disk and waits for completion. */
RW_API int rw_flush(rw_writer *w) {
  if (w->closed) return RW_CLOSED;
  return msync(w->base, w->mapped, MS_SYNC) == 0 ? RW_OK : RW_FLUSH_FAILED;
}

/* Closes the channel: readers end after the last record. */
RW_API int rw_writer_close(rw_writer *w) {
  int result;
  if (w->closed) {
    rw_writer_detach(w);
    return RW_OK;
  }
  w->claim_length = -1;
  if (w->header.kind == RW_KIND_RING) {
    /* The word after the last unit is EMPTY and announced: the close marker needs no extra space. */
    rw_store_relaxed(w->data + w->at + 4, (int32_t)(uint32_t)(uint64_t)w->sequence);
    RW_POINT("before-close");
    rw_store_release(w->data + w->at, RW_CLOSE_MARK);
    rw_ring_if_asleep(w->base + RW_READERS_ASLEEP, w->base + RW_READERS_BELL);
  } else {
    rw_store_release64(w->data + w->position, RW_LOG_CLOSE);
    if (w->bell != NULL) rw_ring_if_asleep(w->bell + RW_BELL_ASLEEP, w->bell + RW_BELL_RINGS);
  }
  RW_POINT("after-close");
  result = rw_flush(w);
  rw_writer_detach(w);
  return result;
}

/* Waits until a reader frees space, for up to `milliseconds`, at most 200. Call after RW_BACK_PRESSURED. */
RW_API void rw_wait_for_room(rw_writer *w, int milliseconds) {
  unsigned char *asleep = w->base + RW_WRITER_ASLEEP, *rings = w->base + RW_WRITER_BELL;
  rw_sleep announced;
  if (w->closed || w->header.kind != RW_KIND_RING) return;
  announced = rw_announce_sleep(asleep, rings);
  if (rw_allowed(w) <= w->allowed) rw_sleep_on_bell(rings, announced, milliseconds);
}

/* Opens or creates the bell file beside a log. A log works without one: readers then sleep at intervals. */
RW_API unsigned char *rw_open_bell(const char *root, uint64_t id, int create) {
  char path[RW_PATH_LENGTH];
  unsigned char owner[512], signature[8];
  struct stat st;
  void *memory = MAP_FAILED;
  int fd;
  if (rw_channel_path(path, root, id, "bell") != RW_OK) return NULL;
  if (create) {
    (void)unlink(path);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return NULL;
    if (rw_reserve(fd, RW_BELL_LENGTH) != RW_OK || rw_write_at(fd, "RWBELL01", 8, 0) != RW_OK ||
        rw_write_at(fd, owner, rw_owner_record(owner), RW_BELL_OWNER) != RW_OK) {
      close(fd);
      (void)unlink(path);
      return NULL;
    }
  } else {
    fd = rw_open_regular(path, 1);
    if (fd < 0) return NULL;
    if (fstat(fd, &st) != 0 || st.st_size < RW_BELL_LENGTH || pread(fd, signature, 8, 0) != 8 ||
        memcmp(signature, "RWBELL01", 8) != 0) {
      close(fd);
      return NULL;
    }
  }
  memory = mmap(NULL, RW_BELL_LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return memory == MAP_FAILED ? NULL : (unsigned char *)memory;
}

RW_API int64_t rw_log_file_length(uint32_t capacity) { return (int64_t)RW_LOG_DATA + capacity + RW_LOG_FOOTER; }

/* Creates a log, which kekbit also reads, and becomes its only writer. */
RW_API int rw_log_create(rw_writer *w, const char *root, const rw_log_options *o) {
  rw_header *h = &w->header;
  unsigned char first[8];
  uint64_t capacity, limit;
  int result;
  rw_writer_clear(w);
  if (o->capacity > RW_MAX_LOG_CAPACITY) return RW_INVALID_CAPACITY;
  capacity = ((uint64_t)o->capacity + 7u) & ~UINT64_C(7);
  if (capacity < RW_MIN_LOG_CAPACITY) capacity = RW_MIN_LOG_CAPACITY;
  h->kind = RW_KIND_LOG;
  h->version = (uint64_t)RW_LOG_VERSION;
  h->writer_id = o->writer_id;
  h->channel_id = o->channel_id;
  h->capacity = (uint32_t)capacity;
  limit = capacity / 128 - 8;
  if ((uint64_t)o->max_message_length + 8 < limit) limit = (uint64_t)o->max_message_length + 8;
  h->max_message_length = (uint32_t)((limit + 7u) & ~UINT64_C(7));
  h->timeout = o->timeout;
  h->tick_unit = (uint8_t)o->tick_unit;
  h->creation_time = rw_unix_ticks(h->tick_unit);
  w->mapped = (size_t)rw_log_file_length(h->capacity);
  w->usable = (int64_t)capacity - RW_LOG_RESERVED_TAIL;
  if (rw_channel_path(w->path, root, o->channel_id, "kekbit") != RW_OK) return RW_INVALID_ARGUMENT;
  rw_put64(first, (uint64_t)RW_LOG_WATERMARK);
  w->fd = rw_create_file(root, h, (off_t)w->mapped, 0, first, sizeof first, RW_LOG_DATA);
  if (w->fd < 0) return w->fd;
  if ((result = rw_map(w)) != RW_OK) {
    (void)unlink(w->path);
    rw_writer_detach(w);
    return result;
  }
  w->bell = rw_open_bell(root, o->channel_id, 1);
  w->closed = 0;
  return RW_OK;
}

/* ---- readers ---------------------------------------------------------------------------------------------------- */

typedef enum rw_start { RW_OLDEST = 0, RW_NEWEST = 1 } rw_start;

typedef struct rw_reader_options {
  rw_start from;    /* start of a ring reader; default: the oldest safe record */
  int observe;      /* 1: on a back-pressure ring, read without back pressure */
  const char *name; /* for display; at most 63 bytes; default: none */
} rw_reader_options;

/* The losses of a reader. */
typedef struct rw_losses {
  uint64_t losses;  /* number of losses */
  uint64_t records; /* records that are never delivered */
  uint64_t bytes;
} rw_losses;

/* A reader of a ring or a log. Its fields are read only for callers. */
typedef struct rw_reader {
  rw_header header;
  char path[RW_PATH_LENGTH];
  int fd;
  int writable;
  unsigned char *base;
  size_t mapped;
  unsigned char *data;
  unsigned char *bell; /* a log's bell file, or NULL */
  int64_t position;
  uint32_t at;
  int64_t sequence; /* of the next record */
  uint32_t epoch;
  uint64_t heartbeats;
  rw_losses losses;
  int laps_in_a_row;
  int slot; /* -1: none */
  int32_t active;
  int64_t published;
  int64_t sound_zeros; /* log: zeros up to here are heartbeats */
  int64_t readable;    /* log: bytes of the data area in the file */
  int result;          /* why the channel ended, or RW_OK */
  unsigned char *copy;
} rw_reader;

/* Called with each record; `data` is valid during the call. */
typedef void (*rw_handler)(void *context, const void *data, uint32_t length, int64_t position);

RW_API int64_t rw_floor(rw_reader *r) {
  return rw_counter_load(r->base + RW_INTENT) * RW_WORD - (int64_t)r->header.capacity;
}

RW_API void rw_seek(rw_reader *r, int64_t position, int64_t sequence) {
  r->position = position;
  r->sequence = sequence;
  r->at = (uint32_t)(position % r->header.capacity);
}

/* The oldest safe checkpoint, or one of those after it. */
RW_API void rw_seek_oldest(rw_reader *r, int skip) {
  rw_checkpoint list[RW_CHECKPOINT_COUNT];
  int count = rw_checkpoint_list(r->base, list), i, seen = 0, chosen = -1;
  int64_t floor = rw_floor(r);
  for (i = 0; i < count; i++) {
    if (list[i].position < floor) continue;
    chosen = i;
    if (seen++ == skip) break;
  }
  if (chosen < 0) rw_seek(r, 0, 0);
  else rw_seek(r, list[chosen].position, list[chosen].sequence);
}

/*
 * Whether the writer has not overwritten, and is not overwriting, bytes from the position of the reader.
 * INV-RING-05: a delivered record was validated after it was copied.
 */
RW_API int rw_is_safe(rw_reader *r) {
  rw_order_loads();
  if (r->slot >= 0) return rw_load_acquire(rw_slot_at(r->base, r->slot)) == r->active;
  return rw_counter_upper_bound(r->base + RW_INTENT) * RW_WORD <= r->position + (int64_t)r->header.capacity;
}

/* The writer lapped this reader: it continues at the oldest safe record and counts the loss. */
RW_API int rw_overtaken(rw_reader *r) {
  rw_checkpoint list[RW_CHECKPOINT_COUNT];
  int attempt;
  if (r->slot >= 0) {
    r->result = RW_EVICTED;
    return 0;
  }
  for (attempt = 0; attempt < 8; attempt++) {
    int64_t floor = rw_floor(r), from = r->position;
    int count = rw_checkpoint_list(r->base, list), i, seen = 0, chosen = -1;
    if (floor <= from) return 1;
    for (i = 0; i < count; i++) {
      if (list[i].position < floor || list[i].position > floor + (int64_t)r->header.capacity) continue;
      if (list[i].position <= from || list[i].sequence < r->sequence) continue;
      chosen = i;
      if (seen++ == r->laps_in_a_row) break;
    }
    if (chosen < 0) continue;
    r->laps_in_a_row++;
    r->losses.losses++;
    r->losses.records += (uint64_t)(list[chosen].sequence - r->sequence);
    r->losses.bytes += (uint64_t)(list[chosen].position - from);
    if (list[chosen].epoch > r->epoch) r->epoch = list[chosen].epoch;
    rw_seek(r, list[chosen].position, list[chosen].sequence);
    return 1;
  }
  return 0;
}

RW_API void rw_publish_position(rw_reader *r) {
  if (r->slot < 0 || r->position == r->published) return;
  r->published = r->position;
  /* The copied bytes were loaded before the writer may overwrite them. */
  rw_counter_store(rw_slot_at(r->base, r->slot) + RW_SLOT_POSITION, r->position / RW_WORD);
  RW_POINT("position");
  rw_ring_if_asleep(r->base + RW_WRITER_ASLEEP, r->base + RW_WRITER_BELL);
}

/* INV-SLOT-02: a reader stores its position, then `active`, and then loads the intent. */
RW_API int rw_register(rw_reader *r) {
  int i;
  for (i = 0; i < 80; i++) {
    unsigned char *slot = rw_slot_at(r->base, r->slot);
    rw_counter_store(slot + RW_SLOT_POSITION, r->position / RW_WORD);
    r->published = r->position;
    rw_store_release(slot, r->active);
    rw_order_store_load();
    RW_POINT("slot-active");
    if (rw_floor(r) <= r->position) return RW_OK;
    rw_seek_oldest(r, i);
  }
  return RW_CORRUPT_CHANNEL;
}

/* INV-SLOT-01: a slot belongs to the process that holds the kernel lock on its first byte. */
RW_API int rw_take_slot(rw_reader *r, const char *name) {
  int slot;
  for (slot = 0; slot < RW_SLOT_COUNT; slot++) {
    unsigned char *at = rw_slot_at(r->base, slot);
    size_t length = name == NULL ? 0 : strlen(name);
    uint32_t generation;
    if (rw_try_lock(r->fd, RW_SLOTS + slot * RW_SLOT_LENGTH, 1) != 1) continue;
    generation = (((uint32_t)rw_load_acquire(at) >> 2) + 1) % (1u << 29);
    RW_POINT("slot-locked");
    rw_store_release(at, (int32_t)(generation << 2 | RW_JOINING));
    RW_POINT("slot-joining");
    r->slot = slot;
    r->active = (int32_t)(generation << 2 | RW_ACTIVE);
    rw_put32(at + RW_SLOT_PID, (uint32_t)getpid());
    rw_put32(at + RW_SLOT_START, (uint32_t)rw_start_time());
    rw_put32(at + RW_SLOT_ROLE, 0);
    rw_put32(at + RW_SLOT_LAPS, 0);
    rw_counter_store(at + RW_SLOT_LOST, 0);
    if (length > RW_SLOT_NAME_LENGTH - 1) length = RW_SLOT_NAME_LENGTH - 1;
    memset(at + RW_SLOT_NAME, 0, RW_SLOT_NAME_LENGTH);
    at[RW_SLOT_NAME] = (unsigned char)length;
    if (length > 0) memcpy(at + RW_SLOT_NAME + 1, name, length);
    return RW_OK;
  }
  return RW_NO_READER_SLOT;
}

RW_API void rw_reader_close(rw_reader *r) {
  if (r->fd < 0) return;
  if (r->slot >= 0) {
    unsigned char *at = rw_slot_at(r->base, r->slot);
    rw_store_release(at, rw_load_acquire(at) & ~RW_STATE_BITS);
    rw_ring_bell(r->base + RW_WRITER_ASLEEP, r->base + RW_WRITER_BELL);
    rw_unlock(r->fd, RW_SLOTS + r->slot * RW_SLOT_LENGTH, 1);
  }
  if (r->bell != NULL) (void)munmap(r->bell, RW_BELL_LENGTH);
  if (r->base != NULL) (void)munmap(r->base, r->mapped);
  free(r->copy);
  close(r->fd);
  r->base = r->data = r->bell = r->copy = NULL;
  r->slot = -1;
  r->fd = -1;
  r->result = RW_CLOSED;
}

RW_API int rw_step(rw_reader *r, uint32_t *length);

/* Skips records and marks up to the current published end, delivering nothing. */
RW_API void rw_skip_to_end(rw_reader *r) {
  int64_t end = rw_counter_load(r->base + RW_INTENT) * RW_WORD;
  while (r->position < end && r->result == RW_OK) {
    uint32_t length;
    if (rw_step(r, &length) != 1) return;
    if (!rw_is_safe(r)) {
      if (!rw_overtaken(r)) return;
      continue;
    }
    r->at += rw_record_size(length);
    r->position += rw_record_size(length);
    r->sequence++;
  }
}

/*
 * Opens a channel of either kind. A reader of a back-pressure ring registers, unless it observes: the writer then
 * waits for it. `options` may be NULL.
 */
RW_API int rw_reader_open(rw_reader *r, const char *root, uint64_t channel_id, const rw_reader_options *options) {
  rw_reader_options none;
  off_t length;
  int result, registers;
  void *memory;
  memset(&none, 0, sizeof none);
  if (options == NULL) options = &none;
  memset(r, 0, sizeof *r);
  r->fd = r->slot = -1;
  r->published = -1;
  if (rw_channel_path(r->path, root, channel_id, "kekbit") != RW_OK) return RW_INVALID_ARGUMENT;
  r->fd = rw_open_regular(r->path, 1);
  r->writable = r->fd >= 0;
  if (r->fd == RW_COULD_NOT_ACCESS_STORAGE) r->fd = rw_open_regular(r->path, 0);
  if (r->fd < 0) {
    result = r->fd;
    r->fd = -1;
    return result == RW_STORAGE_NOT_FOUND && rw_in_creation(root, channel_id) ? RW_STORAGE_NOT_READY : result;
  }
  result = rw_in_creation(root, channel_id) ? RW_STORAGE_NOT_READY : rw_read_header(r->fd, &r->header, &length);
  if (result == RW_OK && r->header.kind == RW_KIND_RING && length < (off_t)rw_ring_file_length(r->header.capacity))
    result = RW_STORAGE_TRUNCATED;
  if (result == RW_OK && r->header.kind == RW_KIND_LOG && length < RW_LOG_DATA + RW_WORD)
    result = RW_STORAGE_TRUNCATED;
  registers = r->header.kind == RW_KIND_RING && r->header.policy == RW_BACK_PRESSURE && !options->observe;
  if (result == RW_OK && registers && !r->writable) {
    errno = EACCES;
    result = RW_COULD_NOT_ACCESS_STORAGE;
  }
  if (result == RW_OK) {
    if (r->header.kind == RW_KIND_RING) {
      r->mapped = (size_t)rw_ring_file_length(r->header.capacity);
    } else {
      /* INV-READ-01: a reader touches no byte at or after the length of the file at open. */
      r->readable = length - RW_LOG_DATA;
      if (r->readable > (int64_t)r->header.capacity + RW_LOG_FOOTER)
        r->readable = (int64_t)r->header.capacity + RW_LOG_FOOTER;
      r->mapped = (size_t)(RW_LOG_DATA + r->readable);
    }
    /* Only a ring's slots and bells are stored to; a log is mapped read-only. */
    memory = mmap(NULL, r->mapped, PROT_READ | (r->writable && r->header.kind == RW_KIND_RING ? PROT_WRITE : 0),
                  MAP_SHARED, r->fd, 0);
    r->copy = (unsigned char *)malloc(r->header.max_message_length + 16u);
    if (memory == MAP_FAILED || r->copy == NULL) result = RW_MEMORY_MAPPING_FAILED;
    if (memory != MAP_FAILED) r->base = (unsigned char *)memory;
  }
  if (result == RW_OK) {
    r->data = r->base + (r->header.kind == RW_KIND_RING ? RW_RING_DATA : RW_LOG_DATA);
    if (r->header.kind == RW_KIND_LOG) {
      r->bell = rw_open_bell(root, channel_id, 0);
    } else {
      rw_seek_oldest(r, 0);
      if (registers) result = rw_take_slot(r, options->name);
      if (result == RW_OK && registers) result = rw_register(r);
      if (result == RW_OK && options->from == RW_NEWEST) {
        rw_checkpoint list[RW_CHECKPOINT_COUNT];
        int count = rw_checkpoint_list(r->base, list);
        if (count > 0) rw_seek(r, list[count - 1].position, list[count - 1].sequence);
        rw_skip_to_end(r);
      }
      memset(&r->losses, 0, sizeof r->losses);
      r->epoch = (uint32_t)rw_load_acquire(r->base + RW_EPOCH);
      rw_publish_position(r);
    }
  }
  if (result != RW_OK) rw_reader_close(r);
  return result;
}

/* Whether a writer is alive: 1, 0, or -1 if unknown. A log of another program has no lock. */
RW_API int rw_writer_alive(rw_reader *r) {
  return r->fd < 0 ? -1 : rw_is_locked(r->fd, 0, r->header.kind == RW_KIND_RING ? 1 : 0);
}

RW_API int rw_end(rw_reader *r, int result) {
  r->result = result;
  return result;
}

/* One step in a ring: skips marks. @returns 1 and the length of the record at the position, 0, or a result */
RW_API int rw_ring_step(rw_reader *r, uint32_t *length) {
  int64_t left = r->header.capacity; /* one call scans at most one capacity */
  int attempts = 0;
  while (left > 0) {
    int32_t word, sequence;
    if (r->at == r->header.capacity) r->at = 0;
    word = rw_load_acquire(r->data + r->at);
    sequence = rw_load_relaxed(r->data + r->at + 4);
    if (!rw_is_safe(r)) {
      if (++attempts <= 8 && rw_overtaken(r)) continue;
      return r->result;
    }
    if (word == RW_EMPTY) break;
    if (sequence != (int32_t)(uint32_t)(uint64_t)r->sequence) return rw_end(r, RW_CORRUPT_CHANNEL);
    if (word == RW_CLOSE_MARK) return rw_end(r, RW_CLOSED);
    if (rw_counter_upper_bound(r->base + RW_INTENT) * RW_WORD + (int64_t)r->header.capacity <= r->position)
      return rw_end(r, RW_CORRUPT_CHANNEL);
    if (word > 0) {
      /* INV-READ-01: lengths are checked before every use. */
      if ((uint32_t)word > r->header.max_message_length || r->at + rw_record_size((uint32_t)word) > r->header.capacity)
        return rw_end(r, RW_CORRUPT_CHANNEL);
      *length = (uint32_t)word;
      return 1;
    }
    if (word == RW_PADDING) {
      uint32_t rest = r->header.capacity - r->at;
      left -= rest;
      r->position += rest;
      r->at = 0;
      continue;
    }
    if (word == RW_HEARTBEAT_MARK) r->heartbeats++;
    else if (word == RW_EPOCH_MARK) r->epoch = (uint32_t)rw_load_acquire(r->base + RW_EPOCH);
    else return rw_end(r, RW_CORRUPT_CHANNEL);
    left -= RW_WORD;
    r->position += RW_WORD;
    r->at += RW_WORD;
  }
  rw_publish_position(r);
  return 0;
}

/* Heartbeats are zeros with another word after them in the data area; zeros up to its end are a hole. */
RW_API int rw_log_heartbeats(rw_reader *r) {
  int64_t at = r->position > r->sound_zeros ? r->position : r->sound_zeros;
  while (at + RW_WORD <= r->readable && rw_load_acquire64(r->data + at) == 0) at += RW_WORD;
  if (at + RW_WORD > r->readable)
    return rw_end(r, at > (int64_t)r->header.capacity ? RW_CORRUPT_CHANNEL : RW_STORAGE_TRUNCATED);
  r->sound_zeros = at;
  r->heartbeats += (uint64_t)(at - r->position) / RW_WORD;
  r->position = at;
  return RW_OK;
}

/* One step in a log. INV-LOG-01: the word is loaded as one aligned 64-bit word. */
RW_API int rw_log_step(rw_reader *r, uint32_t *length) {
  for (;;) {
    int64_t word;
    if (r->position + RW_WORD > r->readable) return rw_end(r, RW_STORAGE_TRUNCATED);
    word = rw_load_acquire64(r->data + r->position);
    if (word == RW_LOG_WATERMARK) return 0;
    if (word == RW_LOG_CLOSE) return rw_end(r, RW_CLOSED);
    if (word < 0 || word > (int64_t)r->header.max_message_length) return rw_end(r, RW_CORRUPT_CHANNEL);
    if (r->position + (int64_t)rw_record_size((uint32_t)word) > (int64_t)r->header.capacity)
      return rw_end(r, RW_CORRUPT_CHANNEL);
    if (r->position + RW_WORD + word > r->readable) return rw_end(r, RW_STORAGE_TRUNCATED);
    if (word > 0) {
      *length = (uint32_t)word;
      return 1;
    }
    if (rw_log_heartbeats(r) != RW_OK) return r->result;
  }
}

RW_API int rw_step(rw_reader *r, uint32_t *length) {
  if (r->result != RW_OK) return r->result;
  return r->header.kind == RW_KIND_RING ? rw_ring_step(r, length) : rw_log_step(r, length);
}

/*
 * The next record. `data` is valid until the next call with this reader: in a log it is in the file, in a ring it is
 * a validated copy.
 * @returns 1 for a record, 0 if none is available, or the reason of the end: RW_CLOSED after a close
 */
RW_API int rw_read(rw_reader *r, const void **data, uint32_t *length) {
  int attempt;
  for (attempt = 0; attempt < 9; attempt++) {
    int found = rw_step(r, length);
    uint32_t size;
    if (found != 1) return found;
    size = rw_record_size(*length);
    if (r->header.kind == RW_KIND_LOG) {
      *data = r->data + r->position + RW_WORD;
      r->position += size;
      r->sequence++;
      return 1;
    }
    rw_copy_out(r->copy, r->data + r->at + RW_WORD, *length);
    RW_POINT("copied");
    if (!rw_is_safe(r)) {
      if (!rw_overtaken(r)) return r->result;
      continue;
    }
    r->laps_in_a_row = 0;
    *data = r->copy;
    r->at += size;
    r->position += size;
    r->sequence++;
    rw_publish_position(r);
    return 1;
  }
  return 0;
}

/*
 * Delivers up to `limit` records to `handler`. A registered reader of a ring delivers them in place; the writer does not
 * overwrite them before the call returns.
 * @returns their number, or the reason of the end
 */
RW_API int64_t rw_poll(rw_reader *r, rw_handler handler, void *context, int64_t limit) {
  int64_t count = 0;
  int in_place = r->slot >= 0 && r->header.stuck_reader != RW_STUCK_EVICT;
  while (count < limit) {
    const void *data;
    uint32_t length, size;
    int64_t position;
    int found;
    if (!in_place) {
      position = r->position;
      found = rw_read(r, &data, &length);
      if (found != 1) return count > 0 ? count : found;
      position = r->position - rw_record_size(length);
      handler(context, data, length, position);
      count++;
      continue;
    }
    found = rw_step(r, &length);
    if (found != 1) {
      rw_publish_position(r);
      return count > 0 ? count : found;
    }
    size = rw_record_size(length);
    handler(context, r->data + r->at + RW_WORD, length, r->position);
    r->at += size;
    r->position += size;
    r->sequence++;
    count++;
    if (r->position - r->published >= (int64_t)(r->header.capacity / 16)) rw_publish_position(r);
  }
  rw_publish_position(r);
  return count;
}

/* Sleeps until the writer publishes, for up to `milliseconds`, at most 200. Call after a read that returned 0. */
RW_API void rw_wait(rw_reader *r, int milliseconds) {
  unsigned char *asleep, *rings;
  uint32_t length;
  rw_sleep announced;
  struct timespec t;
  if (r->result != RW_OK) return;
  if (r->header.kind == RW_KIND_RING && r->writable) {
    asleep = r->base + RW_READERS_ASLEEP;
    rings = r->base + RW_READERS_BELL;
  } else if (r->bell != NULL) {
    asleep = r->bell + RW_BELL_ASLEEP;
    rings = r->bell + RW_BELL_RINGS;
  } else {
    t.tv_sec = 0;
    t.tv_nsec = milliseconds < 1 ? 0 : 1000000L;
    (void)nanosleep(&t, NULL);
    return;
  }
  announced = rw_announce_sleep(asleep, rings);
  if (rw_step(r, &length) == 0) rw_sleep_on_bell(rings, announced, milliseconds);
}

#ifdef __cplusplus
}
#endif

#endif /* RINGWIRE_H */
