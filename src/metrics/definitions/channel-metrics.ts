/** Metrics of channels and their readers. */
import { shareOf } from '../../channel/index.js';
import type { ChannelSample, ReaderSample } from '../snapshot.js';
import type { MetricGroup } from './metric.js';

const MILLIS = 1000;

/** One for each channel. */
export const CHANNELS: MetricGroup<ChannelSample> = {
  name: 'channel',
  labels: ['root', 'channel', 'kind'],
  items: ({ channels }) => channels,
  key: ({ root, id, kind }) => [root, id, kind ?? 'unknown'],
  metrics: [
    {
      ...{ name: 'ringwire_channel_records_total', type: 'counter', unit: '{record}' },
      help: 'Records ever written to the channel.',
      value: ({ records }) => records,
    },
    {
      ...{ name: 'ringwire_channel_payload_bytes_total', type: 'counter', unit: 'By' },
      help: 'Payload bytes ever written to the channel; exact for a log, with padding to 8 bytes for a ring or journal.',
      value: ({ payloadBytes }) => payloadBytes,
    },
    {
      ...{ name: 'ringwire_channel_written_bytes_total', type: 'counter', unit: 'By' },
      help: 'Bytes ever written to the channel, headers of records and padding included.',
      value: ({ position }) => position,
    },
    {
      ...{ name: 'ringwire_channel_capacity_bytes', type: 'gauge', unit: 'By' },
      help: 'Bytes for records: of a journal, of one segment.',
      value: ({ capacity }) => capacity,
    },
    {
      ...{ name: 'ringwire_channel_fill_bytes', type: 'gauge', unit: 'By' },
      help: 'Used bytes of the capacity: of a ring, the bytes that its slowest blocking reader has not read.',
      value: ({ fill }) => fill,
    },
    {
      ...{ name: 'ringwire_channel_fill_ratio', type: 'gauge', unit: '1', merge: 'max' },
      help: 'Used share of the capacity, 0 to 1.',
      value: ({ fill, capacity }) => (capacity === 0 ? null : shareOf(fill, capacity)),
    },
    {
      ...{ name: 'ringwire_channel_readable_records', type: 'gauge', unit: '{record}' },
      help: 'Records that a new reader can read now.',
      value: ({ readableRecords }) => readableRecords,
    },
    {
      ...{ name: 'ringwire_channel_state', type: 'gauge', unit: '1' },
      help: 'The state of the channel, 1 for the state in the label; other states have no row.',
      label: { name: 'state', value: ({ state }) => state },
      value: () => 1,
    },
    {
      ...{ name: 'ringwire_channel_writer_restarts_total', type: 'counter', unit: '{restart}' },
      help: 'Takeovers of the ring by a new writer: its epoch.',
      value: ({ restarts }) => restarts,
    },
    {
      ...{ name: 'ringwire_channel_heartbeat_age_seconds', type: 'gauge', unit: 's', merge: 'max' },
      help: 'Time since the last record or heartbeat that was seen, while the channel is open.',
      value: ({ heartbeatAgeMs }) => seconds(heartbeatAgeMs),
    },
    {
      ...{ name: 'ringwire_channel_timeout_seconds', type: 'gauge', unit: 's', merge: 'max' },
      help: 'Silence after which the writer counts as late.',
      value: ({ timeoutMs }) => seconds(timeoutMs),
    },
  ],
};

/** A reader with its channel. */
interface ReaderItem {
  readonly channel: ChannelSample;
  readonly reader: ReaderSample;
}

/** One for each reader with a slot, and each cursor. */
export const READERS: MetricGroup<ReaderItem> = {
  name: 'reader',
  labels: ['root', 'channel', 'reader', 'slot'],
  items: ({ channels }) =>
    channels.flatMap((channel) => channel.readers.map((reader) => ({ channel, reader }))),
  key: ({ channel, reader: { name, slot, state } }) => [
    channel.root,
    channel.id,
    name === '' ? 'unnamed' : name,
    slot === null ? state : String(slot),
  ],
  metrics: [
    {
      ...{ name: 'ringwire_reader_lag_records', type: 'gauge', unit: '{record}' },
      help: 'Records between the reader and the end of the channel.',
      value: ({ reader }) => reader.lagRecords,
    },
    {
      ...{ name: 'ringwire_reader_lag_bytes', type: 'gauge', unit: 'By' },
      help: 'Bytes between the reader and the end of the channel.',
      value: ({ reader }) => reader.lagBytes,
    },
    {
      ...{ name: 'ringwire_reader_lag_ratio', type: 'gauge', unit: '1', merge: 'max' },
      help: 'Lag as a share of the capacity; above 1 the reader has been overtaken.',
      value: ({ reader }) => reader.lagShare,
    },
    {
      ...{ name: 'ringwire_reader_lost_records_total', type: 'counter', unit: '{record}' },
      help: 'Records that the writer overwrote before the reader read them.',
      value: ({ reader }) => reader.lost,
    },
    {
      ...{ name: 'ringwire_reader_laps_total', type: 'counter', unit: '{lap}' },
      help: 'Times that the writer overtook the reader.',
      value: ({ reader }) => reader.laps,
    },
    {
      ...{ name: 'ringwire_reader_position_bytes', type: 'gauge', unit: 'By', merge: 'max' },
      help: 'Position of the next record of the reader.',
      value: ({ reader }) => reader.position,
    },
    {
      ...{ name: 'ringwire_reader_alive', type: 'gauge', unit: '1' },
      help: 'Whether the process of the reader lives: 1 or 0.',
      value: ({ reader: { alive } }) => (alive === null ? null : Number(alive)),
    },
  ],
};

/** Milliseconds as seconds. */
export function seconds(millis: number | null): number | null {
  return millis === null ? null : millis / MILLIS;
}
