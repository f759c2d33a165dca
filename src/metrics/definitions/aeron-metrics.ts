/** Metrics of an Aeron media driver. */
import type { AeronCounterSample, AeronLossSample, AeronSample, AeronStreamSample } from '../snapshot.js';
import { seconds } from './channel-metrics.js';
import type { MetricGroup } from './metric.js';

/** One for the driver. */
export const AERON_DRIVER: MetricGroup<AeronSample> = {
  name: 'aeron_driver',
  labels: ['directory'],
  items: ({ aeron }) => (aeron === null ? [] : [aeron]),
  key: ({ directory }) => [directory],
  metrics: [
    {
      ...{ name: 'ringwire_aeron_heartbeat_age_seconds', type: 'gauge', unit: 's' },
      help: 'Time since the last heartbeat of the driver; no row after its shutdown.',
      value: ({ heartbeatAgeMs }) => seconds(heartbeatAgeMs),
    },
    {
      ...{ name: 'ringwire_aeron_errors_total', type: 'counter', unit: '{error}' },
      help: 'Observations of all errors in the error log of the driver.',
      value: ({ errors }) => errors.reduce((sum, { observations }) => sum + observations, 0),
    },
    {
      ...{ name: 'ringwire_aeron_distinct_errors', type: 'gauge', unit: '{error}' },
      help: 'Distinct errors in the error log of the driver.',
      value: ({ errors }) => errors.length,
    },
  ],
};

/** One for each counter in use. */
export const AERON_COUNTERS: MetricGroup<AeronCounterSample> = {
  name: 'aeron_counter',
  labels: ['id', 'type', 'label'],
  items: ({ aeron }) => aeron?.counters ?? [],
  key: ({ id, typeId, label }) => [String(id), String(typeId), label],
  metrics: [
    {
      ...{ name: 'ringwire_aeron_counter', type: 'gauge', unit: '1' },
      help: 'Value of a counter of the driver.',
      value: ({ value }) => value,
    },
  ],
};

/** A subscriber of a stream. */
interface SubscriberItem {
  readonly stream: AeronStreamSample;
  readonly subscriber: AeronStreamSample['subscribers'][number];
}

/** One for each subscriber on this machine. */
export const AERON_STREAMS: MetricGroup<SubscriberItem> = {
  name: 'aeron_stream',
  labels: ['aeron_channel', 'stream', 'session', 'subscriber'],
  items: ({ aeron }) =>
    (aeron?.streams ?? []).flatMap((stream) =>
      stream.subscribers.map((subscriber) => ({ stream, subscriber })),
    ),
  key: ({ stream, subscriber }) => [
    stream.channel,
    String(stream.streamId),
    String(stream.sessionId),
    subscriber.registrationId,
  ],
  metrics: [
    {
      ...{ name: 'ringwire_aeron_backlog_bytes', type: 'gauge', unit: 'By' },
      help: 'Bytes published and not yet read by the subscriber.',
      value: ({ subscriber }) => subscriber.backlog,
    },
  ],
};

/** One for each stream with losses. */
export const AERON_LOSSES: MetricGroup<AeronLossSample> = {
  name: 'aeron_loss',
  labels: ['aeron_channel', 'stream', 'session', 'publisher'],
  items: ({ aeron }) => aeron?.losses ?? [],
  key: ({ channel, streamId, sessionId, source }) => [channel, String(streamId), String(sessionId), source],
  metrics: [
    {
      ...{ name: 'ringwire_aeron_lost_bytes_total', type: 'counter', unit: 'By' },
      help: 'Bytes lost on the network, in the loss report of the driver.',
      value: ({ bytesLost }) => bytesLost,
    },
    {
      ...{ name: 'ringwire_aeron_losses_total', type: 'counter', unit: '{loss}' },
      help: 'Losses observed, in the loss report of the driver.',
      value: ({ observations }) => observations,
    },
  ],
};
