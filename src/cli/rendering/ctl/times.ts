/** Times of events for people, in the local time zone. */

/** `20:31:02.123`. */
export function timeOfDay(date: Date): string {
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => digits(part, 2));
  return `${parts.join(':')}.${digits(date.getMilliseconds(), 3)}`;
}

/** `2026-11-26 20:31:02.123`. */
export function dateAndTime(date: Date): string {
  const day = [digits(date.getFullYear(), 4), digits(date.getMonth() + 1, 2), digits(date.getDate(), 2)];
  return `${day.join('-')} ${timeOfDay(date)}`;
}

/** The time of Unix nanoseconds, as whole milliseconds. */
export function dateOf(nanos: bigint): Date {
  return new Date(Number(nanos / 1_000_000n));
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
