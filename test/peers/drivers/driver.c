/* The peer of the conformance suite in C11 and C++17: one operation a line in, one answer a line out; see protocol.md. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* RINGWIRE_CRASH=NAME:N ends the process by SIGKILL the Nth time that it reaches the point. */
static const char *crash_name = "";
static long crash_left;
static void at_point(const char *name) {
  if (strcmp(name, crash_name) == 0 && --crash_left == 0) (void)raise(SIGKILL);
}
#define RW_POINT(name) at_point(name)
#include "ringwire.h"

static rw_writer writer;
static rw_reader reader;
static int has_writer, has_reader;
static unsigned char bytes[1 << 20];

static int from_hex(const char *text, unsigned char *out) {
  int n = 0;
  unsigned value;
  while (text[0] != '\0' && text[0] != ',' && text[0] != '\n' && sscanf(text, "%2x", &value) == 1) {
    out[n++] = (unsigned char)value;
    text += 2;
  }
  return n;
}

static void answer(const char *word, int64_t result) {
  if (result < 0) printf("error %s\n", rw_name((int)result));
  else if (word[0] == 't') printf("taken %lld\n", (long long)result);
  else printf("%s\n", word);
}

static void fill(unsigned char *at, uint32_t number, uint32_t length) {
  uint32_t i;
  memcpy(at, &number, 4);
  for (i = 4; i < length; i++) at[i] = (unsigned char)(number + i);
}

static void produce(uint32_t from, uint32_t count, uint32_t length) {
  uint32_t n;
  for (n = from; n < from + count; n++) {
    int result;
    fill(bytes, n, length);
    while ((result = rw_write(&writer, bytes, length)) == RW_BACK_PRESSURED) rw_wait_for_room(&writer, 50);
    if (result < 0) {
      answer("", result);
      return;
    }
  }
  printf("ok\n");
}

/* Reads until `count` records came, or the end; verifies each against its number. */
static void consume(uint32_t count) {
  uint64_t read = 0;
  int result = 0;
  while (read + reader.losses.records < count) {
    const void *data;
    uint32_t length, number;
    result = rw_read(&reader, &data, &length);
    if (result < 0) break;
    if (result == 0) {
      rw_wait(&reader, 50);
      continue;
    }
    memcpy(&number, data, 4);
    fill(bytes, number, length);
    if (number != read + reader.losses.records || memcmp(bytes, data, length) != 0) {
      printf("error MISMATCH\n");
      return;
    }
    read++;
  }
  printf("consumed %llu %llu %s\n", (unsigned long long)read, (unsigned long long)reader.losses.records,
         result < 0 ? rw_name(result) : "-");
}

static void batch(char *text) {
  rw_slice records[64];
  size_t count = 0, used = 0;
  char *at = text;
  while (at != NULL && count < 64) {
    if (*at == ',') at++;
    records[count].data = bytes + used;
    records[count].length = (uint32_t)from_hex(at, bytes + used);
    used += records[count++].length;
    at = strchr(at, ',');
  }
  answer("taken", rw_write_batch(&writer, records, count));
}

