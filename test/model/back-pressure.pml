/*
 * The back-pressure ring: one writer and two readers that register at any time, read in place without validation,
 * die at any step or leave, and may get the slot of a dead one. Every record takes one cell, the cell behind it is
 * cleared first, and positions count without end, so a record's position is its sequence number.
 *
 * The writer and the readers block where the real ones poll, so whatever would hold the writer for ever is an
 * invalid end state.
 *
 * Each BUG_... breaks one rule; each must be found.
 */
#define CAP 4
#define STEP 1
#ifndef RECORDS
#define RECORDS 6
#endif
#ifndef SLOTS
#define SLOTS 2
#endif

#define EMPTY 0
#define COMMIT(seq) ((seq) + 1)

#define FREE 0
#define JOINING 1
#define ACTIVE 2
#define STATE(word) ((word) % 4)
#define GENERATION(word) ((word) / 4)
#define WORD(generation, state) ((generation) * 4 + (state))

byte cell[CAP];
byte intent;
byte slotWord[SLOTS];
byte slotPosition[SLOTS];
bool locked[SLOTS];
bool finished;
byte deaths;

#define HOLDS(s, end) (STATE(slotWord[s]) == ACTIVE && slotPosition[s] + CAP < (end))
#ifdef BUG_NEVER_EVICT
#define DEAD(s) false
#else
#define DEAD(s) (!locked[s])
#endif

#if SLOTS == 1
#define ROOM(end) (!HOLDS(0, end))
#define EVICTABLE(end) (HOLDS(0, end) && DEAD(0))
#else
#define ROOM(end) (!HOLDS(0, end) && !HOLDS(1, end))
#define EVICTABLE(end) ((HOLDS(0, end) && DEAD(0)) || (HOLDS(1, end) && DEAD(1)))
#endif

/* ReaderSlots.slowest: one slot after the other. */
inline scan() {
  slowest = 255;
  s = 0;
  do
  :: s < SLOTS ->
#ifdef BUG_POSITION_LOADED_TWICE
     if
     :: STATE(slotWord[s]) == ACTIVE && slotPosition[s] < slowest -> slowest = slotPosition[s]
     :: else
     fi;
#else
     if
     :: STATE(slotWord[s]) == ACTIVE ->
        saw = slotPosition[s];
        if
        :: saw < slowest -> slowest = saw
        :: else
        fi
     :: else
     fi;
#endif
     s++
  :: else -> break
  od;
  allowed = (slowest == 255 || slowest + CAP > intent -> intent : slowest + CAP)
}

/* ReaderSlots.evictDead: load the word, probe the lock, exchange. */
inline evictDead(end) {
  s = 0;
  do
  :: s < SLOTS ->
     saw = slotWord[s];
     if
     :: STATE(saw) == ACTIVE && slotPosition[s] + CAP < end && !locked[s] ->
        atomic {
#ifdef BUG_EVICT_WITHOUT_EXCHANGE
          slotWord[s] = WORD(GENERATION(slotWord[s]), FREE)
#else
          if
          :: slotWord[s] == saw -> slotWord[s] = WORD(GENERATION(saw), FREE)
          :: else
          fi
#endif
        }
     :: else
     fi;
     s++
  :: else -> break
  od
}

#ifdef BUG_CLEAR_NOT_COUNTED
#define END (position + 1)
#else
#define END (position + 2)
#endif

proctype writer() {
  byte position, allowed, slowest, s, saw;
  do
  :: position == RECORDS -> break
  :: else ->
     /* UnitPublisher.#admit */
#ifdef BUG_SCAN_BEFORE_INTENT
     if
     :: END > intent -> scan(); allowed = (slowest == 255 -> END + STEP : slowest + CAP); intent = END + STEP
     :: else
     fi;
#else
     if
     :: END > intent -> intent = END + STEP
     :: else
     fi;
#endif
     do
     :: END <= allowed -> break
     :: else ->
        scan();
        if
        :: END > allowed ->
#ifndef BUG_NEVER_EVICT
           evictDead(END);
#endif
           (ROOM(END) || EVICTABLE(END))
        :: else
        fi
     od;
     cell[(position + 1) % CAP] = EMPTY;
     cell[position % CAP] = COMMIT(position);
     atomic { position++; slowest = 0; s = 0; saw = 0 }
  od;
  finished = true
}

#define MAY_DIE if :: deaths == 0 -> atomic { deaths = 1; locked[slot] = false }; goto over :: skip fi

proctype reader() {
  byte position, slot, generation, seen;
  /* OwnSlot.take: the kernel's lock decides */
  atomic {
    if
    :: !locked[0] -> slot = 0
#if SLOTS > 1
    :: !locked[1] -> slot = 1
#endif
    fi;
    locked[slot] = true
  };
  generation = GENERATION(slotWord[slot]) + 1;
  slotWord[slot] = WORD(generation, JOINING);
  MAY_DIE;
  seen = intent;
  position = (seen > CAP -> seen - CAP : 0);
  /* RingNavigator.#register */
  do
  :: slotPosition[slot] = position;
     slotWord[slot] = WORD(generation, ACTIVE);
     MAY_DIE;
#ifdef BUG_JOIN_WITHOUT_CHECK
     break;
#endif
     seen = intent;
     if
     :: seen <= position + CAP -> break
     :: else -> position = seen - CAP
     fi
  od;
  do
  :: (cell[position % CAP] != EMPTY || finished) ->
     if
     :: finished && cell[position % CAP] == EMPTY ->
        assert(position == RECORDS); /* nothing was lost */
        break
     :: cell[position % CAP] != EMPTY ->
#ifdef BUG_PUBLISH_BEFORE_READ
        slotPosition[slot] = position + 1;
#endif
        assert(cell[position % CAP] == COMMIT(position)); /* INV-RING-04 */
        MAY_DIE;
        assert(cell[position % CAP] == COMMIT(position)); /* still so at the end of the handler */
        position++;
#ifndef BUG_PUBLISH_BEFORE_READ
        slotPosition[slot] = position;
#endif
        MAY_DIE
     :: else
     fi
  od;
  slotWord[slot] = WORD(generation, FREE);
  locked[slot] = false;
over:
  skip
}

init {
  atomic {
    run writer();
    run reader();
    run reader()
  }
}
