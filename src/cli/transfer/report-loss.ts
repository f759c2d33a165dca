/** Reports records of a ring that were overwritten before they were read: on stderr, never in the output. */
import type { Loss } from '../../channel/index.js';
import { printNote } from '../print.js';

/** Prints a note about one loss. `label`: the channel, if the command reads several. */
export function noteLoss({ records, bytes }: Loss, label: string | null): void {
  const text = `lapped: ${records} records (${bytes} bytes) were overwritten before they could be read`;
  printNote(label === null ? text : `${label}: ${text}`);
}
