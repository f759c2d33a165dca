/*
 * The ring channel in C, by the header that users get (src/peers/ringwire.h): the limit that ours is compared with.
 *
 *   ring write ROOT RECORDS LENGTH BATCH [PAUSE [READERS]]   writes numbered records as fast as READERS readers allow
 *   ring read ROOT RECORDS LENGTH WARMUP [PAUSE]   verifies every record; prints nanoseconds after the warm-up
 *   ring stamp ROOT RECORDS INTERVAL WARMUP        writes the time, in nanoseconds, every INTERVAL nanoseconds
 *   ring delay ROOT RECORDS INTERVAL WARMUP        prints how long the stamps took, p50 and p99 in nanoseconds
 *
 * ROOT holds the ring 1, made by ringwire and left by its writer. A side that waits executes PAUSE pause instructions
 * between two attempts (default 1), or yields its time slice if PAUSE is "yield".
 */
#define _GNU_SOURCE
#include <sched.h>
#include "../../src/peers/ringwire.h"

static double nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fail(int result, const char *what) {
  fprintf(stderr, "%s: %s: %s\n", what, rw_name(result), rw_text(result));
  exit(1);
}

static long pauses = 1;
static int yields;

static void pause_as_told(void) {
  long i;
  if (yields) sched_yield();
  for (i = 0; i < pauses; i++) rw_pause();
}

static void open_writer(rw_writer *w, const char *root, int readers) {
  int slot, active, result = rw_ring_resume(w, root, 1);
  if (result != RW_OK) fail(result, "resume");
  for (;;) {
    for (slot = active = 0; slot < RW_SLOT_COUNT; slot++)
      active += (rw_load_acquire(rw_slot_at(w->base, slot)) & RW_STATE_BITS) == RW_ACTIVE;
    if (active >= readers) return;
    pause_as_told();
  }
}

static void write_records(const char *root, uint32_t records, uint32_t length, uint32_t batch, int readers) {
  unsigned char *payload = (unsigned char *)calloc(batch, length);
  rw_slice *slices = (rw_slice *)calloc(batch, sizeof *slices);
  rw_writer w;
  uint32_t n, i;
  open_writer(&w, root, readers);
  for (i = 0; i < batch; i++) {
    slices[i].data = payload + i * length;
    slices[i].length = length;
  }
  for (n = 0; n < records; n += batch) {
    for (i = 0; i < batch; i++) {
      uint32_t number = n + i, complement = ~number;
      memcpy(payload + i * length, &number, 4);
      memcpy(payload + i * length + length - 4, &complement, 4);
    }
    if (batch == 1)
      while (rw_write(&w, payload, length) < 0) pause_as_told();
    else
      while (rw_write_batch(&w, slices, batch) < 0) pause_as_told();
  }
  (void)rw_writer_close(&w);
  printf("{}\n");
}

typedef struct verifier {
  uint32_t next, length;
} verifier;

static void verify(void *context, const void *data, uint32_t length, int64_t position) {
  verifier *v = (verifier *)context;
  uint32_t number, complement;
  memcpy(&number, data, 4);
  memcpy(&complement, (const unsigned char *)data + length - 4, 4);
  if (length != v->length || number != v->next || complement != ~number) {
    fprintf(stderr, "record %u at position %lld is damaged\n", v->next, (long long)position);
    exit(1);
  }
  v->next++;
}

static void read_records(const char *root, uint32_t records, uint32_t length, uint32_t warmup) {
  rw_reader r;
  verifier v;
  double started = 0;
  int result = rw_reader_open(&r, root, 1, NULL);
  if (result != RW_OK) fail(result, "open");
  v.next = 0;
  v.length = length;
  while (v.next < records) {
    uint32_t limit = v.next < warmup && warmup - v.next < 4096 ? warmup - v.next : 4096;
    int64_t found;
    if (v.next == warmup) started = nanos();
    found = rw_poll(&r, verify, &v, limit);
    if (found < 0) fail((int)found, "poll");
    if (found == 0) pause_as_told();
  }
  printf("{\"nanos\":%.0f}\n", nanos() - started);
  rw_reader_close(&r);
}

static void stamp(const char *root, uint32_t records, double interval) {
  rw_writer w;
  uint32_t n;
  double next;
  open_writer(&w, root, 1);
  next = nanos();
  for (n = 0; n < records; n++) {
    double now;
    while ((now = nanos()) < next) rw_pause();
    next += interval;
    while (rw_write(&w, &now, sizeof now) < 0) rw_pause();
  }
  (void)rw_writer_close(&w);
  printf("{}\n");
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void delay(const char *root, uint32_t records, uint32_t warmup) {
  double *delays = (double *)calloc(records, sizeof *delays);
  rw_reader r;
  uint32_t n = 0;
  int result = rw_reader_open(&r, root, 1, NULL);
  if (result != RW_OK) fail(result, "open");
  while (n < records) {
    const void *data;
    uint32_t length;
    double sent;
    result = rw_read(&r, &data, &length);
    if (result < 0) fail(result, "read");
    if (result == 0) {
      rw_pause();
      continue;
    }
    memcpy(&sent, data, sizeof sent);
    delays[n++] = nanos() - sent;
  }
  qsort(delays + warmup, records - warmup, sizeof *delays, by_size);
  printf("{\"p50\":%.0f,\"p99\":%.0f}\n", delays[warmup + (records - warmup) / 2],
         delays[warmup + (uint32_t)((records - warmup) * 0.99)]);
  rw_reader_close(&r);
}

int main(int argc, char **argv) {
  uint32_t records, third, fourth;
  int readers = argc > 7 ? atoi(argv[7]) : 1;
  if (argc < 6) return 2;
  if (argc > 6) {
    yields = strcmp(argv[6], "yield") == 0;
    pauses = atol(argv[6]);
  }
  records = (uint32_t)atol(argv[3]);
  third = (uint32_t)atol(argv[4]);
  fourth = (uint32_t)atol(argv[5]);
  if (strcmp(argv[1], "read") == 0) read_records(argv[2], records, third, fourth);
  else if (strcmp(argv[1], "write") == 0) write_records(argv[2], records, third, fourth, readers);
  else if (strcmp(argv[1], "stamp") == 0) stamp(argv[2], records, (double)third);
  else if (strcmp(argv[1], "delay") == 0) delay(argv[2], records, fourth);
  else return 2;
  return 0;
}
