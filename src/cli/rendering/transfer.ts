/** The live line of commands that move records. */
import { bytes, count, rate } from './quantities.js';

/** What has been moved so far. */
export interface Transfer {
  readonly records: number;
  /** Bytes. */
  readonly payload: number;
}

/** The rates are those since the process began. */
export function transferLine({ records, payload }: Transfer): string {
  const seconds = performance.now() / 1000;
  return `${count(records)} records, ${bytes(payload)}, ${rate(records / seconds, 'records')}, ${bytes(payload / seconds)}/s`;
}
