// @ts-check
import { TickUnit } from 'ringwire';

export const DATA = 1;
export const BACK = 2;

/** Options of a benchmark channel: every page touched before the clock starts. @param {number} channelId @param {number} records @param {number} length @param {object} [extra] */
export function benchChannel(channelId, records, length, extra = {}) {
  return {
    writerId: 1,
    channelId,
    capacity: Math.max(256 * 1024, records * ((length + 15) & ~7) + 64 * 1024),
    maxMessageLength: Math.max(1024, length),
    timeout: 60_000,
    tickUnit: TickUnit.Millis,
    prefault: true,
    ...extra,
  };
}

/** Prints what a process measured; its parent reads the last line. @param {object} result */
export function report(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** The argument object a parent passes to a child. @returns {any} */
export function parameters() {
  return JSON.parse(process.argv[2] ?? '{}');
}
