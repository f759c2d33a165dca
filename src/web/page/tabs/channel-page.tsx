/** One channel: figures, charts of the last 15 minutes, readers, and records. */
import type { ChannelSample, Snapshot } from '../../api/answers.js';
import { useHistory } from '../live/use-history.js';
import { addressOf } from '../live/use-route.js';
import { Chart } from '../parts/chart.js';
import { bytes, duration, labelOf, percent, short, whole } from '../parts/format.js';
import { Bar, Empty, Figure, State } from '../parts/small.js';
import { Records } from './records.js';

/** The page of the channel with this id. */
export function ChannelPage({ id, snapshot }: { readonly id: string; readonly snapshot: Snapshot }) {
  const channel = snapshot.channels.find((candidate) => candidate.id === id);
  const history = useHistory(id, snapshot);
  const back = (
    <a class="back" href={addressOf('channels')}>
      ← Channels
    </a>
  );
  if (channel === undefined) {
    return (
      <>
        {back}
        <Empty title={`No channel ${id}`}>It does not exist, or not any more.</Empty>
      </>
    );
  }
  return (
    <article>
      {back}
      <h1>
        Channel {labelOf(channel)} <span class="kind">{channel.kind}</span> <State state={channel.state} />
      </h1>
      <p class="path">{channel.path}</p>
      {channel.error !== null && <p class="notice bad">{channel.error}</p>}
      <Figures channel={channel} />
      <div class="charts">
        <Chart
          title="Records per second"
          times={history.times}
          lines={[{ name: 'records/s', values: history.recordsPerSecond }]}
          unit="records"
        />
        <Chart
          title={history.readers.length === 0 ? 'Payload per second' : 'Lag of readers'}
          times={history.times}
          lines={
            history.readers.length === 0
              ? [{ name: 'payload/s', values: history.payloadBytesPerSecond }]
              : history.readers.map(({ name, lagBytes }) => ({ name, values: lagBytes }))
          }
          unit="bytes"
        />
      </div>
      {channel.readers.length > 0 && <Readers channel={channel} />}
      <Records id={id} />
    </article>
  );
}

function Figures({ channel }: { readonly channel: ChannelSample }) {
  const { recordsPerSecond, payloadBytesPerSecond, records, payloadBytes, fill, capacity } = channel;
  const { heartbeatAgeMs, restarts, pid } = channel;
  return (
    <dl class="figures">
      <Figure name="Records/s">{short(recordsPerSecond)}</Figure>
      <Figure name="Payload/s">{bytes(payloadBytesPerSecond)}</Figure>
      <Figure name="Records">{whole(records)}</Figure>
      <Figure name="Payload">{bytes(payloadBytes)}</Figure>
      <Figure name="Fill">
        {capacity === 0 ? '–' : percent(fill / capacity)} <small>of {bytes(capacity)}</small>
      </Figure>
      <Figure name="Last sign of life">
        {heartbeatAgeMs === null ? '–' : `${duration(heartbeatAgeMs)} ago`}
      </Figure>
      <Figure name="Takeovers">{whole(restarts)}</Figure>
      <Figure name="Writer">{pid === null ? '–' : pid}</Figure>
    </dl>
  );
}

function Readers({ channel: { readers } }: { readonly channel: ChannelSample }) {
  return (
    <section aria-label="Readers">
      <h2>Readers</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col">Lag</th>
              <th scope="col" class="number">
                Records
              </th>
              <th scope="col" class="number">
                Bytes
              </th>
              <th scope="col" class="number">
                Lost
              </th>
              <th scope="col" class="number wide">
                Laps
              </th>
            </tr>
          </thead>
          <tbody>
            {readers.map((reader) => (
              <tr key={`${reader.slot} ${reader.name} ${reader.pid}`}>
                <th scope="row">{reader.name === '' ? 'reader' : reader.name}</th>
                <td>{reader.pid ?? '–'}</td>
                <td>
                  <State state={reader.alive === false ? 'dead' : reader.state} />
                </td>
                <td>
                  <Bar share={reader.lagShare} label="Lag" />
                </td>
                <td class="number">{whole(reader.lagRecords)}</td>
                <td class="number">{bytes(reader.lagBytes)}</td>
                <td class={`number ${reader.lost > 0 ? 'lost' : ''}`}>{whole(reader.lost)}</td>
                <td class="number wide">{whole(reader.laps)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
