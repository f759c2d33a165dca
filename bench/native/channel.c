/*
 * The limit: the log channel in C, same bytes, same order of stores. The rival of `writer.mjs` and `reader.mjs`.
 *
 *   channel write FILE RECORDS LENGTH BATCH   publishes BATCH records with one ordered store
 *   channel read  FILE RECORDS LENGTH         verifies sequence and content of every record
 *   channel ping  FILE_OUT FILE_IN ROUNDS LENGTH
 *   channel pong  FILE_IN FILE_OUT ROUNDS LENGTH
 *
 * FILE is a channel made by ringwire. Each side prints one line of figures when it is done.
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

#define DATA_OFFSET 1024
#define WATERMARK 0xffffffff11111111ull

typedef struct { char *data; size_t at; } channel;

static double nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static channel map(const char *path, int writable) {
  struct stat st;
  int fd = open(path, writable ? O_RDWR : O_RDONLY);
  if (fd < 0 || fstat(fd, &st) != 0) { perror(path); exit(1); }
  char *base = mmap(NULL, st.st_size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | MAP_POPULATE, fd, 0);
  if (base == MAP_FAILED) { perror("mmap"); exit(1); }
  return (channel){ base + DATA_OFFSET, 0 };
}

static inline size_t record_size(uint64_t length) { return (length + 15) & ~7ull; }

static inline void store(channel *c, size_t at, uint64_t word) {
  atomic_store_explicit((_Atomic uint64_t *)(c->data + at), word, memory_order_release);
}

static inline uint64_t load(channel *c) {
  return atomic_load_explicit((_Atomic uint64_t *)(c->data + c->at), memory_order_acquire);
}

static void write_records(channel *c, long records, size_t length, long batch) {
  char *payload = calloc(1, length);
  for (size_t i = 0; i < length; i++) payload[i] = (char)i;
  for (long n = 0; n < records;) {
    size_t first = c->at, at = first;
    for (long i = 0; i < batch; i++, n++) {
      *(uint32_t *)payload = (uint32_t)n;
      *(uint32_t *)(payload + length - 4) = ~(uint32_t)n;
      memcpy(c->data + at + 8, payload, length);
      if (i > 0) *(uint64_t *)(c->data + at) = length;
      at += record_size(length);
    }
    store(c, at, WATERMARK);
    store(c, first, length);
    c->at = at;
  }
}

static const char *next(channel *c, size_t length) {
  uint64_t word;
  while ((word = load(c)) == WATERMARK) __builtin_ia32_pause();
  if (word != length) { fprintf(stderr, "wrong length %lu at %zu\n", word, c->at); exit(1); }
  const char *record = c->data + c->at + 8;
  c->at += record_size(word);
  return record;
}

static void verify(const char *record, uint32_t n, size_t length) {
  if (*(uint32_t *)record == n && *(uint32_t *)(record + length - 4) == ~n) return;
  fprintf(stderr, "record %u is damaged\n", n);
  exit(1);
}

static int by_value(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  if (strcmp(argv[1], "write") == 0) {
    channel c = map(argv[2], 1);
    double start = nanos();
    write_records(&c, atol(argv[3]), atol(argv[4]), atol(argv[5]));
    printf("{\"startedAt\":%.0f,\"ended\":%.0f}\n", start, nanos());
  } else if (strcmp(argv[1], "read") == 0) {
    channel c = map(argv[2], 0);
    long records = atol(argv[3]);
    size_t length = atol(argv[4]);
    double start = 0;
    for (long n = 0; n < records; n++) {
      verify(next(&c, length), (uint32_t)n, length);
      if (n == 0) start = nanos();
    }
    printf("{\"nanos\":%.0f}\n", nanos() - start);
  } else {
    int pings = strcmp(argv[1], "ping") == 0;
    channel out = map(argv[pings ? 2 : 3], 1), in = map(argv[pings ? 3 : 2], 0);
    long rounds = atol(argv[4]);
    size_t length = atol(argv[5]);
    double *times = malloc(rounds * sizeof(double));
    char *payload = calloc(1, length);
    for (long n = 0; n < rounds; n++) {
      double start = nanos();
      if (!pings) verify(next(&in, length), (uint32_t)n, length);
      *(uint32_t *)payload = (uint32_t)n;
      *(uint32_t *)(payload + length - 4) = ~(uint32_t)n;
      memcpy(out.data + out.at + 8, payload, length);
      store(&out, out.at + record_size(length), WATERMARK);
      store(&out, out.at, length);
      out.at += record_size(length);
      if (pings) verify(next(&in, length), (uint32_t)n, length);
      times[n] = nanos() - start;
    }
    long skip = rounds / 5, kept = rounds - skip;
    qsort(times + skip, kept, sizeof(double), by_value);
    printf("{\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f}\n", times[skip + kept / 2], times[skip + kept * 99 / 100],
           times[skip + kept * 999 / 1000]);
  }
  return 0;
}
