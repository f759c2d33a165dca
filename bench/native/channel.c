/*
 * The limit: the log channel in C, same bytes, same order of stores.
 *
 *   channel write DATA BACK WARMUP RECORDS LENGTH BATCH   publishes BATCH records with one ordered store
 *   channel read  DATA BACK WARMUP RECORDS LENGTH PAUSE   verifies sequence and content of every record
 *   channel ping  OUT IN WARMUP ROUNDS LENGTH PAUSE
 *   channel pong  OUT IN WARMUP ROUNDS LENGTH PAUSE
 *
 * The files are channels made by ringwire. The reader reports on BACK that it has read the warm-up; the writer starts
 * its clock then. A spinning reader executes PAUSE pause instructions after each load that finds no record. Each side
 * prints one JSON object when it is done; times are nanoseconds of CLOCK_MONOTONIC.
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

#if defined(__x86_64__)
#define RELAX() __builtin_ia32_pause()
#else
#define RELAX() __asm__ volatile("yield")
#endif

static long pauses;

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
  // Like the sides in JavaScript: the writer touches every page beforehand, the reader meets each page when it reads.
  int flags = MAP_SHARED | (writable ? MAP_POPULATE : 0);
  char *base = mmap(NULL, st.st_size, PROT_READ | (writable ? PROT_WRITE : 0), flags, fd, 0);
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

static inline void stamp(char *payload, long n, size_t length) {
  *(uint32_t *)payload = (uint32_t)n;
  *(uint32_t *)(payload + length - 4) = ~(uint32_t)n;
}

static void write_records(channel *c, char *payload, long from, long to, size_t length, long batch) {
  for (long n = from; n < to;) {
    size_t first = c->at, at = first;
    for (long i = 0; i < batch; i++, n++) {
      stamp(payload, n, length);
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
  while ((word = load(c)) == WATERMARK)
    for (long i = 0; i < pauses; i++) RELAX();
  if (word != length) { fprintf(stderr, "wrong length %lu at %zu\n", word, c->at); exit(1); }
  const char *record = c->data + c->at + 8;
  c->at += record_size(word);
  return record;
}

static void read_records(channel *c, long from, long to, size_t length) {
  for (long n = from; n < to; n++) {
    const char *record = next(c, length);
    if (*(uint32_t *)record == (uint32_t)n && *(uint32_t *)(record + length - 4) == ~(uint32_t)n) continue;
    fprintf(stderr, "record %ld is damaged\n", n);
    exit(1);
  }
}

static int by_value(const void *a, const void *b) {
  double x = *(double *)a, y = *(double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  const char *role = argv[1];
  long warmup = atol(argv[4]), records = atol(argv[5]), total = warmup + records;
  size_t length = atol(argv[6]);
  char *payload = calloc(1, length);
  if (strcmp(role, "write") == 0) {
    long batch = atol(argv[7]);
    channel c = map(argv[2], 1), back = map(argv[3], 0);
    write_records(&c, payload, 0, warmup, length, batch);
    next(&back, 8);
    double started = nanos();
    write_records(&c, payload, warmup, total, length, batch);
    printf("{\"started\":%.0f}\n", started);
    return 0;
  }
  pauses = atol(argv[7]);
  if (strcmp(role, "read") == 0) {
    channel c = map(argv[2], 0), back = map(argv[3], 1);
    read_records(&c, 0, warmup, length);
    write_records(&back, payload, 0, 1, 8, 1);
    read_records(&c, warmup, total, length);
    printf("{\"ended\":%.0f,\"verified\":%ld}\n", nanos(), total);
  } else {
    int pings = strcmp(role, "ping") == 0;
    channel out = map(argv[2], 1), in = map(argv[3], 0);
    double *times = malloc(total * sizeof(double));
    for (long n = 0; n < total; n++) {
      double start = pings ? nanos() : 0;
      if (!pings) read_records(&in, n, n + 1, length);
      write_records(&out, payload, n, n + 1, length, 1);
      if (pings) read_records(&in, n, n + 1, length);
      if (pings) times[n] = nanos() - start;
    }
    if (pings) {
      double *kept = times + warmup;
      qsort(kept, records, sizeof(double), by_value);
      printf("{\"p50\":%.0f,\"p99\":%.0f,\"p999\":%.0f,", kept[records / 2], kept[records * 99 / 100],
             kept[records * 999 / 1000]);
    } else printf("{");
    printf("\"verified\":%ld}\n", total);
  }
  return 0;
}
