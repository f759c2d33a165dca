/*
 * A writer and a reader of ringwire.h in two threads of one process, for the race detector.
 *
 *   threads FOLDER POLICY RECORDS
 */
#include "ringwire.h"
#include <pthread.h>

static const char *root;
static long records;
static rw_writer writer;
static rw_reader reader;

static void *write_all(void *unused) {
  long n;
  (void)unused;
  for (n = 0; n < records; n++) {
    int64_t pair[4];
    pair[0] = n;
    pair[1] = ~n;
    pair[2] = n * 3;
    pair[3] = n;
    while (rw_write(&writer, pair, sizeof pair) == RW_BACK_PRESSURED) rw_wait_for_room(&writer, 1);
  }
  (void)rw_writer_close(&writer);
  return NULL;
}

static void *read_all(void *failed) {
  const void *data;
  uint32_t length;
  int64_t next = 0;
  for (;;) {
    int64_t pair[4];
    int result = rw_read(&reader, &data, &length);
    if (result < 0) {
      if (result != RW_CLOSED) *(int *)failed = 1;
      break;
    }
    if (result == 0) {
      rw_wait(&reader, 1);
      continue;
    }
    memcpy(pair, data, sizeof pair);
    if (pair[0] < next || pair[1] != ~pair[0] || pair[2] != pair[0] * 3 || pair[3] != pair[0]) *(int *)failed = 1;
    next = pair[0] + 1;
  }
  if (next + (int64_t)0 > records) *(int *)failed = 1;
  if (reader.header.policy == RW_BACK_PRESSURE && next != records) *(int *)failed = 1;
  return NULL;
}

int main(int argc, char **argv) {
  rw_ring_options o = rw_ring_defaults(1);
  pthread_t threads[2];
  int failed = 0;
  if (argc < 4) return 2;
  root = argv[1];
  records = atol(argv[3]);
  o.capacity = 4096;
  o.max_message_length = 64;
  o.policy = strcmp(argv[2], "overwrite") == 0 ? RW_OVERWRITE : RW_BACK_PRESSURE;
  if (rw_ring_create(&writer, root, &o) != RW_OK || rw_reader_open(&reader, root, 1, NULL) != RW_OK) return 3;
  pthread_create(&threads[0], NULL, write_all, NULL);
  pthread_create(&threads[1], NULL, read_all, &failed);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  rw_reader_close(&reader);
  printf("%s\n", failed ? "failed" : "ok");
  return failed;
}
