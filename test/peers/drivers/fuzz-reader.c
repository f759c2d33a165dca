/*
 * Readers of ringwire.h over damaged files: an input is a list of changes to a sound ring and a sound log.
 *
 *   fuzz-reader FOLDER INPUTS SEED     random inputs; prints how many, and how often each answer came
 *
 * With -DFUZZ_LIBFUZZER and -fsanitize=fuzzer the inputs come from libFuzzer, and FUZZ_FOLDER names the folder.
 * Each mapping is followed by a page that may not be touched, so a read outside of it ends the program.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <sys/mman.h>

/* Maps the file in front of a page that may not be touched. */
static void *guarded_mmap(void *at, size_t length, int protection, int flags, int fd, long offset) {
  size_t whole = (length + 4095) / 4096 * 4096;
  char *room = (char *)mmap(NULL, whole + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  (void)at;
  if (room == MAP_FAILED) return MAP_FAILED;
  return mmap(room, length, protection, flags | MAP_FIXED, fd, offset);
}
#define mmap(at, length, protection, flags, fd, offset) guarded_mmap(at, length, protection, flags, fd, offset)
#include "ringwire.h"
#undef mmap

enum { CHANGES = 64 };

/* A sound file, open for reading, that is changed and changed back. */
typedef struct subject {
  rw_reader reader;
  rw_reader fresh;       /* the reader as it was opened */
  unsigned char *image;  /* the same file, mapped for changing */
  unsigned char *sound;  /* its bytes as they were */
  size_t length;
} subject;

static subject subjects[3];
static unsigned long long answers[3];

static void open_subject(subject *s, const char *root, uint64_t id) {
  int fd;
  if (rw_reader_open(&s->reader, root, id, NULL) != RW_OK) abort();
  s->fresh = s->reader;
  s->length = s->reader.mapped;
  fd = open(s->reader.path, O_RDWR);
  s->image = (unsigned char *)mmap(NULL, s->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  s->sound = (unsigned char *)malloc(s->length);
  if (s->image == MAP_FAILED || s->sound == NULL) abort();
  memcpy(s->sound, s->image, s->length);
  close(fd);
}

static void make_subjects(const char *root) {
  rw_writer w;
  rw_ring_options ring = rw_ring_defaults(1);
  rw_log_options log = rw_log_defaults(3);
  char text[60];
  int kind, i;
  ring.capacity = 4096;
  ring.max_message_length = 200;
  log.capacity = 15328 + 4096; /* the file is whole pages */
  log.max_message_length = 100;
  for (kind = 0; kind < 3; kind++) {
    ring.channel_id = (uint64_t)kind + 1;
    ring.policy = kind == 0 ? RW_OVERWRITE : RW_BACK_PRESSURE;
    if ((kind < 2 ? rw_ring_create(&w, root, &ring) : rw_log_create(&w, root, &log)) != RW_OK) abort();
    if (kind == 1) open_subject(&subjects[kind], root, ring.channel_id);
    for (i = 0; i < 300; i++) {
      memset(text, i, sizeof text);
      if (rw_write(&w, text, (uint32_t)(i % 55) + 1) < 0) break;
      if (i % 7 == 0) (void)rw_heartbeat(&w);
    }
    rw_writer_detach(&w);
    if (kind != 1) open_subject(&subjects[kind], root, (uint64_t)kind + 1);
    /* The bytes after opening are the sound ones. */
    memcpy(subjects[kind].sound, subjects[kind].image, subjects[kind].length);
  }
}

static void read_all(rw_reader *r) {
  const void *data = NULL;
  uint32_t length = 0;
  volatile unsigned sum = 0;
  int n, result = 0;
  for (n = 0; n < 600; n++) {
    uint32_t i;
    result = rw_read(r, &data, &length);
    if (result != 1) break;
    for (i = 0; i < length; i++) sum = sum + ((const unsigned char *)data)[i];
  }
  answers[result == 1 ? 0 : result == 0 ? 1 : 2]++;
}

/* Three bytes of input are one change: where, scaled to the file, and the new byte. */
static void one_input(const unsigned char *bytes, size_t length) {
  subject *s = &subjects[length > 0 ? bytes[0] % 3 : 0];
  size_t at[CHANGES], n = 0, i;
  unsigned char *copy = s->reader.copy;
  for (i = 1; i + 3 <= length && n < CHANGES; i += 3) {
    size_t where = (size_t)(bytes[i] | bytes[i + 1] << 8);
    at[n] = where * s->length / 65536;
    s->image[at[n++]] = bytes[i + 2];
  }
  s->reader = s->fresh;
  s->reader.copy = copy;
  read_all(&s->reader);
  for (i = 0; i < n; i++) s->image[at[i]] = s->sound[at[i]];
  /* A registered reader stores its position. */
  if (s->reader.slot >= 0) memcpy(s->image + RW_SLOTS, s->sound + RW_SLOTS, RW_SLOT_COUNT * RW_SLOT_LENGTH);
}

#ifdef FUZZ_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
  static int ready;
  if (!ready) make_subjects(getenv("FUZZ_FOLDER"));
  ready = 1;
  one_input(bytes, length);
  return 0;
}
#else
static uint64_t state;
static uint32_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

int main(int argc, char **argv) {
  unsigned long long inputs, n;
  if (argc < 4) return 2;
  inputs = strtoull(argv[2], NULL, 10);
  state = strtoull(argv[3], NULL, 10) | 1;
  make_subjects(argv[1]);
  for (n = 0; n < inputs; n++) {
    unsigned char bytes[1 + 3 * CHANGES];
    size_t changes = next_random() % 8 + 1, i;
    /* Most changes hit a word that means something: numbers near the limits, marks, small lengths. */
    static const unsigned char telling[] = {0, 1, 7, 8, 0x7f, 0x80, 0xf8, 0xfc, 0xfd, 0xfe, 0xff};
    bytes[0] = (unsigned char)next_random();
    for (i = 0; i < changes; i++) {
      uint32_t where = next_random(), what = next_random();
      bytes[1 + 3 * i] = (unsigned char)where;
      bytes[2 + 3 * i] = (unsigned char)(where >> 8);
      bytes[3 + 3 * i] = what & 1 ? telling[(what >> 1) % sizeof telling] : (unsigned char)(what >> 8);
    }
    one_input(bytes, 1 + 3 * changes);
  }
  printf("%llu inputs: %llu read on, %llu found nothing more, %llu ended\n", inputs, answers[0], answers[1], answers[2]);
  return 0;
}
#endif
