/** Negative results of `offer` and `tryClaim`; a positive result is the new position. Source: Aeron 1.53 `Publication`. */
export const OfferResult = {
  /** No subscriber is connected. */
  NotConnected: -1,
  /** The position limit is reached: subscribers have not consumed enough. Try again later. */
  BackPressured: -2,
  /** The log rotated to its next term: try again at once. */
  AdminAction: -3,
  /** The publication or its client is closed. */
  Closed: -4,
  /** The stream has reached its last possible position. */
  MaxPositionExceeded: -5,
} as const;
/** One of {@link OfferResult}. */
export type OfferResult = (typeof OfferResult)[keyof typeof OfferResult];
