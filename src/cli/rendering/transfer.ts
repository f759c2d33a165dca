/** The live line of commands that move records. */
import { bytes, count, rate } from './quantities.js';

export interface Transfer {
  readonly records: number;
  /** Bytes. */
  readonly payload: number;
}

export function transferLine({ records, payload }: Transfer, startedAt = processStart): string {
  const seconds = (performance.now() - startedAt) / 1000;
  return `${count(records)} records, ${bytes(payload)}, ${rate(records / seconds, 'records')}, ${bytes(payload / seconds)}/s`;
}

const processStart = 0;
