/** The table of channels: live rates, fill, and a lag bar for each reader. */
import { useState } from 'preact/hooks';
import type { ChannelSample, ReaderSample, SessionAnswer, Snapshot } from '../../api/answers.js';
import { ratesOf } from '../live/rates.js';
import { addressOf } from '../live/use-route.js';
import { bytes, labelOf, short, whole } from '../parts/format.js';
import { Bar, Curve, Empty, State } from '../parts/small.js';

/** Most rows at a time: a browser is slow with more. The search finds the others. */
const MAX_ROWS = 250;
/** Most readers of one channel in the table; the page of the channel has all. */
const MAX_READERS = 4;

/** The tab. */
export function ChannelsTab({
  snapshot,
  session,
}: {
  readonly snapshot: Snapshot;
  readonly session: SessionAnswer;
}) {
  const [search, setSearch] = useState('');
  const found = snapshot.channels.filter((channel) => matches(channel, search.trim().toLowerCase()));
  if (snapshot.channels.length === 0) {
    return (
      <Empty title="No channels">
        No channels below <code>{session.root}</code> yet. Try <code>ringwire demo</code>, or choose another
        folder with <code>--root</code>.
      </Empty>
    );
  }
  return (
    <section aria-label="Channels">
      <div class="tools">
        <input
          type="search"
          placeholder="Find a channel or reader"
          aria-label="Find a channel or reader"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <p class="path">{session.root}</p>
      </div>
      <div class="scroll">
        <table class="channels">
          <thead>
            <tr>
              <th scope="col">Channel</th>
              <th scope="col">Kind</th>
              <th scope="col">State</th>
              <th scope="col" class="number">
                Records/s
              </th>
              <th scope="col" class="wide">
                <span class="hidden">Last minute</span>
              </th>
              <th scope="col" class="number wide">
                Payload/s
              </th>
              <th scope="col">Fill</th>
              <th scope="col" class="number wide">
                Records
              </th>
              <th scope="col" class="number wide">
                Lost
              </th>
            </tr>
          </thead>
          {found.slice(0, MAX_ROWS).map((channel) => (
            <ChannelRows key={channel.path} channel={channel} />
          ))}
        </table>
      </div>
      {found.length === 0 && <p class="note">No channel matches.</p>}
      {found.length > MAX_ROWS && <p class="note">{whole(found.length - MAX_ROWS)} more; search for them.</p>}
    </section>
  );
}

function ChannelRows({ channel }: { readonly channel: ChannelSample }) {
  const { id, kind, state, recordsPerSecond, payloadBytesPerSecond, fill, capacity, records, readers } =
    channel;
  const lost = readers.reduce((sum, reader) => sum + reader.lost, 0);
  return (
    <tbody>
      <tr>
        <th scope="row">
          <a href={addressOf('channels', id)} data-row>
            {labelOf(channel)}
          </a>
        </th>
        <td>{kind ?? 'unknown'}</td>
        <td>
          <State state={state} />
        </td>
        <td class="number strong">{short(recordsPerSecond)}</td>
        <td class="wide">
          <Curve values={ratesOf(id)} />
        </td>
        <td class="number wide">{bytes(payloadBytesPerSecond)}</td>
        <td>
          <Bar share={capacity === 0 ? 0 : fill / capacity} label="Fill" />
        </td>
        <td class="number wide">{channel.caughtUp ? whole(records) : `${whole(records)} …`}</td>
        <td class={`number wide ${lost > 0 ? 'lost' : ''}`}>{readers.length === 0 ? '' : whole(lost)}</td>
      </tr>
      {readers.slice(0, MAX_READERS).map((reader) => (
        <ReaderRow key={`${reader.slot} ${reader.name} ${reader.pid}`} reader={reader} />
      ))}
      {readers.length > MAX_READERS && (
        <tr class="reader">
          <td colSpan={9}>{readers.length - MAX_READERS} more readers</td>
        </tr>
      )}
    </tbody>
  );
}

function ReaderRow({ reader }: { readonly reader: ReaderSample }) {
  const { name, pid, state, alive, lagBytes, lagRecords, lagShare, lost } = reader;
  const word = alive === false ? 'dead' : state;
  return (
    <tr class="reader">
      <td colSpan={2}>
        <span class="branch" aria-hidden="true" />
        {name === '' ? 'reader' : name} <span class="faint wide">{pid === null ? '' : pid}</span>
      </td>
      <td>
        <State state={word} />
      </td>
      <td class="number" colSpan={1}>
        <span class="faint">lag</span> {short(lagRecords)}
      </td>
      <td class="wide" />
      <td class="number wide">
        <span class="faint">lag</span> {bytes(lagBytes)}
      </td>
      <td>
        <Bar share={lagShare} label="Lag" />
      </td>
      <td class="wide" />
      <td class={`number wide ${lost > 0 ? 'lost' : ''}`}>{whole(lost)}</td>
    </tr>
  );
}

function matches({ id, name, path, kind, state, readers }: ChannelSample, search: string): boolean {
  if (search === '') return true;
  const words = [id, name ?? '', path, kind ?? '', state, ...readers.map((reader) => reader.name)];
  return words.some((word) => word.toLowerCase().includes(search));
}
