/**
 * Counters: one value of 128 bytes and one description of 512 bytes for each id. Source: Aeron 1.53 `CountersReader`.
 *
 * value          0 value i64 | 8 registration id i64 | 16 owner id i64 | 24 reference id i64 | padding to 128
 * description    0 state i32 | 4 type id i32 | 8 free-for-reuse deadline in ms i64 | 16 key, 112 bytes |
 *                128 label length i32 | 132 label, at most 380 bytes
 */
export const COUNTER_VALUE_LENGTH = 128;
export const VALUE_OFFSET = 0;
export const REGISTRATION_ID_OFFSET = 8;
export const OWNER_ID_OFFSET = 16;
export const REFERENCE_ID_OFFSET = 24;

export const COUNTER_METADATA_LENGTH = 512;
export const STATE_OFFSET = 0;
export const TYPE_ID_OFFSET = 4;
export const FREE_FOR_REUSE_DEADLINE_OFFSET = 8;
export const KEY_OFFSET = 16;
export const MAX_KEY_LENGTH = 112;
export const LABEL_LENGTH_OFFSET = 128;
export const LABEL_OFFSET = 132;
export const MAX_LABEL_LENGTH = 380;

/** State of a counter. The list of counters ends at the first unused one. Source: Aeron 1.53 `CountersReader`. */
export const CounterState = {
  /** Never allocated. */
  Unused: 0,
  /** In use. */
  Allocated: 1,
  /** Freed; the driver may allocate it again. */
  Reclaimed: -1,
} as const;
/** One of {@link CounterState}. */
export type CounterState = (typeof CounterState)[keyof typeof CounterState];

/** Types of counters. Types from 1000 on belong to users. Source: Aeron 1.53 `AeronCounters`. */
export const CounterType = {
  /** A counter of the driver itself: its id is one of {@link SystemCounterId}. */
  System: 0,
  /** Position up to which a publisher may publish. */
  PublisherLimit: 1,
  /** Position up to which the sender has sent. */
  SenderPosition: 2,
  /** Highest position received, before gaps are filled. */
  ReceiverHighWaterMark: 3,
  /** Position that a subscriber has consumed. */
  SubscriberPosition: 4,
  /** Position received without gaps. */
  ReceiverPosition: 5,
  /** Status of a sending endpoint. */
  SendChannelStatus: 6,
  /** Status of a receiving endpoint. */
  ReceiveChannelStatus: 7,
  /** Position up to which the sender may send. */
  SenderLimit: 9,
  /** A counter for one image. */
  PerImage: 10,
  /** Heartbeat of a client, Unix time in milliseconds. */
  ClientHeartbeat: 11,
  /** Position of a publisher. */
  PublisherPosition: 12,
  /** Number of back-pressure events of a sender. */
  SenderBackPressure: 13,
  /** Local address of an endpoint, in the key. */
  LocalAddress: 14,
} as const;
