/** Every value of the metrics against a scenario whose figures are known, in each output. */
import { metrics as otel } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import parse from 'parse-prometheus-text-format';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CncFile } from '../../src/aeron/index.js';
import {
  exportToOpenTelemetry,
  METRICS,
  MetricTable,
  prometheusPage,
  Sampler,
  type Snapshot,
} from '../../src/metrics/index.js';
import { sized } from '../size.js';
import { RECORD_SIZE, RING_CAPACITY, type Scenario, scenario } from './scenario.js';

const RECORDS = sized({ test: 60_000, all: 1_000_000, long: 1_000_000 });
const MARK = 8;

type Labels = Readonly<Record<string, unknown>>;

/** Values by the name of the metric and its labels. */
class Values {
  readonly #values = new Map<string, number>();

  set(name: string, labels: Labels, value: number): void {
    const key = keyOf(name, labels);
    expect(this.#values.has(key), `two rows for ${key}`).toBe(false);
    this.#values.set(key, value);
  }

  of(name: string, labels: Labels): number | undefined {
    return this.#values.get(keyOf(name, labels));
  }

  /** Rows whose key contains a text. */
  count(text: string): number {
    return [...this.#values.keys()].filter((key) => key.includes(text)).length;
  }
}

function keyOf(name: string, labels: Labels): string {
  return JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function valuesOfPage(page: string): Values {
  const values = new Values();
  for (const { name, metrics } of parse(page))
    for (const { labels, value } of metrics) values.set(name, labels ?? {}, Number(value));
  return values;
}

/** The row of each metric that the scenario determines, and its value or the range of it. */
function expectTruth(values: Values, truth: Scenario, { aeron }: Snapshot): void {
  const expectValue = (name: string, labels: Labels, value: number) =>
    expect(values.of(`ringwire_${name}`, labels), `${name} ${JSON.stringify(labels)}`).toBe(value);
  const within = (name: string, labels: Labels, least: number, most: number) => {
    const value = values.of(`ringwire_${name}`, labels);
    expect(value, name).toBeGreaterThanOrEqual(least);
    expect(value, name).toBeLessThanOrEqual(most);
  };
  const { root, log } = truth;
  const channel = (id: number, kind: string) => ({ root, channel: String(id), kind });
  const [ring, blocked] = [channel(1, 'ring'), channel(2, 'ring')];

  expectValue('channel_records_total', ring, RECORDS);
  // The ends of the laps, and a mark for each takeover, count as payload.
  const unused = Math.ceil((RECORDS * RECORD_SIZE) / RING_CAPACITY) * RECORD_SIZE + 3 * MARK;
  within('channel_written_bytes_total', ring, RECORDS * RECORD_SIZE, RECORDS * RECORD_SIZE + unused);
  const payload = RECORDS * (RECORD_SIZE - 8);
  within('channel_payload_bytes_total', ring, payload, payload + unused);
  expectValue('channel_capacity_bytes', ring, RING_CAPACITY);
  expectValue('channel_fill_bytes', ring, 0);
  expectValue('channel_state', { ...ring, state: 'alive' }, 1);
  // One writer created the ring, three took it over: two of them crashed.
  expectValue('channel_writer_restarts_total', ring, 3);
  within('channel_readable_records', ring, 1, RING_CAPACITY / RECORD_SIZE);
  within('channel_heartbeat_age_seconds', ring, 0, 3600);
  const lapped = { root, channel: '1', reader: 'lapped', slot: '31' };
  expect(truth.lost).toBeGreaterThan(RECORDS / 2);
  expectValue('reader_lost_records_total', lapped, truth.lost);
  expectValue('reader_laps_total', lapped, 1);
  for (const reader of [lapped, { ...lapped, reader: 'current', slot: '30' }]) {
    expectValue('reader_lag_records', reader, 0);
    expectValue('reader_lag_bytes', reader, 0);
    expectValue('reader_alive', reader, 1);
    expectValue(
      'reader_position_bytes',
      reader,
      values.of('ringwire_channel_written_bytes_total', ring) ?? -1,
    );
  }
  expectValue('reader_lost_records_total', { ...lapped, reader: 'current', slot: '30' }, 0);

  expectValue('channel_records_total', blocked, 400);
  expectValue('channel_payload_bytes_total', blocked, 400 * (RECORD_SIZE - 8));
  expectValue('channel_readable_records', blocked, 400);
  // A dead reader does not block the writer.
  expectValue('channel_fill_bytes', blocked, 0);
  expectValue('channel_timeout_seconds', blocked, 1);
  expectValue('channel_writer_restarts_total', blocked, 0);
  const killed = { root, channel: '2', reader: 'killed', slot: '0' };
  expectValue('reader_lag_records', killed, truth.killedLag);
  expectValue('reader_lag_bytes', killed, truth.killedLag * RECORD_SIZE);
  expectValue('reader_lag_ratio', killed, (truth.killedLag * RECORD_SIZE) / RING_CAPACITY);
  expectValue('reader_alive', killed, 0);
  expectValue('reader_lost_records_total', killed, 0);

  expectValue('channel_records_total', channel(3, 'log'), log.records);
  expectValue('channel_payload_bytes_total', channel(3, 'log'), log.payload);
  const used = values.of('ringwire_channel_written_bytes_total', channel(3, 'log')) ?? 0;
  expectValue('channel_fill_bytes', channel(3, 'log'), used);
  expectValue('channel_fill_ratio', channel(3, 'log'), used / 65_536);
  const journal = channel(4, 'journal');
  expectValue('channel_records_total', journal, 50);
  expectValue('channel_payload_bytes_total', journal, 50 * 24);
  expectValue('channel_readable_records', journal, 50);
  const billing = { root, channel: '4', reader: 'billing', slot: 'cursor' };
  expectValue('reader_lag_records', billing, 30);
  expectValue('reader_lag_bytes', billing, 30 * 32);
  expect(values.of('ringwire_reader_alive', billing)).toBeUndefined();

  const writer = { process: 'writer' };
  expectValue('process_state', { ...writer, state: 'running' }, 1);
  expectValue('process_restarts_total', writer, 2);
  within('process_resident_memory_bytes', writer, 1_000_000, 2 ** 32);
  within('process_uptime_seconds', writer, 0, 3600);
  within('process_cpu_cores', writer, 0, 1024);
  expectValue('process_state', { process: 'ended', state: 'crashed' }, 1);
  expectValue('process_last_exit', { process: 'ended', reason: 'code 3' }, 1);

  const agent = { pid: String(process.pid), source: 'socket' };
  expectValue('agent_status', { ...agent, status: 'degraded' }, 1);
  expectValue('agent_beats_total', agent, 2);
  expectValue('agent_stalls_total', agent, 0);
  expectValue('agent_queue_depth', agent, 17);
  expectValue('agent_errors', agent, 3);
  within('agent_beat_age_seconds', agent, 0, 3600);

  const relay = { relay: 'orders', direction: 'outgoing' };
  expectValue('relay_transferred_records_total', relay, 120);
  expectValue('relay_acknowledged_records_total', relay, 100);
  expectValue('relay_lag_records', relay, 20);
  expectValue('relay_lost_records_total', relay, 4);
  expectValue('relay_reconnects_total', relay, 1);
  expectValue('relay_waiting', relay, 0);

  const driver = { directory: truth.aeronDir };
  within('aeron_heartbeat_age_seconds', driver, 0, 3600);
  const { errorObservations, error, losses } = truth.aeronFaults;
  expect(errorObservations).toBe(2);
  expectValue('aeron_errors_total', driver, errorObservations);
  expectValue('aeron_distinct_errors', driver, 1);
  expect(aeron?.errors).toMatchObject([
    { observations: errorObservations, text: expect.stringContaining(error) },
  ]);
  expect(aeron?.losses).toMatchObject(losses);
  expect(losses.length).toBeGreaterThan(0);
  for (const { observations, bytesLost, channel, streamId, sessionId, source } of losses) {
    const stream = { aeron_channel: channel, stream: String(streamId), session: String(sessionId) };
    expectValue('aeron_losses_total', { ...stream, publisher: source }, observations);
    expectValue('aeron_lost_bytes_total', { ...stream, publisher: source }, bytesLost);
  }
  using file = CncFile.open(truth.aeronDir);
  const labels = [...file.counters].map(({ id, typeId, label }) => [id, typeId, label]);
  expect(aeron?.counters.map(({ id, typeId, label }) => [id, typeId, label])).toEqual(labels);
  for (const { id, typeId, label, value } of aeron?.counters ?? [])
    expectValue('aeron_counter', { id: String(id), type: String(typeId), label }, value);

  expectValue('sampler_channels', {}, 4);
  expect(values.count('ringwire_sampler_fault')).toBe(0);
}

async function samplerOf(truth: Scenario): Promise<Sampler> {
  const { root, controlSocket, observer, relays, aeronDir } = truth;
  const sampler = new Sampler({ root, controlSocket, observer, relays, aeronDir });
  onTestFinished(() => sampler.close());
  return sampler;
}

describe('in a scenario with known figures the values are true', () => {
  test('for Prometheus, as text and as OpenMetrics', async () => {
    const truth = await scenario(RECORDS);
    const snapshot = await (await samplerOf(truth)).sample();
    const families = new MetricTable().families(snapshot);
    const text = await prometheusPage(families);
    expect(text.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expectTruth(valuesOfPage(text.body), truth, snapshot);
    const open = await prometheusPage(families, 'openmetrics');
    expect(open.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(open.body.endsWith('\n# EOF\n')).toBe(true);
    const rows = (page: string) => page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(rows(open.body)).toEqual(rows(text.body));
  });

  test('for OpenTelemetry', async () => {
    const truth = await scenario(RECORDS);
    class Pull extends MetricReader {
      protected override async onShutdown(): Promise<void> {}
      protected override async onForceFlush(): Promise<void> {}
    }
    const reader = new Pull();
    const provider = new MeterProvider({ readers: [reader] });
    otel.setGlobalMeterProvider(provider);
    onTestFinished(async () => {
      otel.disable();
      await provider.shutdown();
    });
    const sampler = await samplerOf(truth);
    const stop = await exportToOpenTelemetry({ sampler, maxAgeMs: 0 });
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const values = new Values();
    const byOtelName = new Map(METRICS.map((metric) => [metric.otelName, metric]));
    for (const { descriptor, dataPoints } of resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)) {
      const metric = byOtelName.get(descriptor.name);
      expect(descriptor).toMatchObject({ unit: metric?.unit, description: metric?.help });
      for (const { attributes, value } of dataPoints)
        values.set(metric?.name ?? '', attributes, value as number);
    }
    expectTruth(values, truth, sampler.latest as Snapshot);
    const last = sampler.latest;
    stop();
    await reader.collect();
    expect(sampler.latest, 'nothing is sampled after the end').toBe(last);
  });
});
