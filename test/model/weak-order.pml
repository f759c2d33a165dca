/*
 * The orderings of rings, sleep words and counters on a machine that keeps only the order per location, and what the
 * primitives of src/platform/memory-order.ts add to it (arm64: one memory, no order between plain accesses to different
 * locations).
 *
 * A process is a set of accesses. Each may run as soon as those it depends on have run, so every order that the machine
 * may choose is searched. A dependency is an ordering primitive, an address dependency, or two accesses to one location.
 *
 * Each BUG_... removes one ordering; each must be found.
 */
#define OLD 0
#define NEW 1

/* One access: number `bit` (a power of 2), after all those in `needs`. */
#define ACCESS(bit, needs, effect) :: !(done & (bit)) && ((done & (needs)) == (needs)) -> atomic { effect; done = done | (bit) }
#define RUN(all) :: done == (all) -> break

byte ended;
#define END ended = ended + 1
#define WAIT ended == 2

/*
 * INV-BELL-01: Doorbell.ring against Doorbell.announce. The ringer executes a fence after its commit. With REMOTE_FENCE it
 * executes none, and the fence of the sleeper is one of the ringer also (membarrier): there is a place in the program of
 * the ringer before which all its accesses are done, and after which none is.
 */
#ifdef BUG_NO_REMOTE_FENCE
#define REMOTE_FENCE
#define IN_PROGRAM_ORDER true
#else
#ifdef REMOTE_FENCE
#define IN_PROGRAM_ORDER (ringing != 2)
#else
#define IN_PROGRAM_ORDER true
#endif
#endif
#ifdef REMOTE_FENCE
#define BUG_RING_BEFORE_COMMIT
#endif
#ifdef BUG_RING_BEFORE_COMMIT
#define AFTER_COMMIT 0
#else
#define AFTER_COMMIT 1
#endif
#ifdef BUG_ANNOUNCE_WITHOUT_FENCE
#define AFTER_ANNOUNCE 0
#else
#define AFTER_ANNOUNCE 5
#endif
bit committed, asleep, rung;
/* The accesses of the ringer that are done. */
byte ringing;
#define done ringing

proctype ringer() {
  bit saw;
  do
  ACCESS(1, 0, committed = 1)
  ACCESS(2, AFTER_COMMIT, saw = asleep)
  RUN(3)
  od;
  rung = saw;
  END
}

#undef done

proctype sleeper() {
  byte done; bit found;
  do
  ACCESS(1, 0, asleep = 1)
  ACCESS(2, AFTER_ANNOUNCE, found = committed)
  :: IN_PROGRAM_ORDER && (done & 1) && !(done & 4) -> done = done | 4 /* the fence */
  RUN(7)
  od;
  END;
  WAIT;
  assert(found || rung) /* else it sleeps, and no bell rings */
}

/* INV-RING-01, INV-RING-02: a batch of two records, published by the word of the first; the reader walks over both. */
#ifdef BUG_PLAIN_COMMIT
#define BEFORE_COMMIT 0
#else
#define BEFORE_COMMIT 15
#endif
#ifdef BUG_WALK_UNORDERED
#define AFTER_FIRST 0
#else
#define AFTER_FIRST 1
#endif
#ifdef BUG_NO_ACQUIRE_AFTER_WALK
#define ACQUIRED 0
#else
#define ACQUIRED 7
#endif
bit first, second, behind, payload1, payload2;

proctype publisher() {
  byte done;
  do
  ACCESS(1, 0, payload1 = NEW)
  ACCESS(2, 0, payload2 = NEW)
  ACCESS(4, 0, second = NEW)
  ACCESS(8, 0, behind = NEW)
  ACCESS(16, BEFORE_COMMIT, first = NEW)
  RUN(31)
  od
}

proctype walker() {
  byte done; bit one, two, last, three, copy1, copy2;
  do
  ACCESS(1, 0, one = first)
  ACCESS(2, AFTER_FIRST, two = second)   /* its address depends on the first word */
  ACCESS(4, 3, last = second)            /* Atomics.load of the last word of the run */
  ACCESS(8, 2 | AFTER_FIRST, three = behind)
  ACCESS(16, ACQUIRED, copy1 = payload1)
  ACCESS(32, ACQUIRED, copy2 = payload2)
  RUN(63)
  od;
  assert(!one || (two && last && three));
  assert(!one || (copy1 && copy2))
}

/* INV-RING-03, INV-RING-05: RingAdmission.claim against OverwriteCheck.isSafe. */
#ifdef BUG_NO_FENCE_AFTER_INTENT
#define AFTER_INTENT 0
#else
#define AFTER_INTENT 1
#endif
#ifdef BUG_NO_ORDER_BEFORE_INTENT
#define COPIED 0
#else
#define COPIED 3
#endif
bit intent, cell1, cell2;

proctype overwriter() {
  byte done;
  do
  ACCESS(1, 0, intent = 1)
  ACCESS(2, AFTER_INTENT, cell1 = NEW)
  ACCESS(4, AFTER_INTENT, cell2 = NEW)
  RUN(7)
  od
}

proctype copier() {
  byte done; bit copy1, copy2, seen;
  do
  ACCESS(1, 0, copy1 = cell1)
  ACCESS(2, 0, copy2 = cell2)
  ACCESS(4, COPIED, seen = intent)
  RUN(7)
  od;
  assert(seen || (copy1 == OLD && copy2 == OLD))
}

