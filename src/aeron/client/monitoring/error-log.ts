/**
 * The distinct error log of a media driver, a section of cnc.dat. Source: Aeron 1.53 `DistinctErrorLog`.
 *
 * entry   0 length i32, header included, stored last | 4 observations i32 | 8 last ms i64 | 16 first ms i64 |
 *         24 text; the next entry starts at a multiple of 8
 */
import type { Section } from '../section.js';

const COUNT_OFFSET = 4;
const LAST_OFFSET = 8;
const FIRST_OFFSET = 16;
const TEXT_OFFSET = 24;

/** One distinct error of a driver. Source: Aeron 1.53 `DistinctErrorLog`. */
export interface ErrorObservation {
  /** Number of observations. */
  readonly count: number;
  /** First observation, Unix time in milliseconds. */
  readonly firstMs: bigint;
  /** Last observation, Unix time in milliseconds. */
  readonly lastMs: bigint;
  /** Text of the error, with its stack trace when the driver stores one. */
  readonly text: string;
}

/** All distinct errors last observed at `since` (Unix milliseconds) or later, in the order of their first observation. */
export function readErrorLog(section: Section, since = 0n): ErrorObservation[] {
  const errors: ErrorObservation[] = [];
  let at = 0;
  while (at + TEXT_OFFSET <= section.length) {
    const length = section.load32(at);
    if (length < TEXT_OFFSET || at + length > section.length) break;
    const lastMs = section.load64(at + LAST_OFFSET);
    if (lastMs >= since) {
      errors.push({
        count: section.load32(at + COUNT_OFFSET),
        firstMs: section.load64(at + FIRST_OFFSET),
        lastMs,
        text: section.bytes.toString('utf8', at + TEXT_OFFSET, at + length),
      });
    }
    at += Math.ceil(length / 8) * 8;
  }
  return errors;
}
