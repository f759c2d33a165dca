/** A media driver of Aeron: streams and backlogs, errors, losses and counters. */
import { useState } from 'preact/hooks';
import type { AeronSample, SessionAnswer, Snapshot } from '../../api/answers.js';
import { bytes, duration, timeOfDay, whole } from '../parts/format.js';
import { Empty, Figure } from '../parts/small.js';
import { Table } from '../parts/table.js';

/** The tab. */
export function AeronTab({
  snapshot: { aeron },
  session,
}: {
  readonly snapshot: Snapshot;
  readonly session: SessionAnswer;
}) {
  const [search, setSearch] = useState('');
  if (aeron === null) {
    return (
      <Empty title="No media driver">
        {session.sources.aeron === null ? (
          <>
            Observe one with <code>ringwire web --aeron-dir</code> and its folder.
          </>
        ) : (
          <>
            No driver runs in <code>{session.sources.aeron}</code>.
          </>
        )}
      </Empty>
    );
  }
  const counters = aeron.counters.filter(({ label, id }) =>
    `${id} ${label}`.toLowerCase().includes(search.toLowerCase()),
  );
  return (
    <>
      <p class="path">{aeron.directory}</p>
      <dl class="figures">
        <Figure name="Driver heartbeat">
          {aeron.heartbeatAgeMs === null ? 'shut down' : `${duration(aeron.heartbeatAgeMs)} ago`}
        </Figure>
        <Figure name="Streams">{whole(aeron.streams.length)}</Figure>
        <Figure name="Largest backlog">{bytes(largestBacklog(aeron))}</Figure>
        <Figure name="Errors">{whole(sum(aeron.errors))}</Figure>
        <Figure name="Losses">{whole(sum(aeron.losses))}</Figure>
      </dl>
      <Table
        title="Streams"
        none="No stream has a publisher on this machine."
        heads={['Stream', 'Session', 'Channel', '#Published', '#Subscribers', '#Backlog']}
        rows={aeron.streams.map(({ streamId, sessionId, channel, position, subscribers }) => [
          String(streamId),
          String(sessionId),
          channel,
          bytes(position),
          whole(subscribers.length),
          bytes(Math.max(0, ...subscribers.map(({ backlog }) => backlog))),
        ])}
      />
      <Table
        title="Errors"
        none="No errors."
        heads={['#Count', 'Last', 'Error']}
        rows={aeron.errors.map(({ observations, lastMs, text }) => [
          whole(observations),
          timeOfDay(lastMs),
          text,
        ])}
      />
      <Table
        title="Losses"
        none="No losses."
        heads={['#Count', '#Bytes', 'Last', 'Stream', 'Channel', 'Source']}
        rows={aeron.losses.map((loss) => [
          whole(loss.observations),
          bytes(loss.bytesLost),
          timeOfDay(loss.lastMs),
          `${loss.streamId} / ${loss.sessionId}`,
          loss.channel,
          loss.source,
        ])}
      />
      <Table
        title="Counters"
        none="No counter matches."
        heads={['Id', 'Counter', '#Value']}
        rows={counters.map(({ id, label, value }) => [String(id), label, whole(value)])}
      >
        <div class="tools">
          <input
            type="search"
            placeholder="Find a counter"
            aria-label="Find a counter"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      </Table>
    </>
  );
}

function largestBacklog({ streams }: AeronSample): number {
  return Math.max(0, ...streams.flatMap(({ subscribers }) => subscribers.map(({ backlog }) => backlog)));
}

function sum(items: readonly { readonly observations: number }[]): number {
  return items.reduce((total, { observations }) => total + observations, 0);
}
