/*
 * The time that a change of a word takes from one core to another.
 *
 *   ping CORE_A CORE_B EXCHANGES
 *
 * Two threads, each pinned to its core, answer each other through two words in lines of their own. Prints the median of
 * 101 groups of exchanges, in nanoseconds for one way.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GROUPS 101

static struct { _Alignas(128) atomic_long there; _Alignas(128) atomic_long back; } words;
static long exchanges;
static int core_a, core_b;

static double nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0) {
    fprintf(stderr, "cannot run on core %d\n", core);
    exit(1);
  }
}

static void *answer(void *unused) {
  pin(core_b);
  for (long n = 1; n <= exchanges * GROUPS; n++) {
    while (atomic_load_explicit(&words.there, memory_order_acquire) != n) { }
    atomic_store_explicit(&words.back, n, memory_order_release);
  }
  return unused;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  double times[GROUPS];
  pthread_t thread;
  long n = 0;
  if (argc < 4) return 2;
  core_a = atoi(argv[1]);
  core_b = atoi(argv[2]);
  exchanges = atol(argv[3]);
  pin(core_a);
  if (pthread_create(&thread, NULL, answer, NULL) != 0) return 1;
  for (int group = 0; group < GROUPS; group++) {
    double start = nanos();
    for (long i = 0; i < exchanges; i++) {
      atomic_store_explicit(&words.there, ++n, memory_order_release);
      while (atomic_load_explicit(&words.back, memory_order_acquire) != n) { }
    }
    times[group] = (nanos() - start) / (double)exchanges / 2;
  }
  pthread_join(thread, NULL);
  qsort(times, GROUPS, sizeof(double), by_value);
  printf("{\"nanos\":%.1f}\n", times[GROUPS / 2]);
  return 0;
}
