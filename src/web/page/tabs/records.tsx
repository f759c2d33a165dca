/** The last records of a channel, and new ones as they arrive. */
import { useEffect, useState } from 'preact/hooks';
import type { RecordsAnswer } from '../../api/answers.js';
import { getJson } from '../live/api.js';
import { useEvents } from '../live/event-source.js';
import { bytes, whole } from '../parts/format.js';
import { type RecordFormat, recordText } from '../parts/record-text.js';
import { Choice, Follow } from '../parts/small.js';

/** Records that are shown. */
const LIMIT = 100;
const FORMATS = [
  ['text', 'Text'],
  ['json', 'JSON'],
  ['hex', 'Hex'],
] as const;

const NONE: RecordsAnswer = { records: [], skipped: 0, end: null };

/** The records of the channel with this id. */
export function Records({ id }: { readonly id: string }) {
  const [format, setFormat] = useState<RecordFormat>('text');
  const [isFollowing, setFollowing] = useState(true);
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  const { found, fault, reload } = useRecords(id, search, isFollowing);
  return (
    <section aria-label="Records">
      <h2>Records</h2>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(typed);
          reload();
        }}
      >
        <input
          type="search"
          placeholder="Search, then Enter"
          aria-label="Search the records"
          maxLength={256}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <Choice name="Format" options={FORMATS} value={format} onChange={setFormat} />
        <Follow value={isFollowing} onChange={setFollowing} />
        {!isFollowing && <button type="submit">Read again</button>}
      </form>
      {fault !== null && <p class="notice bad">{fault}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <ol class="records" tabIndex={0} aria-label={`Last ${LIMIT} records, newest first`}>
        {[...found.records].reverse().map((record) => (
          <li key={record.position}>
            <span class="place">
              {whole(record.position)} <small>{bytes(record.length)}</small>
            </span>
            <pre>{recordText(record, format)}</pre>
            {record.length > 4096 && <small>first 4 KiB of {bytes(record.length)}</small>}
          </li>
        ))}
      </ol>
      {found.records.length === 0 && (
        <p class="note">{search === '' ? 'No records.' : 'No record contains this text.'}</p>
      )}
      {found.end !== null && <p class="note">No more records will come: {found.end}.</p>}
      {found.skipped > 0 && <p class="note">{whole(found.skipped)} earlier records are not shown.</p>}
    </section>
  );
}

/** Reads the last records, or follows the channel. */
function useRecords(id: string, search: string, isFollowing: boolean) {
  const [found, setFound] = useState(NONE);
  const [fault, setFault] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const query = `limit=${LIMIT}&search=${encodeURIComponent(search)}`;
  useEffect(() => {
    if (isFollowing) return;
    const ending = new AbortController();
    getJson<RecordsAnswer>(`/api/channels/${id}/records?${query}`, ending.signal).then(
      (answer) => {
        setFound(answer);
        setFault(null);
      },
      (error: Error) => ending.signal.aborted || setFault(error.message),
    );
    return () => ending.abort();
  }, [id, query, isFollowing, attempt]);
  useEvents<RecordsAnswer>(
    isFollowing ? `/api/channels/${id}/follow?${query}` : null,
    'records',
    (answer) => {
      setFound((before) => joined(before, answer));
      return answer.end !== null;
    },
    // A new stream begins with the last records again.
    (isOpen) => isOpen && setFound(NONE),
  );
  return { found, fault, reload: () => setAttempt((count) => count + 1) };
}

function joined(before: RecordsAnswer, { records, skipped, end }: RecordsAnswer): RecordsAnswer {
  const all = [...before.records, ...records];
  const dropped = Math.max(0, all.length - LIMIT);
  return { records: all.slice(dropped), skipped: before.skipped + skipped + dropped, end };
}
