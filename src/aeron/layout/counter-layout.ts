/**
 * Counters: one value of 128 bytes and one description of 512 bytes an id. Source: Aeron 1.53 `CountersReader`.
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

/** State of a description; a list of counters ends at the first unused one. */
export const CounterState = { Unused: 0, Allocated: 1, Reclaimed: -1 } as const;
export type CounterState = (typeof CounterState)[keyof typeof CounterState];

/** What counters are about; ids from 1000 on belong to users. */
export const CounterType = {
  System: 0,
  PublisherLimit: 1,
  SenderPosition: 2,
  ReceiverHighWaterMark: 3,
  SubscriberPosition: 4,
  ReceiverPosition: 5,
  SendChannelStatus: 6,
  ReceiveChannelStatus: 7,
  SenderLimit: 9,
  PerImage: 10,
  ClientHeartbeat: 11,
  PublisherPosition: 12,
  SenderBackPressure: 13,
  LocalAddress: 14,
} as const;
