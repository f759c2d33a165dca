/** The status of a journal for people: its oldest record, and the lag of each registered cursor. */
import { type ChannelReport, lagOf } from '../../channel/index.js';
import { count, counted } from './quantities.js';

/** The fields of a journal; empty for other kinds. */
export function journalFields({ journal }: ChannelReport): [string, string][] {
  if (journal === null) return [];
  const { oldestSequence, nextSequence, oldestPosition, cursors, problems } = journal;
  const fields: [string, string][] = [
    ['since the beginning', counted(nextSequence, 'record')],
    ['oldest', `record ${count(oldestSequence)}, at position ${count(oldestPosition)}`],
  ];
  for (const { name, place } of cursors) {
    const behind =
      place === null ? 'unreadable' : `${counted(lagOf(nextSequence, place.sequence), 'record')} behind`;
    fields.push([`cursor ${name}`, behind]);
  }
  for (const problem of problems) fields.push(['problem', problem]);
  return fields;
}
