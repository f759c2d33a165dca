/*
 * What one side costs alone, in C, by the header that users get: the smallest of many short rounds, in nanoseconds.
 *
 *   operations log|ring ROOT LENGTH ROUNDS COUNT
 *
 * Each round writes COUNT records into a channel of 1 MiB, which stays in the caches. `poll` verifies the first and the
 * last word of each record.
 */
#include "../../src/peers/ringwire.h"

#define BATCH 16

static double nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static const char *root;
static uint32_t length, count;
static int is_log;
static uint64_t next_id = 100;
static unsigned char record[4096];
static rw_slice slices[BATCH];
static unsigned char batch[BATCH][4096];

static void check(int64_t result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "%s: %s\n", what, rw_text((int)result));
  exit(1);
}

/* A log is written once: each round has a new one. The ring is the same in all rounds. */
static void open_writer(rw_writer *w) {
  if (is_log) {
    rw_log_options o = rw_log_defaults(next_id++);
    o.capacity = 1u << 20;
    o.max_message_length = 4096;
    check(rw_log_create(w, root, &o), "create");
    /* Touches every page but the first, which holds the end of the log. */
    memset(w->base + 4096, 0, (1u << 20) - 4096);
  } else if (w->base == NULL) {
    rw_ring_options o = rw_ring_defaults(1);
    o.capacity = 1u << 20;
    o.max_message_length = 4096;
    check(rw_ring_create(w, root, &o), "create");
  }
}

static void close_writer(rw_writer *w) {
  if (is_log) unlink(w->path);
  if (is_log) (void)rw_writer_close(w);
}

static void stamp(unsigned char *at, uint32_t n) {
  uint32_t complement = ~n;
  memcpy(at, &n, 4);
  memcpy(at + length - 4, &complement, 4);
}

static void write_single(rw_writer *w) {
  for (uint32_t n = 0; n < count; n++) {
    stamp(record, n);
    check(rw_write(w, record, length), "write");
  }
}

static void write_claimed(rw_writer *w) {
  for (uint32_t n = 0; n < count; n++) {
    void *place;
    check(rw_claim(w, length, &place), "claim");
    stamp((unsigned char *)place, n);
    check(rw_commit(w, length), "commit");
  }
}

static void write_batches(rw_writer *w) {
  for (uint32_t n = 0; n < count; n += BATCH) {
    for (uint32_t i = 0; i < BATCH; i++) stamp(batch[i], n + i);
    check(rw_write_batch(w, slices, BATCH), "write_batch");
  }
}

static uint32_t verified;

static void verify(void *unused, const void *data, uint32_t bytes, int64_t position) {
  uint32_t number, complement;
  (void)unused;
  memcpy(&number, data, 4);
  memcpy(&complement, (const unsigned char *)data + bytes - 4, 4);
  if (bytes != length || complement != ~number || number != verified) {
    fprintf(stderr, "record %u at %lld is damaged\n", verified, (long long)position);
    exit(1);
  }
  verified++;
}

static void least(double *best, double start) {
  double each = (nanos() - start) / count;
  if (each < *best) *best = each;
}

int main(int argc, char **argv) {
  double single = 1e9, claimed = 1e9, batched = 1e9, polled = 1e9, start;
  rw_writer w;
  if (argc < 6) return 2;
  is_log = strcmp(argv[1], "log") == 0;
  root = argv[2];
  length = (uint32_t)atol(argv[3]);
  count = (uint32_t)atol(argv[5]);
  memset(&w, 0, sizeof w);
  for (int i = 0; i < BATCH; i++) {
    slices[i].data = batch[i];
    slices[i].length = length;
  }
  for (int round = atoi(argv[4]); round > 0; round--) {
    rw_reader r;
    rw_reader_options newest;
    memset(&newest, 0, sizeof newest);
    newest.from = is_log ? RW_OLDEST : RW_NEWEST;
    open_writer(&w);
    start = nanos();
    write_claimed(&w);
    least(&claimed, start);
    close_writer(&w);
    open_writer(&w);
    start = nanos();
    write_batches(&w);
    least(&batched, start);
    close_writer(&w);
    open_writer(&w);
    check(rw_reader_open(&r, root, is_log ? next_id - 1 : 1, &newest), "open");
    start = nanos();
    write_single(&w);
    least(&single, start);
    verified = 0;
    start = nanos();
    while (verified < count) check(rw_poll(&r, verify, NULL, 4096), "poll");
    least(&polled, start);
    rw_reader_close(&r);
    close_writer(&w);
  }
  printf("{\"write\":%.2f,\"claim\":%.2f,\"batch\":%.2f,\"poll\":%.2f}\n", single, claimed, batched, polled);
  return 0;
}