int main(int argc, char **argv) {
  static char line[1 << 20];
  const char *root = argv[1], *crash = getenv("RINGWIRE_CRASH");
  static char name[64];
  if (argc < 2) return 2;
  if (crash != NULL && sscanf(crash, "%63[^:]:%ld", name, &crash_left) == 2) crash_name = name;
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char op[32] = "", rest[64] = "", more[64] = "";
    unsigned long long id = 0;
    unsigned a = 0, b = 0, c = 0;
    char *space = strchr(line, ' ');
    line[strcspn(line, "\n")] = '\0';
    sscanf(line, "%31s", op);
    if (strcmp(op, "create-ring") == 0) {
      rw_ring_options o;
      sscanf(line, "%*s %llu %u %u %63s %63s %u", &id, &a, &b, rest, more, &c);
      o = rw_ring_defaults(id);
      o.capacity = a;
      o.max_message_length = b;
      o.policy = strcmp(rest, "overwrite") == 0 ? RW_OVERWRITE : RW_BACK_PRESSURE;
      o.stuck_reader = more[0] == 'w' ? RW_STUCK_WAIT : more[0] == 'e' ? RW_STUCK_EVICT : RW_STUCK_FAIL;
      o.stuck_after_ms = c;
      answer("ok", rw_ring_create(&writer, root, &o));
      has_writer = !writer.closed;
    } else if (strcmp(op, "create-log") == 0) {
      rw_log_options o;
      sscanf(line, "%*s %llu %u %u", &id, &a, &b);
      o = rw_log_defaults(id);
      o.capacity = a;
      o.max_message_length = b;
      answer("ok", rw_log_create(&writer, root, &o));
      has_writer = !writer.closed;
    } else if (strcmp(op, "resume") == 0) {
      sscanf(line, "%*s %llu", &id);
      answer("ok", rw_ring_resume(&writer, root, id));
      has_writer = !writer.closed;
    } else if (strcmp(op, "write") == 0) {
      int n = from_hex(space == NULL ? "" : space + 1, bytes);
      answer("taken", rw_write(&writer, bytes, (uint32_t)n));
    } else if (strcmp(op, "claim") == 0) {
      void *place;
      int n = from_hex(space == NULL ? "" : space + 1, bytes);
      int result = rw_claim(&writer, (uint32_t)n, &place);
      if (result == RW_OK) {
        memcpy(place, bytes, (size_t)n);
        result = rw_commit(&writer, (uint32_t)n);
      }
      answer("taken", result);
    } else if (strcmp(op, "batch") == 0) {
      batch(space == NULL ? line : space + 1);
    } else if (strcmp(op, "heartbeat") == 0) {
      answer("taken", rw_heartbeat(&writer));
    } else if (strcmp(op, "flush") == 0) {
      answer("ok", rw_flush(&writer));
    } else if (strcmp(op, "detach") == 0) {
      rw_writer_detach(&writer);
      has_writer = 0;
      printf("ok\n");
    } else if (strcmp(op, "close") == 0) {
      answer("ok", rw_writer_close(&writer));
      has_writer = 0;
    } else if (strcmp(op, "produce") == 0) {
      sscanf(line, "%*s %u %u %u", &a, &b, &c);
      produce(a, b, c);
    } else if (strcmp(op, "open") == 0) {
      rw_reader_options o;
      memset(&o, 0, sizeof o);
      sscanf(line, "%*s %llu %63s %63s", &id, rest, more);
      o.from = rest[0] == 'n' ? RW_NEWEST : RW_OLDEST;
      o.observe = more[0] == 'o';
      o.name = "peer";
      if (has_reader) rw_reader_close(&reader);
      answer("ok", rw_reader_open(&reader, root, id, &o));
      has_reader = reader.fd >= 0;
    } else if (strcmp(op, "read") == 0) {
      const void *data;
      uint32_t length, i;
      int result = rw_read(&reader, &data, &length);
      if (result == 0) printf("nothing\n");
      else if (result < 0) printf("end %s\n", rw_name(result));
      else {
        printf("record ");
        for (i = 0; i < length; i++) printf("%02x", ((const unsigned char *)data)[i]);
        printf("\n");
      }
    } else if (strcmp(op, "consume") == 0) {
      sscanf(line, "%*s %u", &a);
      consume(a);
    } else if (strcmp(op, "stats") == 0) {
      printf("stats %lld %lld %llu %u %llu %llu\n", (long long)reader.position, (long long)reader.sequence,
             (unsigned long long)reader.heartbeats, reader.epoch, (unsigned long long)reader.losses.records,
             (unsigned long long)reader.losses.bytes);
    } else if (strcmp(op, "alive") == 0) {
      printf("alive %d\n", rw_writer_alive(&reader));
    } else if (strcmp(op, "close-reader") == 0) {
      rw_reader_close(&reader);
      has_reader = 0;
      printf("ok\n");
    } else {
      printf("error UNKNOWN\n");
    }
  }
  if (has_writer) rw_writer_detach(&writer);
  if (has_reader) rw_reader_close(&reader);
  return 0;
}
