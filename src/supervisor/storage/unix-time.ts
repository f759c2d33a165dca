/** The time now in Unix nanoseconds, to the microsecond or so: what pieces of output and events carry. */
export function unixNanos(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
}
