/** Tick units of a channel. The ids are those of the file (kekbit `TickUnit`); a tick is 10^-id seconds. */
import { type Clock, RingwireError, systemClock } from '../../platform/index.js';

/** Unit of the timeout and the creation time of a channel, by its id in the file. */
export const TickUnit = { Nanos: 9, Micros: 6, Millis: 3, Secs: 0 } as const;
/** One of the tick units: 9 for nanoseconds, 6 for microseconds, 3 for milliseconds, 0 for seconds. */
export type TickUnit = (typeof TickUnit)[keyof typeof TickUnit];

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Whether `id` is the id of a tick unit. */
export function isTickUnit(id: unknown): id is TickUnit {
  return id === 9 || id === 6 || id === 3 || id === 0;
}

/**
 * Returns the tick unit with this id (kekbit `from_id`).
 * @throws RingwireError `INVALID_TICK_UNIT`
 */
export function tickUnitFromId(id: number): TickUnit {
  if (isTickUnit(id)) return id;
  throw new RingwireError(
    'INVALID_TICK_UNIT',
    `unknown tick unit ${id}: use TickUnit.Nanos (9), Micros (6), Millis (3) or Secs (0)`,
    { tickUnitId: id },
  );
}

/** Converts nanoseconds to whole ticks, rounded down (kekbit `convert`). */
export function nanosToTicks(nanos: bigint, unit: TickUnit): bigint {
  return nanos / 10n ** BigInt(9 - unit);
}

/**
 * Converts ticks to milliseconds. Returns Infinity for 2^64-1, which means never, and for a duration that a number
 * cannot distinguish from it.
 */
export function ticksToMillis(ticks: bigint, unit: TickUnit): number {
  const millis = Number(ticks) * 10 ** (3 - unit);
  return ticks === U64_MAX || millis > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : millis;
}

/** Current Unix time in ticks (kekbit `nix_time`). */
export function unixTicks(unit: TickUnit, clock: Clock = systemClock): bigint {
  return nanosToTicks(clock.unixNanos(), unit);
}
