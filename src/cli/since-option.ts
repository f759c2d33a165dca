/** Times on the command line. */
import { InvalidArgumentError } from 'commander';
import { parseMilliseconds, QuantityError } from '../platform/index.js';

/** A date, or a date and a time of day with an optional zone. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const DATE_LENGTH = 10;

/**
 * Unix milliseconds of a time on the command line: a duration before now, as `10m`; or an ISO date or time, which is
 * local unless it names a zone.
 */
export function sinceOption(text: string): number {
  if (ISO_TIME.test(text)) {
    const time = Date.parse(text.length === DATE_LENGTH ? `${text}T00:00` : text.replace(' ', 'T'));
    if (!Number.isNaN(time)) return time;
  }
  try {
    return Date.now() - parseMilliseconds(text, Number.MAX_SAFE_INTEGER);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new InvalidArgumentError('It must be a duration, as 10m, or a time, as 2026-11-26T20:15.');
  }
}
