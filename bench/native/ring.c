/*
 * The limit of the ring channel: the back-pressure ring in C, same bytes, same order of stores (docs/format-ring.md).
 *
 *   ring write FILE RECORDS LENGTH BATCH
 *   ring read  FILE RECORDS LENGTH WARMUP      verifies every record; prints nanoseconds behind the warm-up
 *
 * FILE is a fresh ring made by ringwire. The reader takes slot 0 without its lock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define INTENT 128
#define CHECKPOINTS 2048
#define SLOTS 4096
#define SLOT_LENGTH 256
#define DATA 12288
#define PADDING -2

static char *base;
static int64_t capacity;

static double nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static _Atomic int32_t *word(size_t offset) { return (_Atomic int32_t *)(base + offset); }

/* A counter: high, low, high again. */
static void store_counter(size_t offset, int64_t value) {
  int32_t high = value >> 32;
  if (atomic_load_explicit(word(offset), memory_order_relaxed) == high) {
    atomic_store(word(offset + 4), (int32_t)value);
    return;
  }
  atomic_store(word(offset), high);
  atomic_store(word(offset + 4), (int32_t)value);
  atomic_store(word(offset + 8), high);
}

static int64_t load_counter(size_t offset) {
  for (;;) {
    int32_t after = atomic_load(word(offset + 8));
    uint32_t low = atomic_load(word(offset + 4));
    if (atomic_load(word(offset)) == after) return ((int64_t)after << 32) | low;
  }
}

static int64_t slowest(void) {
  int64_t least = INT64_MAX;
  for (int slot = 0; slot < 32; slot++) {
    size_t at = SLOTS + slot * SLOT_LENGTH;
    if ((atomic_load(word(at)) & 3) != 2) continue;
    int64_t position = load_counter(at + 128) * 8;
    if (position < least) least = position;
  }
  return least;
}

static void checkpoint(int64_t position, int64_t sequence) {
  static int next;
  size_t at = CHECKPOINTS + 64 * (next++ % 32);
  int32_t version = atomic_load(word(at)) | 1;
  atomic_store(word(at), version);
  *(int64_t *)(base + at + 4) = position / 8;
  *(int64_t *)(base + at + 12) = sequence;
  atomic_store(word(at), version + 1);
}

static void write_records(long records, size_t length, long batch) {
  char *payload = calloc(1, length);
  int64_t position = 0, claimed = 0, allowed = 0;
  size_t size = (length + 15) & ~7ull;
  for (long n = 0; n < records;) {
    int64_t first = position % capacity;
    int64_t end = position, at = first;
    for (long i = 0; i < batch; i++) {
      if (at + (int64_t)size > capacity) { end += capacity - at; at = 0; }
      end += size;
      at = (at + size) % capacity;
    }
    if (end + 8 > claimed) {
      checkpoint(position, n);
      claimed = end + 8 + capacity / 16;
      store_counter(INTENT, claimed / 8);
    }
    while (end + 8 > allowed) {
      int64_t room = slowest();
      allowed = room > claimed - capacity ? claimed : room + capacity;
      if (end + 8 > allowed) __builtin_ia32_pause();
    }
    int32_t first_word = 0;
    at = first;
    for (long i = 0; i < batch; i++, n++) {
      if (at + (int64_t)size > capacity) {
        *(int32_t *)(base + DATA + at + 4) = (int32_t)n;
        if (first_word == 0) first_word = PADDING;
        else *(int32_t *)(base + DATA + at) = PADDING;
        at = 0;
      }
      *(uint32_t *)payload = (uint32_t)n;
      *(uint32_t *)(payload + length - 4) = ~(uint32_t)n;
      memcpy(base + DATA + at + 8, payload, length);
      *(int32_t *)(base + DATA + at + 4) = (int32_t)n;
      if (first_word == 0) first_word = (int32_t)length;
      else *(int32_t *)(base + DATA + at) = (int32_t)length;
      at = (at + size) % capacity;
    }
    *(int32_t *)(base + DATA + at) = 0;
    atomic_store_explicit(word(DATA + first), first_word, memory_order_release);
    position = end;
  }
}

static double read_records(long records, size_t length, long warmup) {
  int64_t position = 0, published = 0;
  double started = 0;
  for (long n = 0; n < records; n++) {
    if (n == warmup) started = nanos();
    int32_t found;
    for (int spins = 0; (found = atomic_load_explicit(word(DATA + position % capacity), memory_order_acquire)) == 0;) {
      if (published != position) store_counter(SLOTS + 128, (published = position) / 8);
      if (++spins > 0) __builtin_ia32_pause();
    }
    if (found == PADDING) {
      position += capacity - position % capacity;
      n--;
      continue;
    }
    const char *record = base + DATA + position % capacity + 8;
    if (found != (int32_t)length || *(uint32_t *)record != (uint32_t)n ||
        *(uint32_t *)(record + length - 4) != ~(uint32_t)n) {
      fprintf(stderr, "record %ld is damaged\n", n);
      exit(1);
    }
    position += (length + 15) & ~7ull;
    if (position - published > 64 * (int64_t)length) store_counter(SLOTS + 128, (published = position) / 8);
  }
  store_counter(SLOTS + 128, position / 8);
  return nanos() - started;
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  struct stat st;
  int fd = open(argv[2], O_RDWR);
  if (fd < 0 || fstat(fd, &st) != 0) { perror(argv[2]); return 1; }
  base = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (base == MAP_FAILED) { perror("mmap"); return 1; }
  capacity = *(uint32_t *)(base + 32);
  long records = atol(argv[3]);
  size_t length = atol(argv[4]);
  if (strcmp(argv[1], "read") == 0) {
    atomic_store(word(SLOTS), 4 + 2);
    atomic_store(word(SLOTS + 16), 0x00010000);
    printf("{\"nanos\":%.0f}\n", read_records(records, length, atol(argv[5])));
  } else {
    while ((atomic_load(word(SLOTS)) & 3) != 2) __builtin_ia32_pause();
    write_records(records, length, atol(argv[5]));
    printf("{}\n");
  }
  return 0;
}
