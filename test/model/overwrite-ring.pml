/*
 * The overwrite ring: one writer, two readers, records of mixed sizes, padding at the end of the data area, laps, a
 * crash of the writer at every step and a successor.
 *
 * A cell is one 8-byte word. A record of size n is a commit cell and n - 1 payload cells that hold its sequence
 * number; cells keep what an earlier lap stored. STEP is how far ahead the intent is claimed. Positions and sequence
 * numbers count without end. Checkpoints are reduced to the two newest, and entering or reading one is one step: an
 * entry that is being written is recognised by its version.
 *
 * Each BUG_... breaks one rule; each must be found.
 */
#define STEP 1
#ifndef CAP
#define CAP 6
#define SMALL 1
#define LARGE 2
#endif
#ifndef RECORDS
#define RECORDS 6
#endif

#define EMPTY 0
#define PADDING 9
/* Payload is the sequence number plus one, so that it is never taken for a fresh cell. */
#define PAYLOAD(seq) ((seq) + 1)
/* The two halves of a commit word: length and sequence number. */
#define COMMIT(size, seq) (16 + (seq) * 4 + (size))
#define IS_COMMIT(word) ((word) >= 16)
#define SIZE(word) (((word) - 16) % 4)
#define SEQ(word) (((word) - 16) / 4)

byte cell[CAP];
byte intent;
byte markPosition[2];
byte markSequence[2];
byte newest;
/* For the assertions alone: what was published, and the size of each record. */
byte published;
byte sizeOf[RECORDS];
bool finished;
byte crashes;

#define MAY_CRASH if :: crashes == 0 -> crashes = 1; goto dead :: skip fi

#define PUBLISH(at, word) d_step { cell[at] = word; sizeOf[sequence] = size; published = sequence + 1 }

inline findTail() {
  position = markPosition[newest];
  sequence = markSequence[newest];
  do
  :: cell[position % CAP] == PADDING -> position = position + CAP - position % CAP
  :: IS_COMMIT(cell[position % CAP]) && SEQ(cell[position % CAP]) == sequence ->
     position = position + SIZE(cell[position % CAP]);
     sequence++
  :: else -> break
  od;
#ifdef BUG_RESUME_AT_INTENT
  position = intent;
  cell[position % CAP] = EMPTY;
#endif
#ifdef BUG_RESUME_ONE_TOO_FAR
  sequence++;
#endif
}

proctype writer() {
  byte position, sequence, size, at, pad, start, i, end;
  atomic { findTail() };
  do
  :: sequence >= RECORDS -> break
  :: else ->
    if
    :: size = SMALL
    :: size = LARGE
    fi;
    d_step {
      at = position % CAP;
      pad = 0;
      if
      :: at + size > CAP -> pad = CAP - at
      :: else
      fi;
      skip;
      start = (position + pad) % CAP;
      end = position + pad + size
    };
    /* claim: RingAdmission.claim */
#ifndef BUG_NO_INTENT
    if
    :: end + 1 > intent ->
       d_step {
         newest = 1 - newest;
         markPosition[newest] = position;
#ifdef BUG_MARK_COUNTS_ONE_MORE
         markSequence[newest] = sequence + 1;
#else
         markSequence[newest] = sequence;
#endif
       };
       MAY_CRASH;
#ifndef BUG_INTENT_AFTER_PAYLOAD
       intent = end + 1 + STEP;
       MAY_CRASH
#endif
    :: else
    fi;
#endif
#ifdef BUG_COMMIT_BEFORE_PAYLOAD
    cell[end % CAP] = EMPTY;
    if
    :: pad > 0 -> cell[start] = COMMIT(size, sequence); PUBLISH(at, PADDING)
    :: else -> PUBLISH(start, COMMIT(size, sequence))
    fi;
    MAY_CRASH;
#endif
    i = 1;
    do
    :: i < size -> cell[start + i] = PAYLOAD(sequence); MAY_CRASH; i++
    :: else -> break
    od;
#ifndef BUG_COMMIT_BEFORE_PAYLOAD
    /* UnitPublisher.publish */
#ifndef BUG_NO_CLEAR_BEHIND
#ifndef BUG_CLEAR_AFTER_COMMIT
    cell[end % CAP] = EMPTY;
    MAY_CRASH;
#endif
#endif
    if
    :: pad > 0 ->
#ifdef BUG_PADDING_FIRST
       PUBLISH(at, PADDING); MAY_CRASH; cell[start] = COMMIT(size, sequence)
#else
       cell[start] = COMMIT(size, sequence); MAY_CRASH; PUBLISH(at, PADDING)
#endif
    :: else -> PUBLISH(start, COMMIT(size, sequence))
    fi;
#ifdef BUG_CLEAR_AFTER_COMMIT
    cell[end % CAP] = EMPTY;
#endif
#endif
#ifdef BUG_INTENT_AFTER_PAYLOAD
    if
    :: end + 1 > intent -> intent = end + 1 + STEP
    :: else
    fi;
#endif
    atomic { position = end; sequence++; size = 0; at = 0; pad = 0; start = 0; end = 0; i = 0 };
    MAY_CRASH
  od;
  finished = true;
  goto over;
dead:
  run writer();
over:
  skip
}

#ifdef BUG_LAP_ONE_TOO_LATE
#define LAPPED(seen) ((seen) > position + CAP + 1)
#else
#define LAPPED(seen) ((seen) > position + CAP)
#endif

/* Continues at the older checkpoint if it is safe, else at the newer one: RingNavigator.overtaken. */
inline overtaken() {
  i = 1 - newest;
  if
  :: markPosition[i] <= position || markPosition[i] + CAP < seen -> i = newest
  :: else
  fi;
  if
  :: markPosition[i] > position && markPosition[i] + CAP >= seen ->
     lost = lost + markSequence[i] - expected;
     position = markPosition[i];
     expected = markSequence[i]
  :: else
  fi
}

inline deliver() {
  if
  :: word == EMPTY ->
     if
     :: done ->
        assert(expected == published); /* nothing published is lost unless it was counted */
        assert(delivered + lost == published);
        goto over
     :: else
     fi
  :: word == PADDING -> position = position + CAP - position % CAP
  :: else ->
     assert(IS_COMMIT(word)); /* INV-RING-02: no stale word is met */
     assert(SEQ(word) == expected);
     assert(SIZE(word) == sizeOf[expected]);
     assert(size < 2 || copy == PAYLOAD(expected)); /* INV-RING-05: never torn */
     position = position + size;
     expected++;
     delivered++
  fi
}

proctype reader() {
  byte position, expected, lost, delivered, word, seen, i, size, copy;
  bool done;
  do
  :: atomic {
       done = finished;
       word = cell[position % CAP];
       size = (IS_COMMIT(word) -> SIZE(word) : 1)
     };
#ifdef BUG_CHECK_BEFORE_COPY
     seen = intent;
#endif
     /* RingPoller.#handOut: copy first, check then */
     if
     :: size > 1 && position % CAP + size <= CAP -> copy = cell[position % CAP + 1]
     :: else
     fi;
     atomic {
#ifndef BUG_CHECK_BEFORE_COPY
       seen = intent;
#endif
#ifdef BUG_NO_LAP_CHECK
       seen = 0;
#endif
       if
       :: LAPPED(seen) -> overtaken()
       :: else -> deliver()
       fi;
       word = 0; seen = 0; i = 0; size = 0; copy = 0; done = false
     }
  od;
over:
  skip
}

init {
  atomic {
    run writer();
    run reader();
#ifndef ONE_READER
    run reader()
#endif
  }
}
