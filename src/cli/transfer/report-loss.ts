/** Reports records of a ring that were overwritten before they were read: on stderr, never in the output. */
import type { Loss } from '../../channel/index.js';
import { printNote } from '../print.js';

/** Prints a note about one loss. */
export function noteLap(lap: Loss): void {
  printNote(`lapped: ${lap.records} records (${lap.bytes} bytes) were overwritten before they could be read`);
}
