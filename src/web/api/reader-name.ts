/** The name of a reader in the history of its channel. */
import type { ReaderSample } from '../../metrics/index.js';

/** Distinguishes the readers of a channel, for people: `billing (4711, slot 2)`. */
export function readerName({ name, pid, slot }: ReaderSample): string {
  const who = name === '' ? 'reader' : name;
  if (pid === null) return who;
  return slot === null ? `${who} (${pid})` : `${who} (${pid}, slot ${slot})`;
}