/* INV-RING-06: RingCheckpoints.enter against RingCheckpoints.#read. */
#ifdef BUG_NO_FENCE_AFTER_ODD
#define AFTER_ODD 0
#else
#define AFTER_ODD 1
#endif
#ifdef BUG_PLAIN_EVEN
#define BEFORE_EVEN 1
#else
#define BEFORE_EVEN 7
#endif
#ifdef BUG_PLAIN_VERSION
#define AFTER_VERSION 0
#else
#define AFTER_VERSION 1
#endif
#ifdef BUG_NO_ORDER_BEFORE_VERSION
#define BEFORE_VERSION 1
#else
#define BEFORE_VERSION 7
#endif
byte version;
bit position, sequence;

proctype enterer() {
  byte done;
  do
  ACCESS(1, 0, version = 1)
  ACCESS(2, AFTER_ODD, position = NEW)
  ACCESS(4, AFTER_ODD, sequence = NEW)
  ACCESS(8, BEFORE_EVEN, version = 2)
  RUN(15)
  od
}

proctype checker() {
  byte done, before, after; bit place, number;
  do
  ACCESS(1, 0, before = version)
  ACCESS(2, AFTER_VERSION, place = position)
  ACCESS(4, AFTER_VERSION, number = sequence)
  ACCESS(8, BEFORE_VERSION, after = version)
  RUN(15)
  od;
  assert(before != after || before == 1 || (place == number && place == before / 2))
}

/* INV-RING-04: a reader in place gives a record back; the writer stores there once it has seen that. */
#ifdef BUG_PLAIN_POSITION
#define BEFORE_POSITION 0
#else
#define BEFORE_POSITION 1
#endif
bit given, taken;

proctype giver() {
  byte done; bit copy;
  do
  ACCESS(1, 0, copy = taken)
  ACCESS(2, BEFORE_POSITION, given = 1)
  RUN(3)
  od;
  assert(copy == OLD)
}

proctype taker() {
  given == 1;
  taken = NEW
}

/* INV-SLOT-02: RingNavigator.#register against UnitPublisher.#admit. */
#ifdef BUG_JOIN_UNORDERED
#define AFTER_ACTIVE 0
#else
#define AFTER_ACTIVE 1
#endif
#ifdef BUG_SCAN_UNORDERED
#define BEFORE_SCAN 0
#else
#define BEFORE_SCAN 1
#endif
bit registered, claimed, known;

proctype joiner() {
  byte done; bit seen;
  do
  ACCESS(1, 0, registered = 1)
  ACCESS(2, AFTER_ACTIVE, seen = claimed)
  RUN(3)
  od;
  END;
  WAIT;
  assert(seen || known)
}

proctype scanner() {
  byte done; bit saw;
  do
  ACCESS(1, 0, claimed = 1)
  ACCESS(2, BEFORE_SCAN, saw = registered)
  RUN(3)
  od;
  known = saw;
  END
}

/* INV-RING-05, INV-ORDER-03: ReaderSlots.evict against a reader in place that validates by its slot. */
#ifdef BUG_NO_LOAD_AFTER_EXCHANGE
#define AFTER_LOAD 0
#else
#define AFTER_LOAD 2
#endif
#ifdef BUG_NO_ORDER_BEFORE_STATE
#define LOOKED 0
#else
#define LOOKED 1
#endif
bit evictedState, held;

proctype evicter() {
  byte done; bit unused;
  do
  ACCESS(1, 0, evictedState = 1)
  ACCESS(2, 1, unused = held)
  ACCESS(4, AFTER_LOAD, held = NEW)
  RUN(7)
  od
}

proctype looker() {
  byte done; bit copy, gone;
  do
  ACCESS(1, 0, copy = held)
  ACCESS(2, LOOKED, gone = evictedState)
  RUN(3)
  od;
  assert(gone || copy == OLD)
}

/* INV-COUNT-01, INV-COUNT-02: a counter grows over the end of its low half. */
#ifdef BUG_COUNTER_STORES_UNORDERED
#define AFTER_HIGH 0
#else
#define AFTER_HIGH 1
#endif
#ifdef BUG_UPPER_BOUND_UNORDERED
#define AFTER_LOW 0
#else
#define AFTER_LOW 1
#endif
bit high, low;

proctype counting() {
  byte done;
  do
  ACCESS(1, 0, high = NEW)
  ACCESS(2, AFTER_HIGH, low = NEW)
  RUN(3)
  od
}

proctype bounding() {
  byte done; bit lower, upper;
  do
  ACCESS(1, 0, lower = low)
  ACCESS(2, AFTER_LOW, upper = high)
  RUN(3)
  od;
  assert(lower == OLD || upper == NEW)
}

init {
  if
  :: atomic { run ringer(); run sleeper() }
  :: atomic { run publisher(); run walker() }
  :: atomic { run overwriter(); run copier() }
  :: atomic { run enterer(); run checker() }
  :: atomic { run giver(); run taker() }
  :: atomic { run joiner(); run scanner() }
  :: atomic { run evicter(); run looker() }
  :: atomic { run counting(); run bounding() }
  fi
}
