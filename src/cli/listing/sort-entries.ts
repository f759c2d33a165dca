/** The orders of a listing. */
import { recordCounts } from '../rendering/channel-status.js';
import type { ChannelEntry } from './channel-entry.js';

type Order = (one: ChannelEntry, other: ChannelEntry) => number;

const byId: Order = ({ channel: { id: a } }, { channel: { id: b } }) => (a < b ? -1 : a > b ? 1 : 0);

/** The largest figure first; equal ones by id. */
function largest(figure: (entry: ChannelEntry) => number | null): Order {
  return (one, other) => (figure(other) ?? -1) - (figure(one) ?? -1) || byId(one, other);
}

/** By a word; equal ones by id. */
function alphabetical(word: (entry: ChannelEntry) => string): Order {
  return (one, other) => {
    const [a, b] = [word(one), word(other)];
    return a < b ? -1 : a > b ? 1 : byId(one, other);
  };
}

const ORDERS = {
  id: byId,
  // Channels without a name come last, by id.
  name: alphabetical(({ channel }) => channel.name ?? '\uffff'),
  size: largest(({ bytes }) => bytes),
  age: largest(({ ageMs }) => ageMs),
  records: largest(({ scan }) => recordCounts(scan).recordsWritten),
  readers: largest(({ readers }) => readers),
  state: alphabetical(({ scan }) => scan.state),
} as const satisfies Record<string, Order>;

/** A key of `--sort`. */
export type SortKey = keyof typeof ORDERS;

/** Every key of `--sort`. */
export const SORT_KEYS = Object.keys(ORDERS) as readonly SortKey[];

/** Sorts a listing: names and states alphabetically, ids ascending, figures from the largest. */
export function sortEntries(entries: readonly ChannelEntry[], key: SortKey): ChannelEntry[] {
  return [...entries].sort(ORDERS[key]);
}
